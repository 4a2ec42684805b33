//! What is taken from a request: the segments of its path, and its body.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;

use crate::limits::{BODY_READ_TIMEOUT, POSTED_BYTES_MAX};
use crate::percent::percent_decoded;

/// Segments of a path; a longer one leads nowhere.
const SEGMENTS_MAX: usize = 8;

/// The segments of a path, decoded. A slash at the end counts for nothing.
pub(super) fn segments(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix('/')?;
    if path.is_empty() {
        return Some(Vec::new());
    }
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = Vec::new();
    for segment in path.split('/') {
        if segment.is_empty() || segments.len() == SEGMENTS_MAX {
            return None;
        }
        segments.push(percent_decoded(segment));
    }
    Some(segments)
}

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyTrouble {
    /// It has more than [`POSTED_BYTES_MAX`] bytes.
    TooLarge,
    /// It did not come whole, or not in time.
    Broken,
}

/// The whole body of a request.
pub(super) async fn body<B>(headers: &HeaderMap, body: B) -> Result<Bytes, BodyTrouble>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let announced = headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok());
    let announced = announced.and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > POSTED_BYTES_MAX as u64) {
        return Err(BodyTrouble::TooLarge);
    }
    let whole = Limited::new(body, POSTED_BYTES_MAX).collect();
    match tokio::time::timeout(BODY_READ_TIMEOUT, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyTrouble::TooLarge),
        Ok(Err(_)) | Err(_) => Err(BodyTrouble::Broken),
    }
}

/// The media type of a body, lower case and without parameters.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let bare = text.and_then(|text| text.split(';').next());
    bare.unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_into_decoded_segments() {
        let cases: &[(&str, Option<&[&str]>)] = &[
            ("/", Some(&[])),
            ("/services/", Some(&["services"])),
            (
                "/upstreams/a%2Fb/targets",
                Some(&["upstreams", "a/b", "targets"]),
            ),
            ("//", None),
            ("//services", None),
            ("/services//routes", None),
            ("*", None),
            ("/1/2/3/4/5/6/7/8/9", None),
        ];
        for (path, expected) in cases {
            let found = segments(path);
            let found: Option<Vec<&str>> = found
                .as_ref()
                .map(|list| list.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), *expected, "{path}");
        }
    }

    #[tokio::test]
    async fn bodies_are_bounded() {
        let headers = HeaderMap::new();
        let large = http_body_util::Full::new(Bytes::from(vec![b' '; POSTED_BYTES_MAX + 1]));
        assert_eq!(body(&headers, large).await, Err(BodyTrouble::TooLarge));
        let small = http_body_util::Full::new(Bytes::from_static(b"{}"));
        assert_eq!(body(&headers, small).await.unwrap(), "{}");
    }
}
