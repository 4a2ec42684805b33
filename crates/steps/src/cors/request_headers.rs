//! The headers that a preflight asks for.

use haleway_blueprint::CorsRequestHeaders;
use http::header::ACCESS_CONTROL_REQUEST_HEADERS;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::echo;

/// Empty elements that a strict list may hold.
const EMPTY_ELEMENTS_MAX: usize = 16;

/// How the list is read, judged and echoed.
#[derive(Debug)]
pub(super) enum RequestHeaders {
    /// As browsers send it: lower case, sorted, without repetition, at most one blank around a
    /// name; all lines count; echoed as it came (rs/cors 1.11).
    Strict(Option<Vec<Box<str>>>),
    /// Any case and order, the first line only; echoed in canonical form (rs/cors up to 1.7).
    Canonical(Option<Vec<Box<str>>>),
}

impl RequestHeaders {
    /// `allowed` is in lower case; `None` allows all.
    pub(super) fn compile(rules: CorsRequestHeaders, allowed: Option<&[String]>) -> Self {
        let allowed = allowed.map(|allowed| {
            let mut names: Vec<Box<str>> =
                allowed.iter().map(|name| name.as_str().into()).collect();
            names.sort_unstable();
            names.dedup();
            names
        });
        match rules {
            CorsRequestHeaders::Strict => Self::Strict(allowed),
            CorsRequestHeaders::Canonical => Self::Canonical(allowed),
        }
    }

    /// Whether all headers that a preflight asks for are allowed.
    pub(super) fn allowed(&self, headers: &HeaderMap) -> bool {
        match self {
            Self::Strict(None) | Self::Canonical(None) => true,
            Self::Strict(Some(allowed)) => in_sorted_order(allowed, headers),
            Self::Canonical(Some(allowed)) => canonical_names(headers).iter().all(|name| {
                let lower = name.to_ascii_lowercase();
                allowed
                    .binary_search_by(|allowed| (**allowed).cmp(&lower))
                    .is_ok()
            }),
        }
    }

    /// Puts what was asked for on the answer.
    pub(super) fn echo(&self, headers: &HeaderMap, answer: &mut HeaderMap, name: HeaderName) {
        match self {
            Self::Strict(_) => {
                let first = headers.get(ACCESS_CONTROL_REQUEST_HEADERS);
                if first.is_some_and(|first| !first.is_empty()) {
                    echo(headers, &ACCESS_CONTROL_REQUEST_HEADERS, answer, &name);
                }
            }
            Self::Canonical(_) => {
                let names = canonical_names(headers);
                if !names.is_empty()
                    && let Ok(value) = HeaderValue::try_from(names.join(", "))
                {
                    answer.insert(name, value);
                }
            }
        }
    }
}

/// Each name must stand behind its predecessor in the sorted list of allowed ones.
fn in_sorted_order(allowed: &[Box<str>], headers: &HeaderMap) -> bool {
    let mut next = 0;
    let mut empty = 0;
    for value in headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS) {
        for element in value.as_bytes().split(|byte| *byte == b',') {
            let Some(name) = without_blanks(element) else {
                return false;
            };
            if name.is_empty() {
                empty += 1;
                if empty > EMPTY_ELEMENTS_MAX {
                    return false;
                }
                continue;
            }
            match allowed[next..].binary_search_by(|allowed| allowed.as_bytes().cmp(name)) {
                Ok(place) => next += place + 1,
                Err(_) => return false,
            }
        }
    }
    true
}

/// Takes blanks from both sides; `None` where a side has more than one. Two blanks alone are
/// nothing, as in the original.
fn without_blanks(mut element: &[u8]) -> Option<&[u8]> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut taken = 0;
    while let Some((_, left)) = element.split_last().filter(|(last, _)| blank(last)) {
        element = left;
        taken += 1;
    }
    if taken > 1 && !(taken == 2 && element.is_empty()) {
        return None;
    }
    let element = element
        .split_first()
        .filter(|(first, _)| blank(first))
        .map_or(element, |(_, left)| left);
    (!element.first().is_some_and(blank)).then_some(element)
}

/// The names of the first line, canonical. A name ends at a comma or a blank; bytes other than
/// letters, digits, `-` and `_` are left out, but end a stretch that a capital letter begins
/// (`parseHeaderList` of rs/cors 1.6).
fn canonical_names(headers: &HeaderMap) -> Vec<String> {
    let line = headers
        .get(ACCESS_CONTROL_REQUEST_HEADERS)
        .map_or(&b""[..], HeaderValue::as_bytes);
    let mut names = Vec::new();
    let mut name = String::new();
    let mut upper = true;
    for &byte in line {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            let byte = if upper {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            };
            name.push(char::from(byte));
        }
        if !matches!(byte, b' ' | b',') {
            upper = matches!(byte, b'-' | b'_');
        } else if !name.is_empty() {
            names.push(std::mem::take(&mut name));
            upper = true;
        }
    }
    if !name.is_empty() {
        names.push(name);
    }
    names
}
