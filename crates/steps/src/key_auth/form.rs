//! Bodies in which something stands under a name.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde_json::value::RawValue;

use super::content_type;
use crate::arguments::{self, Found};
use crate::multipart::Multipart;

/// How a body says what stands under a name.
pub(super) enum Form {
    /// `application/x-www-form-urlencoded`.
    Arguments,
    /// `application/json`, an object.
    Json,
    /// `multipart/form-data`.
    Multipart(Multipart),
}

impl Form {
    /// The form that the headers tell; `None` where nothing can be looked up in it.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let written = content_type(headers);
        let is = |kind: &[u8]| {
            let head = written.get(..kind.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(kind))
        };
        if is(b"application/x-www-form-urlencoded") {
            return Some(Self::Arguments);
        }
        if is(b"multipart/form-data") {
            return Multipart::of(written).map(Self::Multipart);
        }
        is(b"application/json").then_some(Self::Json)
    }

    /// What stands under a name.
    pub(super) fn find<'a>(&self, body: &'a [u8], name: &str) -> Found<'a> {
        match self {
            Self::Arguments => arguments::find(body, name.as_bytes()),
            Self::Multipart(multipart) => match multipart.find(body, name.as_bytes()) {
                Some(text) => Found::Text(text.into()),
                None => Found::Nothing,
            },
            Self::Json => match members(body).and_then(|mut members| members.remove(name)) {
                Some(member) => found(member),
                None => Found::Nothing,
            },
        }
    }

    /// The body without what stands under a name; `None` where it is not there.
    pub(super) fn without(&self, body: &[u8], name: &str) -> Option<Vec<u8>> {
        match self {
            Self::Arguments => arguments::without(body, name.as_bytes()),
            Self::Multipart(multipart) => multipart.without(body, name.as_bytes()),
            Self::Json => {
                let mut members = members(body)?;
                members.remove(name)?;
                serde_json::to_vec(&members).ok()
            }
        }
    }
}

/// The members of a JSON object, each as it is written; the last of several with one name.
fn members(body: &[u8]) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_slice(body).ok()
}

/// Lists and objects count as several values, as they do in Kong.
fn found(member: &RawValue) -> Found<'static> {
    let text = member.get();
    match text.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(text) {
            Ok(text) => Found::Text(text.into_bytes().into()),
            Err(_) => Found::Nothing,
        },
        Some(b'{' | b'[') => Found::Several,
        _ => Found::Bare,
    }
}
