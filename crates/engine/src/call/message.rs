//! What goes to an endpoint: a head and a body, written for the version that it speaks.

use haleway_http1::{Framing, RequestWriter};
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderMap};
use http::{HeaderValue, Method, Request, Uri};

use super::chain;
use super::plan::{CallPlan, HeaderPlan};
use super::request::{Head, Names, Results, length_told};
use super::request_body::RequestBody;
use crate::body::Body;
use crate::client::Client;
use crate::fault::Fault;
use crate::upstream::{EndpointState, Written};
use crate::wire::Page;

/// Where a request comes from. It may be written more than once.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// A call for a client.
    Call(&'a Calling<'a>),
    /// A head that was made before.
    Head(&'a Head),
}

/// A call for a client to one of its endpoints.
pub(crate) struct Calling<'a> {
    pub(crate) call: &'a CallPlan,
    pub(crate) client: &'a Client<'a>,
    pub(crate) results: Results<'a>,
    /// Of the endpoint.
    pub(crate) base_path: &'a str,
}

/// A request written for HTTP/1.
pub(crate) struct Outgoing {
    pub(crate) written: Written,
    /// The answer is unpacked although the client did not ask for gzip.
    pub(crate) gunzip: bool,
    /// The client asks for another protocol and the call lets it.
    pub(crate) upgrade: bool,
}

impl Source<'_> {
    /// The head of the request.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn head(self) -> Result<Head, Fault> {
        match self {
            Self::Head(head) => Ok(head.clone()),
            Self::Call(calling) => calling.head(),
        }
    }

    /// The request, written for HTTP/1.
    ///
    /// # Errors
    /// It cannot be.
    pub(crate) fn over_http1(
        self,
        endpoint: &EndpointState,
        body: &mut RequestBody,
    ) -> Result<Outgoing, Fault> {
        match self {
            Self::Call(calling) => match &*calling.call.headers {
                // The usual way of a chain of proxies: no header is kept anywhere in between.
                HeaderPlan::Chained(plan) if !calling.call.ask_gzip => {
                    calling.chained(plan, endpoint, body)
                }
                _ => Ok(over_http1(endpoint, &calling.head()?, body)),
            },
            Self::Head(head) => Ok(over_http1(endpoint, head, body)),
        }
    }
}

impl Calling<'_> {
    pub(crate) fn head(&self) -> Result<Head, Fault> {
        Head::new(self.call, self.client, self.results, self.base_path)
    }

    fn chained(
        &self,
        plan: &super::plan::ChainPlan,
        endpoint: &EndpointState,
        body: &mut RequestBody,
    ) -> Result<Outgoing, Fault> {
        let Self { call, client, .. } = self;
        let method = call.method.as_ref().unwrap_or(&client.head.method).clone();
        let target = self.target()?;
        client.visit.asks(&target);
        let (body, framing) = framed(&method, body, true);
        let host = super::request::host(call, client);
        let host = host.as_ref().unwrap_or(&endpoint.authority);
        let names = Names::of(client);
        let mut head = Page::take();
        let line = (&method, target.as_str(), host);
        let mut writer = RequestWriter::new(&mut head, line, names.naming());
        let upgrade = call.upgrades(client);
        let closes = endpoint.transport.settings.close_after_request;
        let links = chain::Links {
            strips: call.strips_matched(),
            upgrade,
            closes,
        };
        chain::write(plan, client, links, &mut writer);
        writer.end(framing);
        Ok(Outgoing {
            written: Written {
                method,
                head,
                body,
                framing,
            },
            gunzip: false,
            upgrade,
        })
    }

    fn target(&self) -> Result<http::uri::PathAndQuery, Fault> {
        super::request::target_of(self.call, self.client, self.results, self.base_path)
    }
}

fn over_http1(endpoint: &EndpointState, head: &Head, body: &mut RequestBody) -> Outgoing {
    let headers = &head.headers;
    let (body, framing) = framed(
        &head.method,
        body,
        head.tells_length || length_told(headers),
    );
    let host = head.host.as_ref().unwrap_or(&endpoint.authority);
    let mut page = Page::take();
    let line = (&head.method, head.target.as_str(), host);
    let mut writer = RequestWriter::new(&mut page, line, head.names.naming());
    let closes = endpoint.transport.settings.close_after_request;
    for (name, value) in headers {
        if !(closes && *name == CONNECTION) {
            writer.header(name, value.as_bytes());
        }
    }
    if closes {
        writer.header(&CONNECTION, b"close");
    }
    writer.end(framing);
    Outgoing {
        written: Written {
            method: head.method.clone(),
            head: page,
            body,
            framing,
        },
        gunzip: head.gunzip,
        upgrade: head.upgrade,
    }
}

/// The body to send and how it is framed. Go's client says how long an absent one is for these
/// methods.
fn framed(method: &Method, body: &mut RequestBody, tells_length: bool) -> (Body, Framing) {
    let none = body.is_none();
    let body = body.take(tells_length);
    let framing = match none {
        true if matches!(*method, Method::POST | Method::PUT | Method::PATCH) => Framing::Length(0),
        true => Framing::None,
        false => body.framing(),
    };
    (body, framing)
}

/// The request, written for HTTP/2.
pub(super) fn over_http2(
    endpoint: &EndpointState,
    head: Head,
    body: &mut RequestBody,
) -> Request<Body> {
    let Head {
        method,
        target,
        mut headers,
        host,
        tells_length,
        ..
    } = head;
    // HTTP/2 has no such header (RFC 9113, 8.2.2).
    headers.remove(CONNECTION);
    let host = host.as_ref().unwrap_or(&endpoint.authority);
    frame(&mut headers, &method, body);
    let mut uri = http::uri::Parts::default();
    // Without an authority that can be written the path alone is a valid target, too.
    if let Ok(authority) = http::uri::Authority::try_from(host.as_bytes()) {
        uri.authority = Some(authority);
        uri.scheme = Some(match endpoint.scheme {
            haleway_blueprint::Scheme::Https => http::uri::Scheme::HTTPS,
            _ => http::uri::Scheme::HTTP,
        });
    }
    uri.path_and_query = Some(target);
    let mut request = Request::new(body.take(tells_length || length_told(&headers)));
    *request.version_mut() = http::Version::HTTP_2;
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_parts(uri).unwrap_or_default();
    *request.headers_mut() = headers;
    request
}

/// Says how long an absent body is, where Go's client says it.
fn frame(headers: &mut HeaderMap, method: &Method, body: &RequestBody) {
    if body.is_none() {
        if matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        } else {
            headers.remove(CONTENT_LENGTH);
        }
    }
}
