//! Makes a call and follows redirects, as Go's client does.

use std::sync::Arc;

use haleway_blueprint::{Endpoint, Scheme};
use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, LOCATION, REFERER};
use http::{HeaderValue, Method, StatusCode, Uri};
use tokio::time::Instant;

use super::exchange::{Reply, Span, exchange};
use super::message::Source;
use super::plan::CallPlan;
use super::request::{Head, Names, Results};
use super::request_body::RequestBody;
use crate::body::Body;
use crate::client::Client;
use crate::fault::{Fault, FaultKind};
use crate::upstream::{EndpointState, Member, UnderWay, UpstreamBody};

/// An answer, its body still to come.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    /// The last request, where redirects were followed.
    redirected: Option<Box<Asked>>,
    member: Arc<Member>,
    /// Ends with the last byte.
    pub(crate) under_way: Option<UnderWay>,
}

impl Answer {
    /// The body, which brings its connection home when it is whole.
    pub(crate) fn into_body(self, deadline: Option<Instant>) -> Body {
        let body = UpstreamBody::new(self.reply.response.into_body(), deadline);
        Body::Upstream(Box::new(body.carrying(self.under_way)))
    }

    /// What was asked last, for texts. It is written out anew, since only failures need it.
    pub(crate) fn asked(
        &self,
        call: &CallPlan,
        client: &Client<'_>,
        results: Results<'_>,
    ) -> Result<Asked, Fault> {
        match &self.redirected {
            Some(asked) => Ok(Asked::clone(asked)),
            None => Ok(Asked::new(
                &Head::new(call, client, results, &self.member.base_path)?,
                &self.member.endpoint,
            )),
        }
    }
}

/// What was asked last.
#[derive(Clone)]
pub(crate) struct Asked {
    method: Method,
    scheme: Scheme,
    authority: HeaderValue,
    path: String,
}

impl Asked {
    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    pub(crate) fn url(&self) -> String {
        let authority = self.authority.to_str().unwrap_or_default();
        format!("{}://{authority}{}", self.scheme.as_str(), self.path)
    }
}

/// Status and protocol of a reply.
pub(super) fn seen(reply: &Result<Reply, Fault>) -> Option<(u16, http::Version)> {
    let response = &reply.as_ref().ok()?.response;
    Some((response.status().as_u16(), response.version()))
}

/// Whether a reply is the answer as it is, with no redirect to be followed.
pub(super) fn is_final(call: &CallPlan, reply: &Reply) -> bool {
    call.hops_max == 0 || !reply.response.status().is_redirection()
}

impl Answer {
    /// The answer that a reply is.
    pub(super) fn new(reply: Reply, member: Arc<Member>, under_way: Option<UnderWay>) -> Self {
        Self {
            reply,
            redirected: None,
            member,
            under_way: under_way.map(UnderWay::answered),
        }
    }
}

/// Tells of a failure, or follows redirects to the answer.
pub(super) async fn redirected(
    call: &CallPlan,
    client: &Client<'_>,
    results: Results<'_>,
    member: Arc<Member>,
    reply: Result<Reply, Fault>,
    body: &mut RequestBody,
) -> Result<Answer, Fault> {
    let Member {
        endpoint,
        base_path,
        ..
    } = &*member;
    let head = Head::new(call, client, results, base_path)?;
    let asked = Asked::new(&head, endpoint);
    let reply = reply.map_err(|fault| fault.of_request(asked.method(), &asked.url()))?;
    let mut hop = Hop {
        head,
        endpoint: endpoint.clone(),
        reply,
        asked,
    };
    for made in 1..=call.hops_max {
        match next(&hop, body, call)? {
            Some(_) if made == call.hops_max => break,
            Some(target) => hop = follow(hop, target, client, body).await?,
            None => {
                let Hop { reply, asked, .. } = hop;
                return Ok(Answer {
                    reply,
                    redirected: Some(Box::new(asked)),
                    member,
                    under_way: None,
                });
            }
        }
    }
    let text = format!("stopped after {} redirects", call.hops_max);
    Err(Fault::new(FaultKind::Protocol, text).of_request(hop.asked.method(), &hop.asked.url()))
}

pub(super) fn no_hosts() -> Fault {
    Fault::new(FaultKind::NoEndpoint, "no hosts available")
}

impl Asked {
    fn new(head: &Head, endpoint: &EndpointState) -> Self {
        Self {
            method: head.method.clone(),
            scheme: endpoint.scheme,
            authority: endpoint.authority.clone(),
            path: head.target.to_string(),
        }
    }
}

struct Hop {
    head: Head,
    endpoint: Arc<EndpointState>,
    reply: Reply,
    asked: Asked,
}

struct Target {
    uri: Uri,
    method: Method,
}

/// Where an answer sends us, if it does and we can go.
fn next(hop: &Hop, body: &RequestBody, call: &CallPlan) -> Result<Option<Target>, Fault> {
    let response = &hop.reply.response;
    let method = &hop.head.method;
    let keeps_method = match response.status() {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => {
            *method == Method::GET || *method == Method::HEAD
        }
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        _ => return Ok(None),
    };
    // A body that is gone cannot be sent again; then the redirect itself is the answer.
    let resends = matches!(response.status().as_u16(), 307 | 308) && !body.is_none();
    if resends && !(call.resend_body && body.is_replayable()) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(LOCATION) else {
        return Ok(None);
    };
    let base = hop.asked.url();
    let uri = crate::location::resolve(&base, location.as_bytes()).ok_or_else(|| {
        let text = format!("failed to parse Location header {location:?}");
        Fault::new(FaultKind::Protocol, text).of_request(method, &base)
    })?;
    let method = if keeps_method {
        method.clone()
    } else {
        Method::GET
    };
    Ok(Some(Target { uri, method }))
}

async fn follow(
    hop: Hop,
    target: Target,
    client: &Client<'_>,
    body: &mut RequestBody,
) -> Result<Hop, Fault> {
    let Hop {
        head,
        endpoint,
        reply,
        asked,
    } = hop;
    drop(reply);
    let bad = |text: &str| {
        Fault::new(FaultKind::Protocol, text).of_request(&target.method, &target.uri.to_string())
    };
    let there = destination(&target.uri).ok_or_else(|| bad("unsupported protocol scheme"))?;
    let next_endpoint = client
        .worker
        .registry()
        .endpoint(&there, &endpoint.transport)
        .map_err(|text| bad(&text))?;
    let mut headers = head.headers.clone();
    if there.host != endpoint.host {
        // Go's client shows secrets to no other domain.
        for name in [
            AUTHORIZATION,
            COOKIE,
            HeaderName::from_static("www-authenticate"),
        ] {
            headers.remove(name);
        }
    }
    referer(&mut headers, &asked, there.scheme);
    if target.method != head.method {
        *body = RequestBody::None;
        headers.remove(http::header::CONTENT_TYPE);
        headers.remove(http::header::CONTENT_LENGTH);
    }
    let path = target.uri.path_and_query().cloned();
    let head = Head {
        host: None,
        names: Names::default(),
        method: target.method,
        target: path.unwrap_or_else(|| http::uri::PathAndQuery::from_static("/")),
        headers,
        gunzip: head.gunzip,
        upgrade: head.upgrade,
        tells_length: head.tells_length,
    };
    let asked = Asked::new(&head, &next_endpoint);
    let reply = exchange(
        client.worker,
        &next_endpoint,
        Span::unlimited(),
        Source::Head(&head),
        body,
    )
    .await
    .map_err(|fault| fault.of_request(asked.method(), &asked.url()))?;
    Ok(Hop {
        head,
        endpoint: next_endpoint,
        reply,
        asked,
    })
}

/// Says where we come from, unless that was private and the next place is not.
fn referer(headers: &mut HeaderMap, from: &Asked, to: Scheme) {
    if from.scheme == Scheme::Https && to != Scheme::Https {
        headers.remove(REFERER);
    } else if let Ok(value) = HeaderValue::from_str(&from.url()) {
        headers.insert(REFERER, value);
    }
}

fn destination(uri: &Uri) -> Option<Endpoint> {
    let scheme = match uri.scheme_str()? {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    let authority = uri.authority()?;
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    let port = authority
        .port_u16()
        .unwrap_or_else(|| scheme.default_port());
    let shown = match authority.port_u16() {
        Some(port) => format!("{}:{port}", authority.host()),
        None => authority.host().to_owned(),
    };
    let base_path = String::new();
    Some(Endpoint {
        scheme,
        host,
        port,
        authority: shown,
        base_path,
        weight: 1,
    })
}
