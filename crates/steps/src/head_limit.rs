//! Refuses requests with large heads (nginx, `ngx_http_alloc_large_header_buffer`).

use std::borrow::Cow;

use haleway_blueprint::HeadLimit;
use http::StatusCode;
use http::request::Parts;

use crate::answer::Content;
use crate::{Answer, Passage};

/// A [`HeadLimit`], ready to run.
#[derive(Debug)]
pub(crate) struct HeadLimitPlan {
    line_bytes_max: usize,
    bytes_max: usize,
    target_too_long: (StatusCode, String),
    headers_too_large: (StatusCode, String),
}

/// Bytes of a request line beside method and target: two spaces, the version, the line's end.
const REQUEST_LINE_BYTES: usize = 12;

/// Bytes of a header's line beside name and value: the colon, a space, the line's end.
const HEADER_LINE_BYTES: usize = 4;

impl HeadLimitPlan {
    pub(crate) fn compile(step: &HeadLimit) -> Result<Self, String> {
        let said = |refusal: &haleway_blueprint::Refusal| {
            Ok::<_, String>((
                crate::plan::status(refusal.status)?,
                refusal.message.clone(),
            ))
        };
        Ok(Self {
            line_bytes_max: step.line_bytes_max,
            bytes_max: step.bytes_max,
            target_too_long: said(&step.target_too_long)?,
            headers_too_large: said(&step.headers_too_large)?,
        })
    }

    pub(crate) fn on_request(&self, passage: &Passage<'_>) -> Option<Answer> {
        let (status, message) = self.broken(passage.head)?;
        Some(Answer {
            content: Content::Failure(Cow::Owned(message.clone())),
            ..Answer::empty(*status)
        })
    }

    fn broken(&self, head: &Parts) -> Option<&(StatusCode, String)> {
        let target = head.uri.path_and_query().map_or(1, |it| it.as_str().len());
        let first = head.method.as_str().len() + target + REQUEST_LINE_BYTES;
        if first > self.line_bytes_max {
            return Some(&self.target_too_long);
        }
        let mut bytes = first;
        for (name, value) in &head.headers {
            let line = name.as_str().len() + value.len() + HEADER_LINE_BYTES;
            bytes += line;
            if line > self.line_bytes_max || bytes > self.bytes_max {
                return Some(&self.headers_too_large);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use haleway_blueprint::Refusal;

    use super::*;
    use crate::rehearsal::Rehearsal;

    #[test]
    fn lines_and_all_of_them_have_limits() {
        let plan = HeadLimitPlan::compile(&HeadLimit {
            line_bytes_max: 100,
            bytes_max: 250,
            target_too_long: Refusal::new(414, "long"),
            headers_too_large: Refusal::new(400, "large"),
        });
        let plan = plan.unwrap();
        let ask = |target: usize, values: &[usize]| {
            let mut request = Rehearsal::get(&format!("/{}", "a".repeat(target)));
            for value in values {
                request = request.header("x-y", &"v".repeat(*value));
            }
            let answer = request.pass(|passage| plan.on_request(passage));
            answer.map(|answer| answer.status.as_u16())
        };
        assert_eq!(ask(84, &[93]), None);
        assert_eq!(ask(85, &[]), Some(414));
        assert_eq!(ask(0, &[94]), Some(400));
        assert_eq!(ask(0, &[90, 90]), None);
        assert_eq!(ask(0, &[90, 90, 90]), Some(400));
    }
}
