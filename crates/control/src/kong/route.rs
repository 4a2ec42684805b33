//! From a request to its answer.

use std::time::Instant;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ALLOW, CONNECTION, ORIGIN, SERVER,
    VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use hyper::body::Body;

use super::query::Arguments;
use super::request::{self, BodyTrouble};
use super::resource::Resource;
use super::view::View;
use super::{
    Node, answer, config, endpoints, health, list, metrics, operate, overview, ready, schema,
    status, tags, target, validate, write,
};
use crate::answer::{Answer, head_only};

/// Which of a node's APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// The Admin API (8001).
    Admin,
    /// The status listener (8007).
    Status,
}

static ADMIN_LATENCY: HeaderName = HeaderName::from_static("x-kong-admin-latency");

/// Answers one request.
pub(super) async fn answer<B>(node: &Node, api: Api, request: Request<B>) -> Answer
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let mut answer = routed(node, api, &head, body).await;
    let view = node.view();
    let headers = answer.headers_mut();
    allow_origin(&head.headers, headers);
    let server = HeaderValue::from_str(&view.server()).ok();
    if let Some(server) = server.filter(|_| view.facts().names_server) {
        headers.insert(SERVER, server);
    }
    if view.facts().tells_latency {
        let latency_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        headers.insert(ADMIN_LATENCY.clone(), HeaderValue::from(latency_ms));
    }
    answer
}

async fn routed<B>(node: &Node, api: Api, head: &Parts, body: B) -> Answer
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let segments = request::segments(head.uri.path());
    let resource = segments.and_then(|segments| Resource::of(api, &segments));
    let Some(resource) = resource else {
        return answer::not_found();
    };
    let methods = resource.methods(api);
    if !methods.contains(&head.method.as_str()) {
        return answer::method_not_allowed();
    }
    let arguments = Arguments::of(head.uri.query().unwrap_or_default());
    let view = node.view();
    match head.method {
        Method::OPTIONS => options(methods, &head.headers),
        Method::GET => read(node, &view, &resource, &arguments),
        Method::HEAD => head_only(read(node, &view, &resource, &arguments)),
        _ => match &resource {
            Resource::SetHealth(setting) => operate::set(node, &view, setting),
            Resource::Config => match request::body(&head.headers, body).await {
                Ok(body) => config::post(node, &head.headers, &arguments, body).await,
                Err(trouble) => unread(trouble),
            },
            Resource::Validate(kind) => match request::body(&head.headers, body).await {
                Ok(body) => validate::post(&view, kind, &head.headers, &body),
                Err(trouble) => unread(trouble),
            },
            Resource::Ready => match request::body(&head.headers, body).await {
                Ok(body) => ready::leave(node, &head.headers, &body),
                Err(trouble) => unread(trouble),
            },
            resource => write::refuse(&view, &head.method, resource),
        },
    }
}

fn read(node: &Node, view: &View, resource: &Resource, arguments: &Arguments) -> Answer {
    match resource {
        Resource::Overview => overview::overview(node, view),
        Resource::Status => status::status(node, view, arguments),
        Resource::Ready => ready::ready(node, view),
        Resource::Metrics => answer::metrics(metrics::write(node, view)),
        Resource::Endpoints => endpoints::endpoints(),
        Resource::Config => config::shown(view),
        Resource::Tags => tags::all(view, arguments),
        Resource::Tag(tag) => tags::one(view, tag, arguments),
        Resource::Schema(name) => schema::entity(view, name),
        Resource::PluginSchema(name) => schema::plugin(view, name),
        Resource::VaultSchema(name) => schema::vault(view, name),
        Resource::EnabledPlugins => schema::enabled_plugins(view),
        Resource::List(kind) => list::all(view, kind, arguments),
        Resource::One(kind, key) => list::one(view, kind, key),
        Resource::Referred(kind, key, field, to) => list::referred(view, (kind, key), field, to),
        Resource::Owned(owner, kind) => list::owned(view, owner, kind, arguments),
        Resource::OwnedOne(owner, kind, key) => list::owned_one(view, owner, kind, key),
        Resource::Health(upstream) => health::health(node, view, upstream, arguments),
        Resource::Targets(upstream) => target::newest(view, upstream, arguments),
        Resource::AllTargets(upstream) => target::all(view, upstream, arguments),
        Resource::Target(upstream, target) => target::one(view, upstream, target),
        Resource::SetHealth(_) | Resource::Validate(_) => answer::method_not_allowed(),
    }
}

/// The rest of a body that was not read comes no more on this connection.
fn unread(trouble: BodyTrouble) -> Answer {
    let mut answer = match trouble {
        BodyTrouble::TooLarge => answer::too_large(),
        BodyTrouble::Broken => answer::message(StatusCode::BAD_REQUEST, "Bad request"),
    };
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(CONNECTION, close);
    answer
}

fn options(methods: &[&str], asked: &HeaderMap) -> Answer {
    let mut answer = answer::empty(StatusCode::NO_CONTENT);
    let headers = answer.headers_mut();
    if let Ok(methods) = HeaderValue::from_str(&methods.join(", ")) {
        headers.insert(ALLOW, methods.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    let wanted = asked.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let wanted = wanted.unwrap_or(HeaderValue::from_static("Content-Type"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted);
    answer
}

/// Every origin may ask, as with Kong where no page of its own is configured.
fn allow_origin(asked: &HeaderMap, headers: &mut HeaderMap) {
    let origin = match asked.get(ORIGIN) {
        Some(origin) => {
            headers.insert(VARY, HeaderValue::from_static("Origin"));
            origin.clone()
        }
        None => HeaderValue::from_static("*"),
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let yes = HeaderValue::from_static("true");
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
}
