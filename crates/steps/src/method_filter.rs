//! Refuses requests by their method (nginx, `ngx_http_process_request_header`).

use haleway_blueprint::MethodFilter;
use http::{Method, StatusCode};

use crate::answer::Content;
use crate::{Answer, Passage};

/// A [`MethodFilter`], ready to run.
#[derive(Debug)]
pub(crate) struct MethodFilterPlan {
    refused: Vec<Method>,
    status: StatusCode,
    message: String,
}

impl MethodFilterPlan {
    pub(crate) fn compile(step: &MethodFilter) -> Result<Self, String> {
        let method = |name: &String| {
            Method::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no method"))
        };
        Ok(Self {
            refused: step.refused.iter().map(method).collect::<Result<_, _>>()?,
            status: crate::plan::status(step.refusal.status)?,
            message: step.refusal.message.clone(),
        })
    }

    pub(crate) fn on_request(&self, passage: &Passage<'_>) -> Option<Answer> {
        self.refused.contains(&passage.head.method).then(|| Answer {
            content: Content::Failure(self.message.clone().into()),
            ..Answer::empty(self.status)
        })
    }
}
