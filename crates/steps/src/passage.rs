//! A request on its way through the steps.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use crate::Known;
use crate::origin_policy::CrossOrigin;

/// A request on its way through the steps.
pub struct Passage<'a> {
    /// Its head. What steps change in it is what the endpoint gets; routing is over by then.
    pub head: &'a mut Parts,
    /// Its body, whole, where a step wanted it; a step that changes it mends `Content-Length`.
    pub body: Option<&'a mut Bytes>,
    /// What is known and cannot be changed.
    pub facts: &'a Facts<'a>,
    /// What steps have found out so far.
    pub notes: &'a mut Notes,
}

/// What is known of a request and cannot be changed.
pub struct Facts<'a> {
    /// Address of the client, behind trusted proxies.
    pub client: IpAddr,
    /// Where it came in: address and port of the listener.
    pub listener: SocketAddr,
    /// It came over TLS.
    pub tls: bool,
    /// It came over TLS to us, or a trusted proxy says that it came so to it.
    pub secure: bool,
    /// The host that it asks for, as a trusted proxy tells it; otherwise the next one.
    pub asked_host: &'a str,
    /// The host that it asks for, without a port; empty where it asks for none.
    pub host: &'a str,
    /// The path as routing saw it.
    pub path: &'a str,
    /// Name of the route.
    pub route: &'a str,
    /// Name of the service behind the route.
    pub service: Option<&'a str>,
    /// When it arrived, in microseconds since 1970. Few steps ask, and a look at the clock costs.
    pub began_unix_us: &'a dyn Fn() -> u64,
    /// What the route's pattern captured of the path.
    pub captures: &'a dyn Captures,
}

/// What the route's pattern captured of the path.
pub trait Captures {
    /// The text of a group by its name, or its number from 1.
    fn capture(&self, group: &str) -> Option<&str>;
}

/// No pattern, no captures.
pub struct NoCaptures;

impl Captures for NoCaptures {
    fn capture(&self, _: &str) -> Option<&str> {
        None
    }
}

/// What steps have found out about a request: kept until its answer is out and logged.
#[derive(Default)]
pub struct Notes {
    /// Who asks.
    pub consumer: Option<Arc<Known>>,
    /// Identity of the credential that was shown.
    pub credential: Option<Arc<str>>,
    /// Headers added to the answer, whoever gives it.
    pub append: HeaderMap,
    /// Headers that take the place of the answer's own, whoever gives it.
    pub replace: HeaderMap,
    /// What the endpoint gets otherwise than by the route.
    pub upstream: UpstreamEdits,
    /// Names of request headers and query parameters whose values no log may show.
    pub secret_headers: Vec<http::HeaderName>,
    /// What logs tell of the request beside the rest: keys and texts.
    pub logged: Vec<(String, String)>,
    /// What an answer has to know of the request's origin.
    pub(crate) cross_origin: CrossOrigin,
}

/// What the endpoint gets otherwise than by the route.
#[derive(Default)]
pub struct UpstreamEdits {
    /// Its `Host`.
    pub host: Option<HeaderValue>,
    /// Its path, in place of the one that the route makes; the query stays that of the head.
    pub path: Option<String>,
}
