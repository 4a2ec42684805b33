//! Where a token may stand.

use http::header::COOKIE;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use crate::{arguments, scheme};

/// Where a token may stand.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) parameters: Vec<String>,
    pub(super) cookies: Vec<String>,
    pub(super) headers: Vec<HeaderName>,
}

/// What stands in all places together.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    Token(Vec<u8>),
    /// A parameter without a value stands where a token should.
    NoText,
    Several,
}

impl Shown {
    fn and(self, next: Self) -> Self {
        match self {
            Self::Nothing => next,
            same if same == next => same,
            _ => Self::Several,
        }
    }
}

impl Places {
    /// Looks at all places. The same token in two of them is one token.
    pub(super) fn shown(&self, head: &Parts) -> Shown {
        let query = arguments::query(head);
        let mut shown = Shown::Nothing;
        for name in &self.parameters {
            for value in arguments::values(query, name.as_bytes()) {
                shown = match value {
                    Some(text) if text.is_empty() => shown,
                    Some(text) => shown.and(Shown::Token(text.into_owned())),
                    None => shown.and(Shown::NoText),
                };
            }
        }
        for name in &self.cookies {
            if let Some(value) = cookie(&head.headers, name) {
                shown = shown.and(Shown::Token(value.to_vec()));
            }
        }
        for name in &self.headers {
            let value = head.headers.get(name);
            let token = value.and_then(|value| scheme::behind(value.as_bytes(), b"bearer", 1));
            if let Some(token) = token {
                shown = shown.and(Shown::Token(token.to_vec()));
            }
        }
        shown
    }
}

/// The first cookie of a name, whose letter case does not count, as in nginx; an empty one is none.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let lines = headers.get_all(COOKIE).into_iter();
    let mut pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let value = pairs.find_map(|pair| {
        let pair = pair.trim_ascii_start();
        let (its_name, value) = pair.split_at_checked(name.len())?;
        let value = value.trim_ascii_start().strip_prefix(b"=")?;
        let same = its_name.eq_ignore_ascii_case(name.as_bytes());
        same.then(|| value.trim_ascii_start())
    })?;
    (!value.is_empty()).then_some(value)
}
