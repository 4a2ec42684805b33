//! Walks a request through steps, and its answer back.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use haleway_steps::{Answer, Content, Facts, Notes, Passage, StepPlan};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response};
use http_body_util::BodyExt;

use super::Arrival;
use super::find::split_host;
use crate::body::Body;
use crate::call::RequestBody;
use crate::client::{Place, host_value};
use crate::fault::{Fault, FaultKind};
use crate::plan::{RoutePlan, SitePlan};
use crate::visit::Visit;

/// A request among the steps.
pub(super) struct Walk<'a> {
    site: &'a SitePlan,
    visit: &'a Visit,
    address: IpAddr,
    listener: SocketAddr,
    /// What the peer tells of the client is believed.
    trusts_peer: bool,
    /// The path as routing saw it; before that, as it came.
    pub(super) path: &'a str,
    pub(super) place: &'a Place,
    route: Option<&'a RoutePlan>,
}

/// What a trusted proxy tells of the request that it got.
#[derive(Default)]
struct Told {
    secure: Option<bool>,
    host: Option<String>,
}

impl Told {
    fn by(trusted: bool, headers: &HeaderMap) -> Self {
        if !trusted {
            return Self::default();
        }
        let said = |name| {
            headers
                .get(name)
                .and_then(|it: &HeaderValue| it.to_str().ok())
        };
        Self {
            secure: said("x-forwarded-proto").map(|proto| proto == "https"),
            host: said("x-forwarded-host").map(str::to_owned),
        }
    }
}

/// Nothing was matched yet.
static NOWHERE: std::sync::LazyLock<Place> = std::sync::LazyLock::new(Place::default);

impl<'a> Walk<'a> {
    pub(super) fn new(arrival: &'a Arrival<'_>) -> Self {
        let peer = arrival.connection.peer.ip();
        Self {
            site: arrival.site,
            visit: &arrival.visit,
            address: arrival.address,
            listener: arrival.connection.listener,
            trusts_peer: arrival.site.client_address.trusts(peer.to_canonical()),
            path: arrival.visit.uri.path(),
            place: &NOWHERE,
            route: None,
        }
    }

    /// Its route is known.
    pub(super) fn found<'b>(
        &self,
        route: &'b RoutePlan,
        path: &'b str,
        place: &'b Place,
    ) -> Walk<'b>
    where
        'a: 'b,
    {
        Walk {
            path,
            place,
            route: Some(route),
            ..*self
        }
    }

    /// Runs steps until one answers.
    pub(super) async fn on_request(
        &self,
        steps: &[StepPlan],
        head: &mut Parts,
        body: &mut RequestBody,
        notes: &mut Notes,
    ) -> Option<Response<Body>> {
        // Its own hold on it, since steps may change the head.
        let asked = host_value(head);
        let asked = asked.as_ref().and_then(|host| host.to_str().ok());
        let host = split_host(asked.unwrap_or_default()).0;
        let told = Told::by(self.trusts_peer, &head.headers);
        let facts = Facts {
            client: self.address,
            listener: self.listener,
            tls: self.visit.tls,
            secure: told.secure.unwrap_or(self.visit.tls),
            asked_host: told.host.as_deref().unwrap_or(&host),
            host: &host,
            path: self.path,
            route: self.route.map_or("", |route| &route.name),
            service: self.route.and_then(|route| route.service.as_deref()),
            began_unix_us: &|| self.visit.started_unix_us(),
            captures: self.place,
        };
        for step in steps {
            if let Some(bytes_max) = step.wants_body(head, notes)
                && let Err(fault) = Box::pin(body.hold(bytes_max)).await
            {
                if fault.kind == FaultKind::RequestTooLarge
                    && let Some(answer) = step.body_too_large(head, notes)
                {
                    return Some(self.said(answer, &head.headers));
                }
                let voice = &self.site.voice;
                return Some(voice.fault(&fault, &head.headers, self.visit));
            }
            let mut passage = Passage {
                head,
                body: body.held_mut(),
                facts: &facts,
                notes,
            };
            if let Some(answer) = step.on_request(&mut passage) {
                return Some(self.said(answer, &head.headers));
            }
        }
        None
    }

    /// The answer of a step as it goes out.
    fn said(&self, answer: Answer, request: &HeaderMap) -> Response<Body> {
        let mut response = match answer.content {
            Content::Empty => Response::new(Body::Empty),
            Content::Message(text) => {
                let voice = &self.site.voice;
                voice.message(answer.status, text, request, self.visit)
            }
            Content::Failure(text) => {
                let voice = &self.site.voice;
                voice.failure(answer.status, text, request, self.visit)
            }
            Content::Untyped(bytes) => Response::new(Body::full(bytes)),
            Content::Body(content_type, bytes) => {
                let mut response = Response::new(Body::full(bytes));
                response.headers_mut().insert(CONTENT_TYPE, content_type);
                response
            }
        };
        *response.status_mut() = answer.status;
        self.site.voice.give_reason(&mut response);
        response.headers_mut().extend(answer.headers);
        response
    }

    /// Runs steps on the way back.
    pub(super) async fn on_answer(
        &self,
        steps: &[StepPlan],
        answer: Response<Body>,
        notes: &Notes,
    ) -> Response<Body> {
        let (mut head, mut body) = answer.into_parts();
        for step in steps {
            step.on_answer(&mut head, notes);
        }
        for step in steps {
            let Some(bytes_max) = step.wants_answer_body(&head, notes) else {
                continue;
            };
            match Box::pin(whole(body, bytes_max)).await {
                Ok(bytes) => {
                    let changed = step.on_answer_body(bytes, notes);
                    head.headers.remove(TRANSFER_ENCODING);
                    let length = HeaderValue::from(changed.len());
                    head.headers.insert(CONTENT_LENGTH, length);
                    body = Body::full(changed);
                }
                Err(fault) => {
                    let nothing = HeaderMap::new();
                    return self.site.voice.fault(&fault, &nothing, self.visit);
                }
            }
        }
        Response::from_parts(head, body)
    }
}

/// Reads a body whole.
async fn whole(mut body: Body, bytes_max: usize) -> Result<Bytes, Fault> {
    let mut held = bytes::BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Fault::new(FaultKind::Reset, error.to_string()))?;
        if let Ok(data) = frame.into_data() {
            if held.len() + data.len() > bytes_max {
                let text = "the answer is too large to be changed";
                return Err(Fault::new(FaultKind::TooLarge, text));
            }
            held.extend_from_slice(&data);
        }
    }
    Ok(held.freeze())
}

/// Puts on an answer what steps have left for it.
pub(super) fn put_headers(answer: &mut Response<Body>, notes: &mut Notes) {
    let headers = answer.headers_mut();
    if !notes.append.is_empty() {
        let mut last = None;
        for (name, value) in std::mem::take(&mut notes.append) {
            last = name.or(last);
            if let Some(name) = &last {
                headers.append(name, value);
            }
        }
    }
    if !notes.replace.is_empty() {
        // `extend` replaces the values of a name and keeps all of the new ones.
        headers.extend(std::mem::take(&mut notes.replace));
    }
}
