//! Pools of several endpoints and the care that a proxy takes of them, as each product's
//! configuration says it.
//!
//! All say the same as far as they can: probes once a second, three failures in a row turn an
//! endpoint away, two successes bring it back, a try takes one second at most, and a request that
//! failed may be tried twice more.

mod envoy;
mod haproxy;
mod kong;
mod krakend;
mod nginx;

use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::process::free_port;
use super::proxies::{self, Proxy, Running};

/// What probes ask for.
pub(super) const PROBE_PATH: &str = "/up";
/// What clients ask for.
pub(super) const CLIENT_PATH: &str = "/small";
/// Who a client is where the configuration asks for that.
pub(super) const API_KEY: &str = "bench-key";

/// The products whose configuration is written; two of them are Haleway's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Nginx,
    Haproxy,
    Envoy,
    Kong,
    Krakend,
}

/// How much a proxy cares; each level contains those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Care {
    /// Requests go out in turn, whatever comes back.
    Nothing,
    /// Active checks, where the product has them.
    Probes,
    /// Passive checks, timeouts of a second, and retries of what got no answer.
    Retries,
    /// Retries of what was answered with 500, too.
    Statuses,
}

/// What a configuration is to say.
pub(super) struct Setup<'a> {
    /// Begins the names of the files that are written.
    pub(super) name: &'a str,
    pub(super) folder: &'a Path,
    /// The first pool has all the traffic.
    pub(super) pools: &'a [Vec<SocketAddrV4>],
    pub(super) care: Care,
    pub(super) extra: Extra,
}

/// What only one of the products is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    None,
    /// Haleway: an overlay with silence and hedging.
    Silence,
    /// Kong: key-auth and rate-limiting on the service.
    Plugins,
    /// Envoy: a connection of its own for each probe, as the others have.
    FreshProbes,
    /// Haleway: an overlay that keeps the connections of probes, as Envoy does.
    KeptProbes,
}

impl Extra {
    /// What Kong and KrakenD cannot express.
    fn overlay(self) -> Option<&'static str> {
        match self {
            Self::Silence => Some(SILENCE),
            Self::KeptProbes => Some(KEPT_PROBES),
            Self::None | Self::Plugins | Self::FreshProbes => None,
        }
    }
}

impl Dialect {
    pub(super) const ALL: &[Self] = &[
        Self::Nginx,
        Self::Haproxy,
        Self::Envoy,
        Self::Kong,
        Self::Krakend,
    ];

    /// As it stands on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Envoy => "envoy",
            Self::Kong => "kong",
            Self::Krakend => "krakend",
        }
    }

    /// The program that reads it.
    pub(super) fn proxy(self) -> Proxy {
        match self {
            Self::Nginx => Proxy::Nginx,
            Self::Haproxy => Proxy::Haproxy,
            Self::Envoy => Proxy::Envoy,
            Self::Kong | Self::Krakend => Proxy::Haleway,
        }
    }

    /// Starts the program with such a configuration and waits until it serves.
    pub(super) fn start(self, program: &Path, setup: &Setup<'_>) -> Result<Running> {
        let port = free_port()?;
        let documents = self.write(setup, port)?;
        let environment = match self {
            Self::Kong => kong::environment(port, setup.care),
            _ => Vec::new(),
        };
        let ready = match setup.extra {
            Extra::Plugins => format!("{CLIENT_PATH}?apikey={API_KEY}"),
            _ => CLIENT_PATH.to_owned(),
        };
        let name = format!("{}-{}", setup.name, self.name());
        let launch = proxies::Launch {
            name: &name,
            documents: &documents,
            environment: &environment,
            port,
            ready: &ready,
        };
        self.proxy().launch(program, &launch, setup.folder)
    }

    fn write(self, setup: &Setup<'_>, port: u16) -> Result<Vec<PathBuf>> {
        let (ending, text) = match self {
            Self::Nginx => ("conf", nginx::document(setup, port)),
            Self::Haproxy => ("conf", haproxy::document(setup, port)),
            Self::Envoy => ("json", envoy::document(setup, port)),
            Self::Kong => ("json", kong::document(setup)),
            Self::Krakend => ("json", krakend::document(setup, port)),
        };
        let file = |ending: &str| {
            let name = format!("{}-{}.{ending}", setup.name, self.name());
            setup.folder.join(name)
        };
        let mut documents = vec![file(ending)];
        proxies::write(&documents[0], &text)?;
        if let Some(overlay) = setup.extra.overlay() {
            documents.push(file("overlay.yaml"));
            proxies::write(&documents[1], overlay)?;
        }
        Ok(documents)
    }
}

const SILENCE: &str = "\
haleway: 1
pools:
  - match: \"*\"
    silence: { factor: 8, at_least: 50ms }
    hedge: { budget: 5% }
";

const KEPT_PROBES: &str = "\
haleway: 1
pools:
  - match: \"*\"
    probes: { keep_connections: true }
";

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn pools() -> Vec<Vec<SocketAddrV4>> {
        let address = |last| SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, last), 81);
        vec![vec![address(1), address(2)], vec![address(3)]]
    }

    #[test]
    fn names_each_endpoint_in_each_dialect() {
        let pools = pools();
        for care in [Care::Nothing, Care::Probes, Care::Retries, Care::Statuses] {
            let setup = Setup {
                name: "test",
                folder: Path::new("."),
                pools: &pools,
                care,
                extra: Extra::None,
            };
            let haproxy = haproxy::document(&setup, 80);
            assert!(haproxy.contains("127.0.0.3:81"), "{haproxy}");
            assert_eq!(haproxy.contains(PROBE_PATH), care >= Care::Probes);
            assert!(nginx::document(&setup, 80).contains("127.0.0.2:81"));
            assert!(krakend::document(&setup, 80).contains("http://127.0.0.3:81"));
            assert!(kong::document(&setup).contains("127.0.0.3:81"));
            assert!(envoy::document(&setup, 80).contains("127.0.0.3"));
        }
    }
}
