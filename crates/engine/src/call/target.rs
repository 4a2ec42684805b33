//! Path and query of a call as they stand in its request line.

use bytes::Bytes;
use http::uri::PathAndQuery;

use crate::fault::{Fault, FaultKind};
use crate::gotext::escape_path;

/// Path and query as they are sent, from a text that may need escapes, and a query behind its own.
pub(super) fn written(text: &str, passed: &str) -> Result<PathAndQuery, Fault> {
    // A fragment is never sent, as Go's URL parser cuts it off.
    let text = text.split('#').next().unwrap_or_default();
    let (path, own_query) = text.split_once('?').unwrap_or((text, ""));
    let path = escape_path(path);
    let mut whole = String::with_capacity(path.len() + own_query.len() + passed.len() + 2);
    if !path.starts_with('/') {
        whole.push('/');
    }
    whole.push_str(&path);
    for (query, mark) in [(own_query, '?'), (passed, '&')] {
        if !query.is_empty() {
            whole.push(if whole.contains('?') { mark } else { '?' });
            push_sendable(query, &mut whole);
        }
    }
    PathAndQuery::from_maybe_shared(Bytes::from(whole))
        .map_err(|error| Fault::new(FaultKind::BadRequest, error.to_string()))
}

/// Writes a query. A parameter of the path may have brought what no request line can hold; Go
/// would send it so and be refused.
fn push_sendable(query: &str, whole: &mut String) {
    if query
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\"<>".contains(&byte))
    {
        return whole.push_str(query);
    }
    whole.extend(percent_encoding::utf8_percent_encode(query, UNSENDABLE));
}

/// What `http` takes in no query; other bytes stand as they are.
const UNSENDABLE: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>');
