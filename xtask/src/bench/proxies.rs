//! The proxies that are compared and the configuration each is given.
//!
//! All do the same: one worker, every path passed to the one upstream over kept connections, no
//! access log. Nothing else is tuned.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::haleway;
use super::process::{PROXY_CORE, Server, free_port, pinned};

/// One of the proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proxy {
    Nginx,
    Haproxy,
    Envoy,
    Haleway,
}

/// A proxy that serves.
pub(super) struct Running {
    pub(super) port: u16,
    pub(super) server: Server,
}

/// What a proxy is started with.
pub(super) struct Launch<'a> {
    /// Its output goes to the log of this name.
    pub(super) name: &'a str,
    /// Its configuration, which stands written.
    pub(super) documents: &'a [PathBuf],
    pub(super) environment: &'a [(&'a str, String)],
    /// Where it will listen.
    pub(super) port: u16,
    /// What it answers with 200 as soon as it serves.
    pub(super) ready: &'a str,
}

impl Running {
    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }
}

impl Proxy {
    pub(super) const ALL: &[Self] = &[Self::Nginx, Self::Haproxy, Self::Envoy, Self::Haleway];

    /// As it stands in the report and on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Envoy => "envoy",
            Self::Haleway => "haleway",
        }
    }

    pub(super) fn version_flag(self) -> &'static str {
        match self {
            Self::Nginx | Self::Haproxy => "-v",
            Self::Envoy | Self::Haleway => "--version",
        }
    }

    /// Starts the proxy on its core before `upstream` and waits until it serves.
    pub(super) fn start(self, program: &Path, upstream: u16, folder: &Path) -> Result<Running> {
        let port = free_port()?;
        let text = match self {
            Self::Nginx => nginx(port, upstream, folder),
            Self::Haproxy => haproxy(port, upstream),
            Self::Envoy => envoy(port, upstream),
            Self::Haleway => haleway::document(port, upstream, haleway::FEW_ENDPOINTS),
        };
        let config = folder.join(match self {
            Self::Nginx | Self::Haproxy => format!("{}.conf", self.name()),
            Self::Envoy => "envoy.yaml".to_owned(),
            Self::Haleway => "haleway.json".to_owned(),
        });
        write(&config, &text)?;
        let launch = Launch {
            name: self.name(),
            documents: &[config],
            environment: &[],
            port,
            ready: "/small",
        };
        self.launch(program, &launch, folder)
    }

    /// Starts the proxy on its core and waits until it serves.
    pub(super) fn launch(
        self,
        program: &Path,
        launch: &Launch<'_>,
        folder: &Path,
    ) -> Result<Running> {
        let mut command = pinned(PROXY_CORE, program);
        self.arguments(&mut command, launch.documents, folder);
        command.envs(launch.environment.iter().map(|(name, value)| (name, value)));
        let mut server = Server::start(launch.name, command, folder)?;
        let port = launch.port;
        server.wait_until_serving(port, launch.ready)?;
        Ok(Running { port, server })
    }

    fn arguments(self, command: &mut Command, documents: &[PathBuf], folder: &Path) {
        match self {
            Self::Nginx => {
                command.arg("-p").arg(folder).arg("-c").args(documents);
                command.args(["-g", "daemon off;"]);
            }
            Self::Haproxy => {
                command.args(["-db", "-f"]).args(documents);
            }
            Self::Envoy => {
                command.args(["--concurrency", "1", "--disable-hot-restart"]);
                command.args(["--log-level", "error", "-c"]).args(documents);
            }
            Self::Haleway => haleway::arguments(command, documents),
        }
    }
}

/// Writes a generated file.
pub(super) fn write(path: &PathBuf, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

fn nginx(port: u16, upstream: u16, folder: &Path) -> String {
    let paths = nginx_paths(folder);
    let folder = folder.display();
    format!(
        "worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
{paths}
    upstream behind {{
        server 127.0.0.1:{upstream};
        keepalive 64;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://behind;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
        }}
    }}
}}
"
    )
}

/// nginx creates its folders for temporary files wherever it runs; here they stay out of the way.
pub(super) fn nginx_paths(folder: &Path) -> String {
    let folder = folder.display();
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("    {what}_temp_path {folder}/nginx-{what};"))
        .join("\n")
}

fn haproxy(port: u16, upstream: u16) -> String {
    format!(
        "global
    nbthread 1
    maxconn 4096
defaults
    mode http
    option http-keep-alive
    http-reuse always
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend before
    bind 127.0.0.1:{port}
    default_backend behind
backend behind
    server upstream 127.0.0.1:{upstream}
"
    )
}

fn envoy(port: u16, upstream: u16) -> String {
    let address =
        |port: u16| format!("{{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}");
    let (listen, behind) = (address(port), address(upstream));
    let manager = "type.googleapis.com/envoy.extensions.filters.network.\
                   http_connection_manager.v3.HttpConnectionManager";
    let router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    format!(
        "static_resources:
  listeners:
    - name: before
      address: {listen}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                \"@type\": {manager}
                stat_prefix: before
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: [\"*\"]
                      routes: [{{ match: {{ prefix: / }}, route: {{ cluster: behind }} }}]
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: {{ \"@type\": {router} }}
  clusters:
    - name: behind
      type: STATIC
      connect_timeout: 5s
      load_assignment:
        cluster_name: behind
        endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {behind} }} }}] }}]
"
    )
}
