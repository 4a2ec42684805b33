//! Refuses requests that are no gRPC (Kong 3, `kong/runloop/handler.lua`).

use haleway_blueprint::RequireGrpc;
use http::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use http::{HeaderName, HeaderValue, StatusCode, Version};

use crate::plan::header_value;
use crate::refusal::RefusalPlan;
use crate::{Answer, Passage};

const GRPC: &str = "application/grpc";
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// A [`RequireGrpc`], ready to run.
#[derive(Debug)]
pub(crate) struct RequireGrpcPlan {
    other_type: RefusalPlan,
    old_version: RefusalPlan,
    without_tls: Option<HeaderValue>,
}

impl RequireGrpcPlan {
    pub(crate) fn compile(step: &RequireGrpc) -> Result<Self, String> {
        Ok(Self {
            other_type: RefusalPlan::compile(&step.other_type)?,
            old_version: RefusalPlan::compile(&step.old_version)?,
            without_tls: step.without_tls.as_deref().map(header_value).transpose()?,
        })
    }

    pub(crate) fn on_request(&self, passage: &Passage<'_>) -> Option<Answer> {
        let content_type = passage.head.headers.get(CONTENT_TYPE);
        if !content_type.is_some_and(|it| it.as_bytes().starts_with(GRPC.as_bytes())) {
            return Some(self.other_type.answer());
        }
        if passage.head.version != Version::HTTP_2 {
            let mut answer = self.old_version.answer();
            let headers = &mut answer.headers;
            headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(UPGRADE, HeaderValue::from_static("HTTP/2"));
            return Some(answer);
        }
        let message = self.without_tls.as_ref();
        let message = message.filter(|_| !passage.facts.secure)?;
        let mut answer = Answer::empty(StatusCode::OK);
        let headers = &mut answer.headers;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
        headers.insert(GRPC_STATUS, HeaderValue::from_static("1"));
        headers.insert(GRPC_MESSAGE, message.clone());
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use haleway_blueprint::Refusal;

    use super::*;
    use crate::rehearsal::Rehearsal;

    #[test]
    fn content_type_version_and_tls_are_looked_at_in_this_order() {
        let plan = RequireGrpcPlan::compile(&RequireGrpc {
            other_type: Refusal::new(415, "other type"),
            old_version: Refusal::new(426, "old version"),
            without_tls: Some("no TLS".to_owned()),
        });
        let plan = plan.unwrap();
        let ask = |content_type: &str, version: Version| {
            let mut request = Rehearsal::new("POST", "/").header("content-type", content_type);
            request.head.version = version;
            let answer = request.pass(|passage| plan.on_request(passage)).unwrap();
            let status = answer.headers.get(GRPC_STATUS).cloned();
            (answer.status.as_u16(), status)
        };
        assert_eq!(ask("text/plain", Version::HTTP_2), (415, None));
        assert_eq!(ask("application/grpc", Version::HTTP_11), (426, None));
        let (status, code) = ask("application/grpc+proto", Version::HTTP_2);
        assert_eq!((status, code.unwrap().as_bytes()), (200, &b"1"[..]));
    }
}
