//! Speaks for the site: messages in the form that the client prefers, and what is added to every
//! answer.

mod grpc;
mod media;
mod number;

use std::borrow::Cow;
use std::time::Duration;

use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, SERVER, SET_COOKIE, VIA};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, StatusCode, Version};

use crate::body::Body;
use crate::fault::{Fault, FaultKind};
use crate::hop;
use crate::plain::plain;
use crate::plan::{MessagePlan, VoicePlan};
use crate::visit::Visit;

pub(crate) use media::Media;

impl VoicePlan {
    /// A message of our own.
    pub(crate) fn message(
        &self,
        status: StatusCode,
        message: Cow<'static, str>,
        request: &HeaderMap,
        visit: &Visit,
    ) -> Response<Body> {
        if self.grpc && visit.http2 && grpc::asked(request) {
            return grpc::answer(status, None);
        }
        let media = Media::preferred(request);
        self.written(media, status, message, visit)
    }

    /// The same about a failed call, or one that cannot be made.
    pub(crate) fn failure(
        &self,
        status: StatusCode,
        message: Cow<'static, str>,
        request: &HeaderMap,
        visit: &Visit,
    ) -> Response<Body> {
        if self.grpc && visit.http2 && grpc::asked(request) {
            return grpc::answer(status, Some(&message));
        }
        let otherwise = self.negotiated.as_ref().map(|forms| forms.failures);
        let media = Media::of_failure(request, otherwise.unwrap_or_default());
        self.written(media, status, message, visit)
    }

    fn written(
        &self,
        media: Media,
        status: StatusCode,
        message: Cow<'static, str>,
        visit: &Visit,
    ) -> Response<Body> {
        let Some(forms) = &self.negotiated else {
            return plain(status, message);
        };
        let (form, content_type) = match media {
            Media::Json => (&forms.json, "application/json; charset=utf-8"),
            Media::Html => (&forms.html, "text/html; charset=utf-8"),
            Media::Xml => (&forms.xml, "application/xml; charset=utf-8"),
            Media::Plain => (&forms.plain, "text/plain; charset=utf-8"),
        };
        let text = form
            .replace("%MESSAGE%", &media.escaped(&message))
            .replace("%REQUEST_ID%", visit.request_id_text());
        let mut answer = Response::new(Body::full(text));
        *answer.status_mut() = status;
        let content_type = HeaderValue::from_static(content_type);
        answer.headers_mut().insert(CONTENT_TYPE, content_type);
        self.give_reason(&mut answer);
        answer
    }

    /// Gives an own answer its reason phrase, where that is not the usual one.
    pub(crate) fn give_reason(&self, answer: &mut Response<Body>) {
        let mut reasons = self.reasons.iter();
        if let Some((_, phrase)) = reasons.find(|(status, _)| *status == answer.status()) {
            answer.extensions_mut().insert(phrase.clone());
        }
    }

    /// The answer to a request whose call failed.
    pub(crate) fn fault(
        &self,
        fault: &Fault,
        request: &HeaderMap,
        visit: &Visit,
    ) -> Response<Body> {
        let said = self.said(fault, visit);
        let (status, message) = (said.status, said.message.clone().into());
        match fault.kind {
            // Nothing was tried: a refusal rather than a failure.
            FaultKind::NoEndpoint if !visit.was_tried() => {
                self.message(status, message, request, visit)
            }
            FaultKind::Resolve => self.message(status, message, request, visit),
            _ => self.failure(status, message, request, visit),
        }
    }

    fn said(&self, fault: &Fault, visit: &Visit) -> &MessagePlan {
        let failures = &self.failures;
        match fault.kind {
            FaultKind::NoEndpoint if visit.was_tried() => &failures.none_left,
            FaultKind::NoEndpoint => &failures.no_endpoint,
            FaultKind::Resolve => &failures.unresolved,
            FaultKind::Timeout => &failures.timeout,
            FaultKind::RequestTooLarge => &failures.body_too_large,
            FaultKind::RequestBody | FaultKind::BadRequest => &failures.bad_request,
            _ => &failures.bad_answer,
        }
    }

    /// A request that is no HTTP, or breaks its rules.
    pub(crate) fn bad_request(
        &self,
        reason: &str,
        request: &HeaderMap,
        visit: &Visit,
    ) -> Response<Body> {
        let mut answer = match &self.negotiated {
            None => plain(
                StatusCode::BAD_REQUEST,
                format!("400 Bad Request: {reason}"),
            ),
            Some(_) => {
                let said = &self.failures.bad_request;
                self.failure(said.status, said.message.clone().into(), request, visit)
            }
        };
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(CONNECTION, close);
        answer
    }

    /// What cannot be read as a request. A voice that negotiates has one message for all of it.
    pub(crate) fn refuse(
        &self,
        status: StatusCode,
        reason: &str,
        request: &HeaderMap,
        visit: &Visit,
    ) -> Response<Body> {
        if self.negotiated.is_some() {
            return self.bad_request(reason, request, visit);
        }
        let usual = status.canonical_reason().unwrap_or_default();
        let colon = if reason.is_empty() { "" } else { ": " };
        plain(
            status,
            format!("{} {usual}{colon}{reason}", status.as_u16()),
        )
    }

    /// Puts on an answer what the site adds to it.
    pub(crate) fn finish(&self, answer: &mut Response<Body>, request: &Parts, visit: &Visit) {
        for cookie in visit.cookies.take() {
            answer.headers_mut().append(SET_COOKIE, cookie);
        }
        if self.silent {
            return;
        }
        let proxied = visit.was_tried();
        tell_length(answer, proxied);
        let version = visit.upstream_version().unwrap_or(Version::HTTP_11);
        let headers = answer.headers_mut();
        self.times(headers, proxied, visit);
        if let (Some(name), Some(status)) = (&self.upstream_status, visit.upstream_status()) {
            headers.insert(name, number::value(status.into()));
        }
        if let (Some(via), true) = (&self.via, proxied) {
            headers.insert(VIA, via.value(headers.get(VIA), version));
        }
        if let Some(server) = &self.server
            && !(proxied && headers.contains_key(SERVER))
        {
            headers.insert(SERVER, server.clone());
        }
        if let Some(name) = &self.request_id {
            headers.insert(name, visit.request_id().clone());
        }
        if self.announce_keep_alive
            && request.version <= Version::HTTP_11
            && !headers.contains_key(CONNECTION)
        {
            let stays = hop::stays(request.version, &request.headers);
            let connection = if stays { "keep-alive" } else { "close" };
            headers.insert(CONNECTION, HeaderValue::from_static(connection));
        }
    }

    fn times(&self, headers: &mut HeaderMap, proxied: bool, visit: &Visit) {
        let Some(names) = &self.latency else { return };
        let mut put = |name: &Option<HeaderName>, time: Duration| {
            if let Some(name) = name {
                headers.insert(name, number::value(millis(time)));
            }
        };
        match visit.last_try().filter(|_| proxied) {
            Some((began, answered)) => {
                put(&names.upstream, answered - began);
                put(&names.proxy, began - visit.started);
            }
            None => put(&names.own, visit.started.elapsed()),
        }
    }
}

/// An own answer tells its length among its headers, where logs see it, too.
fn tell_length(answer: &mut Response<Body>, proxied: bool) {
    let length = match answer.body() {
        Body::Full(bytes) => bytes.len(),
        Body::Empty if !proxied => 0,
        _ => return,
    };
    let status = answer.status();
    let bare = status.is_informational() || status == StatusCode::NO_CONTENT;
    if !bare && status != StatusCode::NOT_MODIFIED {
        let headers = answer.headers_mut();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl crate::plan::ViaPlan {
    fn value(&self, theirs: Option<&HeaderValue>, version: Version) -> HeaderValue {
        if !self.appended {
            return self.token.clone();
        }
        let protocol = match version {
            Version::HTTP_2 => "2",
            Version::HTTP_10 => "1.0",
            _ => "1.1",
        };
        let token = self.token.to_str().unwrap_or_default();
        let theirs = theirs.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let comma = if theirs.is_empty() { "" } else { ", " };
        let text = format!("{theirs}{comma}{protocol} {token}");
        HeaderValue::from_str(&text).unwrap_or_else(|_| self.token.clone())
    }
}
