//! What no log may show.

use std::borrow::Cow;

use http::HeaderName;
use http::header::{AUTHORIZATION, PROXY_AUTHORIZATION};

/// What stands in the place of a secret.
pub(super) const HIDDEN: &str = "REDACTED";

/// Names whose values no log may show: of headers and of arguments of the query.
pub(super) struct Secrets<'a>(&'a [HeaderName]);

impl<'a> Secrets<'a> {
    pub(super) fn new(names: &'a [HeaderName]) -> Self {
        Self(names)
    }

    pub(super) fn hides_header(&self, name: &HeaderName) -> bool {
        [AUTHORIZATION, PROXY_AUTHORIZATION].contains(name) || self.0.contains(name)
    }

    pub(super) fn hides_argument(&self, name: &[u8]) -> bool {
        let names = self.0.iter();
        let mut names = names.map(|known| known.as_str().as_bytes());
        names.any(|known| known.eq_ignore_ascii_case(name))
    }

    /// A path and query with its secrets hidden.
    pub(super) fn masked<'u>(&self, uri: &'u str) -> Cow<'u, str> {
        let (false, Some((path, query))) = (self.0.is_empty(), uri.split_once('?')) else {
            return Cow::Borrowed(uri);
        };
        let shown = query.split('&').map(|pair| {
            let raw = pair.split_once('=').map_or(pair, |(name, _)| name);
            let decoded: Cow<'_, [u8]> = percent_encoding::percent_decode_str(raw).into();
            match pair.len() > raw.len() && self.hides_argument(&decoded) {
                true => Cow::Owned(format!("{raw}={HIDDEN}")),
                false => Cow::Borrowed(pair),
            }
        });
        let shown: Vec<_> = shown.collect();
        Cow::Owned(format!("{path}?{}", shown.join("&")))
    }
}
