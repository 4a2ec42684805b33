//! Carries connections whose protocol is not HTTP: plain, with TLS that ends here, or with TLS that
//! is only looked at.
//!
//! A connection is opened ([`open`]): its route is found, and the handshake made where TLS ends
//! here. Then it is carried ([`Opened::carry`]) to an endpoint of that route, until both sides have
//! ended, one is lost, or both have been silent for too long.

mod client_hello;
mod hello;
mod paced;
mod plan;
mod reach;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use haleway_routing::RequestView;
use http::{HeaderMap, Method};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::{debug, error};

use crate::listener::{Entry, Tunnel};

use hello::Ahead;
use paced::Paced;
pub(crate) use plan::{StreamPlan, StreamRoutePlan, without_alpn};

/// A connection that has found its route.
pub(crate) struct Opened {
    route: Arc<StreamRoutePlan>,
    client: Client,
}

/// What the client speaks to.
enum Client {
    /// Bytes as they come, behind those that were read already.
    Plain(TcpStream, Bytes),
    /// TLS ends here.
    Tls(Box<TlsStream<Ahead<TcpStream>>>),
}

/// The two ends of a connection, as routes see them.
#[derive(Clone, Copy)]
struct Ends {
    source: SocketAddr,
    destination: SocketAddr,
}

impl Ends {
    /// A listener on all addresses is reached through one of them.
    fn of(tcp: &TcpStream, entry: &Entry) -> Self {
        let canonical = |at: SocketAddr| SocketAddr::new(at.ip().to_canonical(), at.port());
        Self {
            source: canonical(entry.peer),
            destination: canonical(tcp.local_addr().unwrap_or(entry.listener)),
        }
    }
}

/// Finds the route of a connection, and makes the handshake where TLS ends here. `None` where the
/// connection is to be closed.
pub(crate) async fn open(
    plan: &StreamPlan,
    tls: Option<TlsAcceptor>,
    mut tcp: TcpStream,
    entry: &Entry,
) -> Option<Opened> {
    let ends = Ends::of(&tcp, entry);
    let Some(acceptor) = tls else {
        let route = plan.find(ends, "tcp", None)?;
        let client = Client::Plain(tcp, Bytes::new());
        return Some(Opened { route, client });
    };
    let read = hello::read(&mut tcp).await;
    let hello = read
        .inspect_err(|why| debug!(peer = %entry.peer, "{why}"))
        .ok()?;
    let route = plan.find(ends, "tls", hello.server_name.as_deref())?;
    let client = if route.passes_tls {
        Client::Plain(tcp, hello.bytes)
    } else {
        let stream = Ahead::new(hello.bytes, tcp);
        Client::Tls(Box::new(terminate(&acceptor, stream, entry).await?))
    };
    Some(Opened { route, client })
}

async fn terminate(
    acceptor: &TlsAcceptor,
    stream: Ahead<TcpStream>,
    entry: &Entry,
) -> Option<TlsStream<Ahead<TcpStream>>> {
    match timeout(hello::TIME_MAX, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(error)) => debug!(peer = %entry.peer, %error, "no TLS handshake"),
        Err(_) => debug!(peer = %entry.peer, "the TLS handshake took too long"),
    }
    None
}

impl StreamPlan {
    /// The route of a connection. Routes look at addresses and names only.
    fn find(&self, ends: Ends, scheme: &str, sni: Option<&str>) -> Option<Arc<StreamRoutePlan>> {
        let headers = HeaderMap::new();
        let view = RequestView {
            method: &Method::CONNECT,
            scheme,
            host: "",
            port: ends.destination.port(),
            path: "",
            query: None,
            headers: &headers,
            sni,
            source: ends.source,
            destination: ends.destination.ip(),
        };
        let found = self.router.find(&view);
        let route = found.and_then(|found| self.routes.get(found.route));
        if route.is_none() {
            debug!(peer = %ends.source, sni, "no route takes this connection");
        }
        route.cloned()
    }
}

impl Opened {
    /// Carries it to its end.
    pub(crate) async fn carry(self, entry: &Entry) {
        entry.tunnelled();
        let address: IpAddr = entry.peer.ip().to_canonical();
        let (stream, under_way) = match reach::reach(&self.route, address).await {
            Ok(reached) => reached,
            Err(fault) => {
                let route = self.route.name.as_str();
                return error!(route, fault = ?fault.kind, "{}", fault.text);
            }
        };
        let upstream = Paced::new(stream);
        let silent = upstream.silence(self.route.silence_max);
        let tunnel = Tunnel {
            upstream,
            ahead: Bytes::new(),
            under_way,
        };
        let carried = async {
            match self.client {
                Client::Plain(tcp, ahead) => tunnel.carry(tcp, ahead).await,
                Client::Tls(stream) => tunnel.carry(*stream, Bytes::new()).await,
            }
        };
        tokio::select! {
            () = carried => {}
            () = silent => debug!(route = self.route.name, "both sides were silent for too long"),
        }
    }
}
