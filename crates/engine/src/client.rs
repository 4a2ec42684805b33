//! A client's request as steps and actions see it.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use http::HeaderValue;
use http::header::HOST;
use http::request::Parts;

use crate::listener::Entry;
use crate::plan::RoutePlan;
use crate::routing::Params;
use crate::worker::Worker;

/// A client's request as actions see it.
pub(crate) struct Client<'a> {
    pub(crate) worker: &'a Rc<Worker>,
    pub(crate) head: &'a Parts,
    /// The path after percent-decoding.
    pub(crate) path: &'a str,
    pub(crate) params: &'a Params,
    pub(crate) address: IpAddr,
    pub(crate) route: &'a Arc<RoutePlan>,
    /// The client's connection.
    pub(crate) connection: &'a Rc<Entry>,
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

/// A client's request that outlives its answer: shadows need one.
pub(crate) struct HeldClient {
    worker: Rc<Worker>,
    head: Parts,
    path: String,
    params: Params,
    address: IpAddr,
    route: Arc<RoutePlan>,
    connection: Rc<Entry>,
}

impl HeldClient {
    pub(crate) fn of(client: &Client<'_>) -> Self {
        Self {
            worker: client.worker.clone(),
            head: client.head.clone(),
            path: client.path.to_owned(),
            params: client.params.clone(),
            address: client.address,
            route: client.route.clone(),
            connection: client.connection.clone(),
        }
    }

    /// The request as actions see it.
    pub(crate) fn client(&self) -> Client<'_> {
        Client {
            worker: &self.worker,
            head: &self.head,
            path: &self.path,
            params: &self.params,
            address: self.address,
            route: &self.route,
            connection: &self.connection,
        }
    }
}
