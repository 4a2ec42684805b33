//! The answer to a request that failed.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};
use tracing::error;

use crate::body::Body;
use crate::client::Client;
use crate::fault::{Fault, FaultKind};
use crate::plan::ErrorPlan;

/// Counts a fault and writes it to the log.
pub(super) fn note(client: &Client<'_>, fault: &Fault) {
    client.worker.metrics.fault(fault.kind);
    error!(route = client.route.name, fault = ?fault.kind, "{}", fault.text);
}

/// The answer: the fault's own status if it has one, else the route's; its text or body where the
/// route shows errors.
pub(super) fn answer(plan: &ErrorPlan, headers: &HeaderMap, fault: &Fault) -> Response<Body> {
    let mut answer = Response::new(Body::Empty);
    answer.headers_mut().clone_from(headers);
    *answer.status_mut() = match (&fault.answer, fault.kind) {
        (Some(own), _) => own.status,
        (None, FaultKind::RequestBody | FaultKind::RequestTooLarge) => {
            http::StatusCode::BAD_REQUEST
        }
        (None, _) => plan.status,
    };
    if plan.show_text {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        let (body, content_type) = match &fault.answer {
            Some(own) => (own.body.clone(), own.content_type.clone().unwrap_or(plain)),
            None => (fault.text.clone().into(), plain),
        };
        if !body.is_empty() {
            *answer.body_mut() = Body::full(body);
            answer.headers_mut().insert(CONTENT_TYPE, content_type);
        }
    }
    answer
}
