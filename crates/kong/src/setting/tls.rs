//! `ssl_cert` and the like: certificates of the node itself.

use std::sync::Arc;

use haleway_blueprint::{CertificateFiles, Origin, Pem, TlsTermination, TlsVersion};

use super::Settings;
use crate::context::Context;

/// TLS of the node.
pub(crate) struct Ssl {
    /// What clients are shown where no name matches; empty makes one.
    pub(crate) fallback: Vec<CertificateFiles>,
    /// What services are shown that ask for a certificate.
    pub(crate) client: Vec<CertificateFiles>,
    /// Authorities beside the system's.
    pub(crate) authorities: Vec<Pem>,
    /// The system's authorities are trusted.
    pub(crate) system: bool,
    /// Oldest version spoken.
    pub(crate) version_min: TlsVersion,
    /// Newest version spoken.
    pub(crate) version_max: TlsVersion,
}

/// A certificate and its key.
pub(crate) struct Pair {
    /// What it is for, for people.
    pub(crate) name: String,
    /// The chain.
    pub(crate) certificate: Arc<[u8]>,
    /// The key.
    pub(crate) key: Arc<[u8]>,
}

impl Pair {
    /// As a listener takes it.
    pub(crate) fn files(self, server_names: Vec<String>, origin: Origin) -> CertificateFiles {
        CertificateFiles {
            certificate: Pem {
                file: self.name.clone(),
                bytes: self.certificate,
            },
            key: Pem {
                file: format!("{} (key)", self.name),
                bytes: self.key,
            },
            server_names,
            origin,
        }
    }
}

/// The settings that may name files.
const FILES: &[&str] = &[
    "ssl_cert",
    "ssl_cert_key",
    "client_ssl_cert",
    "client_ssl_cert_key",
    "admin_ssl_cert",
    "admin_ssl_cert_key",
    "status_ssl_cert",
    "status_ssl_cert_key",
    "lua_ssl_trusted_certificate",
    "dns_hostsfile",
    "resolver_hosts_file",
    "error_template_html",
    "error_template_json",
    "error_template_xml",
    "error_template_plain",
];

/// The files that a setting of this name and value names.
pub(crate) fn files<'t>(name: &str, text: &'t str) -> Vec<&'t str> {
    if !FILES.contains(&name) {
        return Vec::new();
    }
    let parts = text.split(',').map(str::trim);
    let named = parts.filter(|part| !part.is_empty() && *part != "system" && !is_content(part));
    named.collect()
}

impl Ssl {
    /// What the settings ask for.
    pub(crate) fn read(context: &Context<'_>, settings: &Settings<'_>) -> Self {
        let mut authorities = Vec::new();
        let mut system = false;
        for part in settings.list("lua_ssl_trusted_certificate") {
            if part == "system" {
                system = true;
            } else if let Some(bytes) =
                content(context, settings, "lua_ssl_trusted_certificate", part)
            {
                authorities.push(Pem {
                    file: "lua_ssl_trusted_certificate".to_owned(),
                    bytes,
                });
            }
        }
        let client = settings.flag("client_ssl");
        let (version_min, version_max) = versions(settings);
        Self {
            fallback: pairs(context, settings, "ssl_cert", "ssl_cert_key"),
            client: if client {
                pairs(context, settings, "client_ssl_cert", "client_ssl_cert_key")
            } else {
                Vec::new()
            },
            authorities,
            system,
            version_min,
            version_max,
        }
    }

    /// TLS of a listener: these certificates serve where no name matches, and one that is made
    /// where there is none of them; `by_name` serve the names in them.
    pub(crate) fn termination(
        &self,
        own: Vec<CertificateFiles>,
        by_name: Vec<CertificateFiles>,
        http2: bool,
    ) -> TlsTermination {
        let self_signed = own.is_empty().then(|| "localhost".to_owned());
        TlsTermination {
            certificates: own.into_iter().chain(by_name).collect(),
            self_signed,
            http2,
            version_min: self.version_min,
            version_max: self.version_max,
            cipher_suites: Vec::new(),
            curves: Vec::new(),
            client_certificate_required: false,
            client_authorities: Vec::new(),
            system_authorities: false,
        }
    }
}

/// The certificates that a pair of settings names.
pub(crate) fn pairs(
    context: &Context<'_>,
    settings: &Settings<'_>,
    cert: &str,
    key: &str,
) -> Vec<CertificateFiles> {
    let (certs, keys) = (settings.list(cert), settings.list(key));
    if certs.len() != keys.len() {
        settings.refuse(
            cert,
            &format!(
                "{cert} was specified {} times and {key} {}",
                certs.len(),
                keys.len()
            ),
        );
        return Vec::new();
    }
    let pairs = certs.into_iter().zip(keys).filter_map(|(one, other)| {
        let pair = Pair {
            name: cert.to_owned(),
            certificate: content(context, settings, cert, one)?,
            key: content(context, settings, key, other)?,
        };
        Some(pair.files(Vec::new(), Origin::default_value()))
    });
    pairs.collect()
}

/// The content of a file, or the value itself where it is PEM.
pub(crate) fn content(
    context: &Context<'_>,
    settings: &Settings<'_>,
    name: &str,
    text: &str,
) -> Option<Arc<[u8]>> {
    if is_content(text) {
        return Some(Arc::from(text.as_bytes()));
    }
    match context.supplies.files.get(text) {
        Some(Ok(bytes)) => Some(bytes.clone()),
        Some(Err(why)) => {
            settings.refuse(name, &format!("no such file or unreadable: {text} ({why})"));
            None
        }
        None => None,
    }
}

fn is_content(text: &str) -> bool {
    text.contains("-----BEGIN ")
}

fn versions(settings: &Settings<'_>) -> (TlsVersion, TlsVersion) {
    let text = settings.text("ssl_protocols");
    let has = |name: &str| text.split_whitespace().any(|word| word == name);
    match (has("TLSv1.2"), has("TLSv1.3")) {
        (true, false) => (TlsVersion::Tls12, TlsVersion::Tls12),
        (false, true) => (TlsVersion::Tls13, TlsVersion::Tls13),
        (true, true) => (TlsVersion::Tls12, TlsVersion::Tls13),
        (false, false) => {
            settings.refuse("ssl_protocols", "only TLSv1.2 and TLSv1.3 are spoken");
            (TlsVersion::Tls12, TlsVersion::Tls13)
        }
    }
}
