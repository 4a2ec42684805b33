//! A client's request as actions see it.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use haleway_steps::{Captures, Notes};
use http::HeaderValue;
use http::header::HOST;
use http::request::Parts;

use crate::listener::Entry;
use crate::plan::{RoutePlan, SitePlan};
use crate::routing::Params;
use crate::visit::Visit;
use crate::worker::Worker;

/// A client's request as actions see it.
#[derive(Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) worker: &'a Rc<Worker>,
    pub(crate) site: &'a SitePlan,
    pub(crate) head: &'a Parts,
    /// The path as routing saw it: decoded, or normalised.
    pub(crate) path: &'a str,
    pub(crate) place: &'a Place,
    pub(crate) address: IpAddr,
    pub(crate) route: &'a Arc<RoutePlan>,
    /// The client's connection.
    pub(crate) connection: &'a Rc<Entry>,
    pub(crate) visit: &'a Visit,
    pub(crate) notes: &'a Notes,
}

/// How a route was found in a path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// Values of the pattern's parameters.
    pub(crate) params: Params,
    /// Bytes of the path that the route's prefix or pattern matched.
    pub(crate) matched: Option<usize>,
    /// Texts of the pattern's groups, where somebody may ask for them.
    pub(crate) captures: Vec<(String, String)>,
}

impl Captures for Place {
    fn capture(&self, group: &str) -> Option<&str> {
        let mut captures = self.captures.iter();
        let found = captures.find(|(name, _)| name == group);
        found.map(|(_, text)| text.as_str())
    }
}

impl Client<'_> {
    /// The client's address as a header value.
    pub(crate) fn address_value(&self) -> HeaderValue {
        self.connection.address_value(self.address)
    }

    /// The host that the client asked for.
    pub(crate) fn host_value(&self) -> Option<HeaderValue> {
        host_value(self.head)
    }
}

/// The host that a request asks for.
pub(crate) fn host_value(head: &Parts) -> Option<HeaderValue> {
    match head.uri.authority() {
        Some(authority) => HeaderValue::from_str(authority.as_str()).ok(),
        None => head.headers.get(HOST).cloned(),
    }
}

/// The same as text, port included; empty where it asks for none.
pub(crate) fn host_text(head: &Parts) -> &str {
    match head.uri.authority() {
        Some(authority) => authority.as_str(),
        None => {
            let host = head.headers.get(HOST);
            host.and_then(|host| host.to_str().ok()).unwrap_or_default()
        }
    }
}

/// A host as it was written, and its port, if it has one.
pub(crate) fn split_port(authority: &str) -> (&str, Option<u16>) {
    let bytes = authority.as_bytes();
    let digits = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let at = bytes.len() - digits.count();
    let Some((host, digits)) = authority.split_at_checked(at) else {
        return (authority, None);
    };
    match (host.strip_suffix(':'), digits.parse()) {
        (Some(host), Ok(port)) if !host.is_empty() => (host, Some(port)),
        _ => (authority, None),
    }
}

/// A client's request that outlives its answer: shadows need one.
pub(crate) struct HeldClient {
    worker: Rc<Worker>,
    plan: Rc<crate::worker::Current>,
    head: Parts,
    path: String,
    place: Place,
    address: IpAddr,
    route: Arc<RoutePlan>,
    connection: Rc<Entry>,
    visit: Visit,
    notes: Notes,
}

impl HeldClient {
    pub(crate) fn of(client: &Client<'_>) -> Self {
        let visit = client.visit;
        Self {
            worker: client.worker.clone(),
            plan: client.worker.plan(),
            head: client.head.clone(),
            path: client.path.to_owned(),
            place: client.place.clone(),
            address: client.address,
            route: client.route.clone(),
            connection: client.connection.clone(),
            visit: Visit::new(
                visit.started,
                visit.uri.clone(),
                client.head.version,
                client.connection,
                false,
            ),
            notes: Notes::default(),
        }
    }

    /// The request as actions see it; `None` where its listener is gone.
    pub(crate) fn client(&self) -> Option<Client<'_>> {
        Some(Client {
            worker: &self.worker,
            site: self.plan.site_of(self.connection.listener)?,
            head: &self.head,
            path: &self.path,
            place: &self.place,
            address: self.address,
            route: &self.route,
            connection: &self.connection,
            visit: &self.visit,
            notes: &self.notes,
        })
    }
}
