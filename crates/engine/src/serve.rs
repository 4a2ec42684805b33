//! One request, from its head to the head of its answer.

use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use tracing::debug;

use crate::account::{Account, LogEntry};
use crate::action;
use crate::body::Body;
use crate::client::Client;
use crate::gotext::path_unescape;
use crate::listener::{ClientBody, Entry};
use crate::plain::plain;
use crate::plan::SitePlan;
use crate::routing::{Matched, Redirection};
use crate::steps::StepPlan;
use crate::worker::Worker;

/// Serves one request of a connection. The account is to be kept for as long as the answer is on
/// its way.
pub(crate) async fn serve(
    worker: Rc<Worker>,
    connection: Rc<Entry>,
    request: Request<Incoming>,
) -> (Response<Body>, Account) {
    let started = Instant::now();
    let plan = worker.plan();
    let (head, incoming) = request.into_parts();
    let incoming = ClientBody::new(incoming, &connection);
    let Some(site) = plan.site_of(connection.listener) else {
        let answer = plain(StatusCode::SERVICE_UNAVAILABLE, "503 service unavailable");
        let account = Account::new(worker, started, answer.status(), None);
        return (answer, account);
    };
    let client = site
        .client_address
        .find(connection.peer.ip(), &head.headers);
    let mut answer = match malformed(&head, &connection) {
        Some(reason) => bad_request(reason),
        None => route(&worker, &connection, site, &head, client, incoming).await,
    };
    if worker.draining() && head.version < Version::HTTP_2 {
        answer
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let log = site.access_log.as_ref();
    let entry = log
        .filter(|log| !log.skips(head.uri.path()))
        .map(|log| LogEntry {
            format: log.format,
            head,
            client,
        });
    let account = Account::new(worker, started, answer.status(), entry);
    (answer, account)
}

/// What of a head no request may have (RFC 9112, 3.2 and 6.3).
fn malformed(head: &Parts, connection: &Entry) -> Option<&'static str> {
    if head.version == Version::HTTP_11 {
        match head.headers.get_all(HOST).iter().count() {
            0 => return Some("missing required Host header"),
            1 => {}
            _ => return Some("too many Host headers"),
        }
        // Two lengths are how requests are smuggled past a proxy.
        if head.headers.contains_key(TRANSFER_ENCODING)
            && (head.headers.contains_key(CONTENT_LENGTH) || connection.length_told())
        {
            return Some("both Content-Length and Transfer-Encoding");
        }
    }
    let bare = head.uri.scheme().is_none() && head.uri.authority().is_some();
    (bare && head.method != Method::CONNECT).then_some("invalid URI for request")
}

fn bad_request(reason: &str) -> Response<Body> {
    let mut answer = plain(
        StatusCode::BAD_REQUEST,
        format!("400 Bad Request: {reason}"),
    );
    answer
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// Steps of the site, then the route.
async fn route(
    worker: &Rc<Worker>,
    connection: &Rc<Entry>,
    site: &SitePlan,
    head: &Parts,
    address: IpAddr,
    incoming: ClientBody,
) -> Response<Body> {
    let mut extra = HeaderMap::new();
    if let Some(refused) = pass(&site.steps, head, &mut extra) {
        return with_headers(refused, extra);
    }
    let Some(decoded) = path_unescape(head.uri.path()) else {
        return with_headers(bad_request("invalid URL escape"), extra);
    };
    let path = match decoded {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    };
    let answer = match site.router.find(&head.method, &path) {
        Matched::Route { index, params } => {
            let route = &site.routes[index];
            let client = Client {
                worker,
                head,
                path: &path,
                params: &params,
                address,
                route,
                connection,
            };
            matched(site, &client, incoming, &mut extra).await
        }
        Matched::Redirect(near) => redirect(Redirection::new(
            &near,
            &head.method,
            head.uri.query(),
            &head.headers,
        )),
        Matched::MethodNotAllowed { allow } => {
            let refused = pass(&site.unmatched_steps, head, &mut extra);
            refused.unwrap_or_else(|| {
                let mut answer = site.method_not_allowed.answer();
                if let Ok(allow) = HeaderValue::from_str(&allow) {
                    answer.headers_mut().insert(http::header::ALLOW, allow);
                }
                answer
            })
        }
        Matched::NotFound => {
            let refused = pass(&site.unmatched_steps, head, &mut extra);
            refused.unwrap_or_else(|| site.not_found.answer())
        }
    };
    with_headers(answer, extra)
}

/// Steps of the route, then its action.
async fn matched(
    site: &SitePlan,
    client: &Client<'_>,
    incoming: ClientBody,
    extra: &mut HeaderMap,
) -> Response<Body> {
    if let Some(refusal) = &site.encoded_parameter
        && client.params.values(client.path).any(still_encoded)
    {
        return refusal.answer();
    }
    if let Some(refused) = pass(&client.route.steps, client.head, extra) {
        return refused;
    }
    if client.route.log_request {
        let Parts {
            method,
            uri,
            headers,
            ..
        } = client.head;
        debug!(route = client.route.name, %method, %uri, ?headers, "request");
    }
    action::run(client, incoming).await
}

/// Runs steps until one answers.
fn pass(steps: &[StepPlan], head: &Parts, extra: &mut HeaderMap) -> Option<Response<Body>> {
    let status = steps
        .iter()
        .find_map(|step| step.apply(&head.method, &head.headers, extra))?;
    let mut answer = Response::new(Body::Empty);
    *answer.status_mut() = status;
    Some(answer)
}

fn with_headers(mut answer: Response<Body>, extra: HeaderMap) -> Response<Body> {
    if !extra.is_empty() {
        let mut last = None;
        for (name, value) in extra {
            last = name.or(last);
            if let Some(name) = &last {
                answer.headers_mut().append(name, value);
            }
        }
    }
    answer
}

fn redirect(redirection: Redirection) -> Response<Body> {
    let mut answer = Response::new(Body::full(redirection.body));
    *answer.status_mut() = redirection.status;
    answer.headers_mut().insert(LOCATION, redirection.location);
    if let Some(content_type) = redirection.content_type {
        answer.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    answer
}

/// Whether a parameter would change its meaning when it is decoded once more.
fn still_encoded(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| match byte {
        b'?' | b'#' => true,
        b'%' => bytes
            .get(at + 1..at + 3)
            .is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
        _ => false,
    })
}
