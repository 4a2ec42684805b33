//! All settings: name, default and effect (`kong.conf.default` of Kong 3.9). A name that ends with
//! `*` stands for all that begin so.

use haleway_document::Severity;

/// A setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its default.
    pub(crate) default: &'static str,
    /// What it does.
    pub(crate) effect: Effect,
}

/// What a setting does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It works.
    Works,
    /// Nothing, for this reason; the severity says how much that matters.
    None(Severity, &'static str),
    /// It is a directive of nginx that means nothing here.
    Directive,
}

impl Row {
    /// Whether it stands for all that begin so.
    pub(crate) fn is_prefix(&self) -> bool {
        self.name.ends_with('*')
    }

    /// Whether its value may be shown: passwords and keys are not.
    pub(crate) fn is_shown(&self) -> bool {
        !self.name.ends_with("_key") && !self.name.contains("password")
    }
}

/// The row of a setting; an exact name before one that ends with `*`.
pub(super) fn row(name: &str) -> Option<&'static Row> {
    let exact = TABLE.iter().find(|row| row.name == name);
    exact.or_else(|| {
        let begins = |row: &&Row| {
            row.name
                .strip_suffix('*')
                .is_some_and(|head| name.starts_with(head))
        };
        TABLE.iter().find(begins)
    })
}

/// Variables of Kong's images and tools that are no settings.
pub(super) const FOREIGN: &[&str] = &[
    "version",
    "sha256",
    "sha",
    "conf",
    "artifact",
    "artifact_version",
    "license_data",
    "license_path",
    "docker_tag",
    "test",
    "home",
    "spec_test_redis_host",
];

const fn works(name: &'static str, default: &'static str) -> Row {
    Row {
        name,
        default,
        effect: Effect::Works,
    }
}

const fn idle(
    name: &'static str,
    default: &'static str,
    severity: Severity,
    why: &'static str,
) -> Row {
    Row {
        name,
        default,
        effect: Effect::None(severity, why),
    }
}

const fn directive(name: &'static str) -> Row {
    Row {
        name,
        default: "",
        effect: Effect::Directive,
    }
}

const NOTE: Severity = Severity::Note;
const PARITY: Severity = Severity::Parity;
const NO_DATABASE: &str = "there is no database";
const NO_CLUSTER: &str = "there are no control and data planes of Kong's here";
const NO_LUA: &str = "no Lua runs here";
const NO_WASM: &str = "no WebAssembly runs here";
const NO_MEMORY: &str = "memory is not set aside beforehand";
const NO_PAGES: &str = "Kong Manager is not here";

/// All of them.
#[rustfmt::skip]
pub(crate) static TABLE: &[Row] = &[
    works("proxy_listen", "0.0.0.0:8000 reuseport backlog=16384, 0.0.0.0:8443 http2 ssl reuseport backlog=16384"),
    works("admin_listen", "127.0.0.1:8001 reuseport backlog=16384"),
    works("status_listen", "127.0.0.1:8007 reuseport backlog=16384"),
    works("stream_listen", "off"),
    works("declarative_config", ""),
    works("declarative_config_string", ""),
    works("database", "off"),
    works("router_flavor", "traditional_compatible"),
    works("headers", "server_tokens, latency_tokens, X-Kong-Request-Id"),
    works("headers_upstream", "X-Kong-Request-Id"),
    works("trusted_ips", ""),
    works("real_ip_header", "X-Real-IP"),
    works("real_ip_recursive", "off"),
    works("error_default_type", "text/plain"),
    works("error_template_html", ""),
    works("error_template_json", ""),
    works("error_template_xml", ""),
    works("error_template_plain", ""),
    works("log_level", "notice"),
    works("proxy_access_log", "logs/access.log"),
    works("plugins", "bundled"),
    works("ssl_cert", ""),
    works("ssl_cert_key", ""),
    works("ssl_protocols", "TLSv1.2 TLSv1.3"),
    works("client_ssl", "off"),
    works("client_ssl_cert", ""),
    works("client_ssl_cert_key", ""),
    works("admin_ssl_cert", ""),
    works("admin_ssl_cert_key", ""),
    works("status_ssl_cert", ""),
    works("status_ssl_cert_key", ""),
    works("lua_ssl_trusted_certificate", "system"),
    works("upstream_keepalive_pool_size", "512"),
    works("upstream_keepalive_max_requests", "10000"),
    works("upstream_keepalive_idle_timeout", "60"),
    works("dns_order", "LAST,SRV,A,CNAME"),
    works("resolver_family", "A,SRV"),
    works("nginx_worker_processes", "auto"),
    works("nginx_main_worker_processes", ""),
    works("nginx_proxy_proxy_next_upstream", ""),
    works("nginx_http_proxy_next_upstream", ""),
    works("nginx_proxy_real_ip_header", ""),
    works("nginx_proxy_real_ip_recursive", ""),
    works("nginx_http_client_max_body_size", "0"),
    works("nginx_http_large_client_header_buffers", "4 8k"),
    works("nginx_proxy_large_client_header_buffers", ""),
    works("nginx_http_client_body_buffer_size", "8k"),

    idle("allow_debug_header", "off", PARITY, "requests cannot ask for the names of routes"),
    idle("ssl_cipher_suite", "intermediate", PARITY, "safe cipher suites are chosen"),
    idle("ssl_ciphers", "", PARITY, "safe cipher suites are chosen"),
    idle("ssl_prefer_server_ciphers", "on", NOTE, "safe cipher suites are chosen"),
    idle("ssl_dhparam", "", NOTE, "keys are exchanged over elliptic curves"),
    idle("ssl_session_*", "", NOTE, "sessions are resumed by tickets"),
    idle("admin_access_log", "logs/admin_access.log", NOTE, "requests of the Admin API are not logged"),
    idle("admin_error_log", "logs/error.log", NOTE, "the process logs to standard error"),
    idle("status_access_log", "off", NOTE, "requests of the status listener are not logged"),
    idle("status_error_log", "logs/status_error.log", NOTE, "the process logs to standard error"),
    idle("proxy_error_log", "logs/error.log", NOTE, "the process logs to standard error"),
    idle("proxy_stream_access_log", "logs/access.log basic", PARITY, "connections are not logged"),
    idle("proxy_stream_error_log", "logs/error.log", NOTE, "the process logs to standard error"),
    works("dns_resolver", ""),
    works("dns_valid_ttl", ""),
    works("dns_not_found_ttl", "30"),
    works("dns_hostsfile", "/etc/hosts"),
    works("dns_stale_ttl", "3600"),
    works("dns_error_ttl", "1"),
    idle("dns_no_sync", "off", NOTE, "a name is looked up once for all that wait for it"),
    idle("dns_cache_size", "10000", NOTE, "what is known of the names in use is kept"),
    works("resolver_address", ""),
    works("resolver_valid_ttl", ""),
    works("resolver_hosts_file", "/etc/hosts"),
    works("resolver_stale_ttl", "3600"),
    works("resolver_error_ttl", "1"),
    idle("resolver_*", "", NOTE, "what is known of the names in use is kept"),
    idle("new_dns_client", "off", NOTE, "there is one resolver"),
    idle("role", "traditional", PARITY, NO_CLUSTER),
    idle("cluster_*", "", NOTE, NO_CLUSTER),
    idle("incremental_sync", "off", NOTE, NO_CLUSTER),
    idle("konnect_mode", "off", NOTE, NO_CLUSTER),
    idle("pg_*", "", NOTE, NO_DATABASE),
    idle("cassandra_*", "", NOTE, NO_DATABASE),
    idle("db_*", "", NOTE, NO_DATABASE),
    idle("declarative_config_encryption_mode", "off", NOTE, NO_DATABASE),
    idle("mem_cache_size", "128m", NOTE, NO_MEMORY),
    idle("lmdb_*", "", NOTE, NO_MEMORY),
    idle("worker_consistency", "eventual", NOTE, "a new configuration serves all requests at once"),
    idle("worker_state_update_frequency", "5", NOTE, "a new configuration serves all requests at once"),
    idle("worker_events_*", "", NOTE, "all cores share one state"),
    idle("router_update_frequency", "1", NOTE, "a new configuration serves all requests at once"),
    idle("lua_*", "", NOTE, NO_LUA),
    idle("untrusted_lua*", "", NOTE, NO_LUA),
    idle("pluginserver_*", "", PARITY, "plugins in other processes cannot run here"),
    idle("go_pluginserver_exe", "", PARITY, "plugins in other processes cannot run here"),
    idle("go_plugins_dir", "", PARITY, "plugins in other processes cannot run here"),
    idle("wasm*", "", NOTE, NO_WASM),
    idle("proxy_wasm_*", "", NOTE, NO_WASM),
    idle("tracing_instrumentations", "off", PARITY, "there are no traces"),
    idle("opentelemetry_tracing*", "", PARITY, "there are no traces"),
    idle("tracing_sampling_rate", "0.01", PARITY, "there are no traces"),
    idle("anonymous_reports", "on", NOTE, "nothing is reported to anyone"),
    idle("proxy_server*", "", PARITY, "no proxy is used"),
    idle("port_maps", "", PARITY, "the port of the listener is told to services"),
    idle("prefix", "/usr/local/kong/", NOTE, "no files are written"),
    idle("admin_gui_*", "", NOTE, NO_PAGES),
    idle("admin_api_uri", "", NOTE, NO_PAGES),
    idle("portal*", "", NOTE, "it is a part of Kong Enterprise"),
    idle("vitals*", "", NOTE, "it is a part of Kong Enterprise"),
    idle("enforce_rbac", "off", PARITY, "it is a part of Kong Enterprise"),
    idle("rbac*", "", NOTE, "it is a part of Kong Enterprise"),
    idle("audit_log*", "", NOTE, "it is a part of Kong Enterprise"),
    idle("vault_*", "", NOTE, "only the vault `env` is there"),
    idle("vaults", "bundled", NOTE, "only the vault `env` is there"),
    idle("node_id", "", NOTE, "a node has an id of its own"),
    idle("dedicated_config_processing", "on", NOTE, "configurations are read on a thread of their own"),
    idle("client_max_body_size", "0", PARITY, "write nginx_http_client_max_body_size"),
    idle("client_body_buffer_size", "8k", PARITY, "write nginx_http_client_body_buffer_size"),
    idle("request_debug*", "", NOTE, "requests cannot ask for timings"),
    idle("stream_proxy_ssl*", "", NOTE, "services say what is verified"),
    idle("nginx_daemon", "on", NOTE, "the process stays in the foreground"),
    idle("nginx_user", "", NOTE, "the process keeps the user that started it"),
    idle("nginx_main_daemon", "on", NOTE, "the process stays in the foreground"),
    idle("nginx_main_user", "kong kong", NOTE, "the process keeps the user that started it"),
    idle("nginx_main_worker_rlimit_nofile", "auto", NOTE, "the limit of open files is raised as far as it goes"),
    idle("nginx_events_*", "", NOTE, "connections are limited to 65,536"),
    directive("nginx_*"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once_and_before_what_covers_them() {
        for (at, one) in TABLE.iter().enumerate() {
            for other in &TABLE[..at] {
                assert_ne!(one.name, other.name);
                if let Some(head) = other.name.strip_suffix('*') {
                    assert!(
                        !one.name.starts_with(head),
                        "{} hides {}",
                        other.name,
                        one.name
                    );
                }
            }
        }
    }

    #[test]
    fn exact_names_win() {
        assert_eq!(row("dns_order").map(|row| row.effect), Some(Effect::Works));
        assert_eq!(
            row("nginx_http_gzip").map(|row| row.effect),
            Some(Effect::Directive)
        );
        assert!(row("proxy_lisen").is_none());
    }
}
