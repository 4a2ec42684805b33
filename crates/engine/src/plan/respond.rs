//! Answers that need no upstream, compiled.

use bytes::Bytes;
use haleway_blueprint::{BodyPart, Header, OwnAnswer, Respond};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::SitePlan;
use super::voice::MessagePlan;
use crate::body::Body;
use crate::gotext::go_time_now;
use crate::visit::Visit;

/// An answer that needs no upstream.
pub(crate) struct RespondPlan {
    status: StatusCode,
    headers: HeaderMap,
    body: BodyPlan,
}

enum BodyPlan {
    Fixed(Bytes),
    Parts(Vec<BodyPart>),
}

impl RespondPlan {
    /// Compiles an answer.
    ///
    /// # Errors
    /// A status or header cannot be written.
    pub(crate) fn compile(respond: &Respond) -> Result<Self, String> {
        let fixed = respond
            .body
            .parts
            .iter()
            .all(|part| matches!(part, BodyPart::Text(_)));
        let body = if fixed {
            BodyPlan::Fixed(text(&respond.body.parts).into())
        } else {
            BodyPlan::Parts(respond.body.parts.clone())
        };
        let status = StatusCode::from_u16(respond.status)
            .map_err(|_| format!("{} is no status", respond.status))?;
        Ok(Self {
            status,
            headers: headers(&respond.headers)?,
            body,
        })
    }

    /// The answer.
    pub(crate) fn answer(&self) -> Response<Body> {
        let mut answer = Response::new(match &self.body {
            BodyPlan::Fixed(bytes) => Body::full(bytes.clone()),
            BodyPlan::Parts(parts) => Body::full(text(parts)),
        });
        *answer.status_mut() = self.status;
        answer.headers_mut().clone_from(&self.headers);
        answer
    }
}

/// An answer that no endpoint gives, compiled.
pub(crate) enum OwnAnswerPlan {
    Fixed(RespondPlan),
    Message(MessagePlan),
}

impl OwnAnswerPlan {
    /// Compiles an answer.
    ///
    /// # Errors
    /// A status or header cannot be written.
    pub(crate) fn compile(answer: &OwnAnswer) -> Result<Self, String> {
        Ok(match answer {
            OwnAnswer::Fixed(respond) => Self::Fixed(RespondPlan::compile(respond)?),
            OwnAnswer::Message(message) => Self::Message(MessagePlan::compile(message)?),
        })
    }

    /// The answer to a request.
    pub(crate) fn answer(&self, site: &SitePlan, head: &Parts, visit: &Visit) -> Response<Body> {
        match self {
            Self::Fixed(respond) => respond.answer(),
            Self::Message(said) => {
                let text = said.message.clone().into();
                site.voice.message(said.status, text, &head.headers, visit)
            }
        }
    }
}

/// Headers, ready to be written.
///
/// # Errors
/// A name or value cannot be written.
pub(crate) fn headers(headers: &[Header]) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for header in headers {
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .map_err(|_| format!("{:?} is no header name", header.name))?;
        let value = HeaderValue::from_str(&header.value)
            .map_err(|_| format!("{:?} is no header value", header.value))?;
        map.append(name, value);
    }
    Ok(map)
}

fn text(parts: &[BodyPart]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            BodyPart::Text(fixed) => text.push_str(fixed),
            BodyPart::GoTime => text.push_str(&go_time_now()),
        }
    }
    text
}
