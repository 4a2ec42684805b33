//! Carries connections whose protocol is not HTTP: plain, with TLS that ends here, or with TLS that
//! is only looked at.

mod hello;
mod paced;
mod plan;

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use haleway_health::What;
use haleway_routing::RequestView;
use http::{HeaderMap, Method};
use smallvec::SmallVec;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, error};

use crate::fault::{Fault, FaultKind};
use crate::listener::{Entry, Tunnel};
use crate::upstream::{Ask, Member, Stream, UnderWay, connect};

use hello::Ahead;
use paced::Paced;
pub(crate) use plan::{StreamPlan, StreamRoutePlan};

/// Carries a client's connection to its end.
pub(crate) async fn serve(
    plan: &StreamPlan,
    tls: Option<TlsAcceptor>,
    tcp: TcpStream,
    entry: &Rc<Entry>,
) {
    let Some(acceptor) = tls else {
        let route = find(plan, entry, "tcp", None);
        return carry(route, tcp, Bytes::new(), entry).await;
    };
    if plan.looks_into_handshakes {
        let Some((tcp, hello)) = hello::read(tcp).await else {
            return;
        };
        let route = find(plan, entry, "tls", hello.server_name.as_deref());
        if route.is_some_and(|route| route.passes_tls) {
            return carry(route, tcp, hello.bytes, entry).await;
        }
        let ahead = Ahead::new(hello.bytes, tcp);
        return carry_tls(plan, &acceptor, ahead, entry).await;
    }
    carry_tls(plan, &acceptor, tcp, entry).await;
}

async fn carry_tls<S>(plan: &StreamPlan, acceptor: &TlsAcceptor, stream: S, entry: &Rc<Entry>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match timeout(hello::TIME_MAX, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            entry.encrypted(stream.get_ref().1);
            let route = find(plan, entry, "tls", entry.server_name());
            carry(route, stream, Bytes::new(), entry).await;
        }
        Ok(Err(error)) => debug!(peer = %entry.peer, %error, "no TLS handshake"),
        Err(_) => debug!(peer = %entry.peer, "the TLS handshake took too long"),
    }
}

/// The route of a connection. Routes look at addresses and names only.
fn find<'a>(
    plan: &'a StreamPlan,
    entry: &Entry,
    scheme: &str,
    sni: Option<&str>,
) -> Option<&'a StreamRoutePlan> {
    let name = sni.map(|name| name.trim_end_matches('.').to_ascii_lowercase());
    let headers = HeaderMap::new();
    let view = RequestView {
        method: &Method::CONNECT,
        scheme,
        host: "",
        port: entry.listener.port(),
        path: "",
        query: None,
        headers: &headers,
        sni: name.as_deref(),
        source: entry.peer,
        destination: entry.listener.ip(),
    };
    let found = plan.router.find(&view)?;
    plan.routes.get(found.route)
}

async fn carry<C>(route: Option<&StreamRoutePlan>, client: C, ahead: Bytes, entry: &Entry)
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    let Some(route) = route else {
        return debug!(peer = %entry.peer, "no route takes this connection");
    };
    entry.tunnelled();
    match reach(route, entry).await {
        Ok((stream, under_way)) => {
            let upstream = Paced::new(stream);
            let silent = upstream.silence(route.silence_max);
            let tunnel = Tunnel {
                upstream,
                ahead: Bytes::new(),
                under_way,
            };
            tokio::select! {
                () = tunnel.carry(client, ahead) => {}
                () = silent => debug!(route = route.name, "both sides were silent for too long"),
            }
        }
        Err(fault) => error!(route = route.name, fault = ?fault.kind, "{}", fault.text),
    }
}

/// Connects to an endpoint of a route.
async fn reach(
    route: &StreamRoutePlan,
    entry: &Entry,
) -> Result<(Stream, Option<UnderWay>), Fault> {
    let mut failed: SmallVec<[Arc<Member>; 4]> = SmallVec::new();
    let address = entry.peer.ip().to_canonical().to_string();
    loop {
        let ask = Ask {
            key: Some(address.as_bytes()),
            sticky: None,
            failed: &failed,
            deadline: Instant::now() + route.connect,
        };
        let refused = |_| Fault::new(FaultKind::NoEndpoint, "no endpoint is to be had");
        let mut picked = route.pool.choose(&ask).await.map_err(refused)?;
        let endpoint = picked.member.endpoint.clone();
        endpoint.count_request();
        let connecting = timeout(route.connect, connect(&endpoint)).await;
        let connected = connecting.unwrap_or_else(|_| {
            let text = "the connection took too long";
            Err(Fault::new(FaultKind::Timeout, text).seen(What::ConnectTimeout))
        });
        let again = connected.is_err() && failed.len() < route.retries_max;
        let what = connected
            .as_ref()
            .map_or_else(|fault| fault.what, |_| What::Connected);
        if let Some(entered) = picked.entered.take() {
            entered.settle(what, !again);
        }
        match connected {
            Ok(stream) => return Ok((stream, picked.under_way)),
            Err(fault) => {
                endpoint.count_failure();
                if !again {
                    return Err(fault);
                }
                failed.push(picked.member);
            }
        }
    }
}
