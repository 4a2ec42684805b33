//! The sockets of the node's own APIs: the Admin API and the status listener.

use std::fmt;
use std::net::SocketAddr;

use haleway_blueprint::TlsTermination;

use super::Compilation;
use crate::setting::{self, Listen};

/// The sockets of an API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiSockets {
    /// Where they are.
    pub sockets: Vec<ApiSocket>,
    /// TLS of those that speak it.
    pub tls: Option<TlsTermination>,
}

/// A socket of an API.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ApiSocket {
    /// Where it is.
    pub address: SocketAddr,
    /// TLS is spoken there.
    pub tls: bool,
}

impl fmt::Debug for ApiSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = if self.tls { " ssl" } else { "" };
        write!(f, "{}{tls}", self.address)
    }
}

impl Compilation<'_> {
    /// The sockets of an API; `cert` and `key` are the settings that name its certificates.
    pub(crate) fn api(&self, listens: &[Listen], cert: &str, key: &str) -> ApiSockets {
        let listens = listens.iter().filter(|listen| !listen.udp);
        let sockets: Vec<ApiSocket> = listens
            .map(|listen| ApiSocket {
                address: SocketAddr::new(listen.address, listen.port),
                tls: listen.tls,
            })
            .collect();
        let secured = sockets.iter().any(|socket| socket.tls);
        let tls = secured.then(|| {
            let own = setting::pairs(self.context, self.settings, cert, key);
            self.ssl.termination(own, Vec::new(), false)
        });
        ApiSockets { sockets, tls }
    }
}
