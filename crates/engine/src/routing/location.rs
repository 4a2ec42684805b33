//! The answer that sends a client to a path nearby.
//!
//! It is what gin's `redirectRequest` leads Go's `http.Redirect` to write, with one difference: the
//! target never begins with two slashes, which a browser would take for another host.

use std::borrow::Cow;

use haleway_routing::by_path::NearMiss;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::gotext::escape_decoded_path;

#[cfg(test)]
mod tests;

/// The parts of a redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirection {
    /// 301 for GET, 307 for other methods.
    pub(crate) status: StatusCode,
    /// Path and query.
    pub(crate) location: HeaderValue,
    /// Of GET and HEAD only.
    pub(crate) content_type: Option<HeaderValue>,
    /// A link for people, for GET only.
    pub(crate) body: String,
}

impl Redirection {
    /// The answer to a near miss. `query` is the text behind the `?` of the request, as it came;
    /// `headers` are the request's: `X-Forwarded-Prefix` stands before the path of a
    /// trailing-slash redirect, and only of that.
    pub(crate) fn new(
        near: &NearMiss,
        method: &Method,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Self {
        let path = match near {
            NearMiss::TrailingSlash(path) => match forwarded_prefix(headers) {
                Some(prefix) => Cow::Owned(format!("{prefix}/{path}")),
                None => Cow::Borrowed(path.as_str()),
            },
            NearMiss::FixedPath(path) => Cow::Borrowed(path.as_str()),
        };
        let mut target = clean(&escape_decoded_path(&path));
        if let Some(query) = query {
            target.push('?');
            target.push_str(query);
        }
        let (status, reason) = match *method == Method::GET {
            true => (StatusCode::MOVED_PERMANENTLY, "Moved Permanently"),
            false => (StatusCode::TEMPORARY_REDIRECT, "Temporary Redirect"),
        };
        let link = *method == Method::GET;
        Self {
            status,
            location: header_value(&target),
            content_type: (link || *method == Method::HEAD)
                .then(|| HeaderValue::from_static("text/html; charset=utf-8")),
            body: match link {
                true => format!("<a href=\"{}\">{reason}</a>.\n\n", escape_html(&target)),
                false => String::new(),
            },
        }
    }
}

/// The first `X-Forwarded-Prefix`, cleaned, of letters, digits, `-` and single slashes only.
fn forwarded_prefix(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("x-forwarded-prefix")?.as_bytes();
    let value = clean_slashes_and_dots(&String::from_utf8_lossy(value));
    if value == "." {
        return None;
    }
    let mut prefix = String::with_capacity(value.len());
    for character in value.chars() {
        let safe = character.is_ascii_alphanumeric() || matches!(character, '/' | '-');
        if safe && !(character == '/' && prefix.ends_with('/')) {
            prefix.push(character);
        }
    }
    Some(prefix)
}

/// Go's `path.Clean`, with a slash at the beginning, and with the slash at the end kept.
fn clean(path: &str) -> String {
    let mut cleaned = clean_slashes_and_dots(&format!("/{path}"));
    if path.ends_with('/') && !cleaned.ends_with('/') {
        cleaned.push('/');
    }
    cleaned
}

/// Go's `path.Clean`: the shortest path that names the same, without slash at the end; nothing
/// becomes `.`.
fn clean_slashes_and_dots(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            segment => kept.push(segment),
        }
    }
    match (rooted, kept.is_empty()) {
        (true, _) => format!("/{}", kept.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => kept.join("/"),
    }
}

/// A query may hold bytes that a header may not.
fn header_value(target: &str) -> HeaderValue {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(target.len());
    for &byte in target.as_bytes() {
        match byte {
            0x21..=0x7e => text.push(char::from(byte)),
            _ => write!(text, "%{byte:02x}").expect("a String takes everything"),
        }
    }
    HeaderValue::from_str(&text).expect("visible ASCII only")
}

fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}
