//! Refusals, ready to be said.

use haleway_blueprint::Refusal;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};

use crate::Answer;
use crate::plan::status;

/// A [`Refusal`], ready to be said.
#[derive(Debug)]
pub(crate) struct RefusalPlan {
    status: StatusCode,
    message: String,
    challenge: Option<HeaderValue>,
}

impl RefusalPlan {
    pub(crate) fn compile(refusal: &Refusal) -> Result<Self, String> {
        Ok(Self {
            status: status(refusal.status)?,
            message: refusal.message.clone(),
            challenge: header_value(refusal.challenge.as_deref())?,
        })
    }

    /// The answer.
    pub(crate) fn answer(&self) -> Answer {
        let mut answer = Answer::message(self.status, self.message.clone());
        if let Some(challenge) = &self.challenge {
            let challenge = challenge.clone();
            answer.headers.insert(WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

/// The value of a header, where there is one.
///
/// # Errors
/// It cannot be one.
pub(crate) fn header_value(text: Option<&str>) -> Result<Option<HeaderValue>, String> {
    let value = text.map(|text| {
        HeaderValue::from_str(text).map_err(|_| format!("{text:?} cannot be a header's value"))
    });
    value.transpose()
}
