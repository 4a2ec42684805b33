//! Refuses requests with large bodies (Kong 3, `kong/plugins/request-size-limiting/handler.lua`).

use haleway_blueprint::BodySizeLimit;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::request::Parts;

use crate::refusal::RefusalPlan;
use crate::{Answer, Passage};

/// A [`BodySizeLimit`], ready to run.
#[derive(Debug)]
pub(crate) struct BodySizeLimitPlan {
    bytes_max: u64,
    too_large: RefusalPlan,
    too_large_expected: RefusalPlan,
    length_required: Option<RefusalPlan>,
}

impl BodySizeLimitPlan {
    pub(crate) fn compile(step: &BodySizeLimit) -> Result<Self, String> {
        let length_required = step.length_required.as_ref().map(RefusalPlan::compile);
        Ok(Self {
            bytes_max: step.bytes_max,
            too_large: RefusalPlan::compile(&step.too_large)?,
            too_large_expected: RefusalPlan::compile(&step.too_large_expected)?,
            length_required: length_required.transpose()?,
        })
    }

    /// A body is read only where nothing tells its size and that is no reason to refuse it.
    pub(crate) fn wants_body(&self, head: &Parts) -> Option<usize> {
        let told = length(&head.headers).is_some();
        if told || self.wants_length(&head.headers).is_some() {
            return None;
        }
        Some(usize::try_from(self.bytes_max).unwrap_or(usize::MAX))
    }

    pub(crate) fn on_request(&self, passage: &Passage<'_>) -> Option<Answer> {
        let headers = &passage.head.headers;
        let bytes = match length(headers) {
            Some(bytes) => bytes,
            None => {
                if let Some(refusal) = self.wants_length(headers) {
                    return Some(refusal.answer());
                }
                let body = passage.body.as_ref();
                body.map_or(0, |body| body.len() as u64)
            }
        };
        (bytes > self.bytes_max).then(|| self.too_large(headers))
    }

    /// What is said of a body that is too large.
    pub(crate) fn too_large(&self, headers: &HeaderMap) -> Answer {
        let expect = headers.get(EXPECT).map(|value| value.as_bytes());
        let expect = expect.unwrap_or_default().trim_ascii();
        if expect.eq_ignore_ascii_case(b"100-continue") {
            return self.too_large_expected.answer();
        }
        self.too_large.answer()
    }

    fn wants_length(&self, headers: &HeaderMap) -> Option<&RefusalPlan> {
        let chunked = headers
            .get(TRANSFER_ENCODING)
            .is_some_and(|value| value == "chunked");
        self.length_required.as_ref().filter(|_| !chunked)
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use haleway_blueprint::{Origin, Refusal};

    use super::*;
    use crate::trial::Trial;

    fn plan(length_required: bool) -> BodySizeLimitPlan {
        let limit = BodySizeLimit {
            bytes_max: 10,
            too_large: Refusal::new(413, "large"),
            too_large_expected: Refusal::new(417, "large"),
            length_required: length_required.then(|| Refusal::new(411, "length")),
            origin: Origin::default_value(),
        };
        BodySizeLimitPlan::compile(&limit).unwrap()
    }

    fn run(length_required: bool, headers: &[(&str, &str)], body: Option<&[u8]>) -> String {
        let plan = plan(length_required);
        let mut trial = Trial::get("/").with(headers);
        trial.body = body.map(bytes::Bytes::copy_from_slice);
        let wanted = plan.wants_body(&trial.head);
        let said = trial.run(|passage| plan.on_request(passage));
        match wanted {
            Some(bytes) => format!("{bytes} {}", &said[..said.len().min(3)]),
            None => said[..said.len().min(3)].to_owned(),
        }
    }

    #[test]
    fn a_told_length_counts_and_any_other_body_is_read() {
        let chunked = ("transfer-encoding", "chunked");
        for (headers, body, expected, length_required) in [
            (&[("content-length", "10")][..], None, "-", "-"),
            (&[("content-length", "11")], None, "413", "413"),
            (
                &[("content-length", "11"), ("expect", "100-Continue")],
                None,
                "417",
                "417",
            ),
            (
                &[("content-length", "11"), ("expect", "x")],
                None,
                "413",
                "413",
            ),
            (&[chunked], Some(&b"0123456789"[..]), "10 -", "10 -"),
            (&[chunked], Some(b"0123456789a"), "10 413", "10 413"),
            (&[], None, "10 -", "411"),
            (
                &[("transfer-encoding", "gzip, chunked")],
                None,
                "10 -",
                "411",
            ),
        ] {
            assert_eq!(run(false, headers, body), expected, "{headers:?}");
            assert_eq!(run(true, headers, body), length_required, "{headers:?}");
        }
    }
}
