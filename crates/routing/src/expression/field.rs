//! The fields of expressions and their values in a request.

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::ControlFlow;

use http::HeaderName;
use percent_encoding::percent_decode_str;

use crate::RequestView;

/// Only so many arguments of a query are looked at (Kong 3, `lua_max_uri_args`).
const QUERY_ARGUMENTS_MAX: usize = 100;

/// A field, by the type of its values.
#[derive(Debug)]
pub(super) enum Field {
    Text(TextField),
    Number(NumberField),
    Address(AddressField),
}

/// A field of text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TextField {
    Protocol,
    Sni,
    Method,
    Host,
    Path,
    /// Segments of the path from one to another, counted from 0, with the slashes between them.
    Segments {
        first: usize,
        last: usize,
    },
    Header(HeaderName),
    Query(Box<str>),
}

/// A field of a number.
#[derive(Clone, Copy, Debug)]
pub(super) enum NumberField {
    SourcePort,
    DestinationPort,
    /// How many segments the path has.
    SegmentCount,
}

/// A field of an address.
#[derive(Clone, Copy, Debug)]
pub(super) enum AddressField {
    Source,
    Destination,
}

impl Field {
    /// The field of a name; an error is a sentence for people.
    pub(super) fn new(name: &str) -> Result<Self, String> {
        Ok(match name {
            "net.protocol" => Self::Text(TextField::Protocol),
            "tls.sni" => Self::Text(TextField::Sni),
            "http.method" => Self::Text(TextField::Method),
            "http.host" => Self::Text(TextField::Host),
            "http.path" => Self::Text(TextField::Path),
            "net.src.port" => Self::Number(NumberField::SourcePort),
            "net.dst.port" | "net.port" => Self::Number(NumberField::DestinationPort),
            "http.path.segments.len" => Self::Number(NumberField::SegmentCount),
            "net.src.ip" => Self::Address(AddressField::Source),
            "net.dst.ip" => Self::Address(AddressField::Destination),
            name => {
                let field = open(name).ok_or_else(|| format!("there is no field `{name}`"))?;
                Self::Text(field)
            }
        })
    }
}

/// Fields whose names end with a name of the user.
fn open(name: &str) -> Option<TextField> {
    if let Some(range) = name.strip_prefix("http.path.segments.") {
        let (first, last) = match range.split_once('_') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(range)?, number(range)?),
        };
        // Kong answers nothing to a range that is not one, `2_2` included.
        let empty = range.contains('_') && first >= last;
        let first = if empty { usize::MAX } else { first };
        return Some(TextField::Segments { first, last });
    }
    if let Some(header) = name.strip_prefix("http.headers.") {
        let header = header.replace('_', "-");
        return HeaderName::from_bytes(header.as_bytes())
            .ok()
            .map(TextField::Header);
    }
    let argument = name.strip_prefix("http.queries.")?;
    (!argument.is_empty()).then(|| TextField::Query(argument.into()))
}

/// A number without needless zeros before it.
fn number(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok())?
}

impl TextField {
    /// Gives each value to `look`, until it has seen enough.
    pub(super) fn each<B>(
        &self,
        request: &RequestView<'_>,
        mut look: impl FnMut(&str) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        match self {
            Self::Protocol => look(request.scheme),
            Self::Method => look(request.method.as_str()),
            Self::Host => look(request.host),
            Self::Path => look(request.path),
            Self::Sni => match request.sni {
                Some(sni) => look(sni),
                None => ControlFlow::Continue(()),
            },
            Self::Segments { first, last } => match segments(request.path, *first, *last) {
                Some(segments) => look(segments),
                None => ControlFlow::Continue(()),
            },
            Self::Header(name) => {
                let mut lines = request.headers.get_all(name).iter();
                lines.try_for_each(|line| look(&String::from_utf8_lossy(line.as_bytes())))
            }
            Self::Query(name) => arguments(request.query.unwrap_or_default())
                .filter(|(argument, _)| decoded(argument) == **name)
                .try_for_each(|(_, value)| look(&decoded(value))),
        }
    }
}

impl NumberField {
    pub(super) fn value(self, request: &RequestView<'_>) -> i64 {
        match self {
            Self::SourcePort => request.source.port().into(),
            Self::DestinationPort => request.port.into(),
            Self::SegmentCount => {
                let count = match inner(request.path) {
                    "" => 0,
                    inner => inner.split('/').count(),
                };
                i64::try_from(count).unwrap_or(i64::MAX)
            }
        }
    }
}

impl AddressField {
    pub(super) fn value(self, request: &RequestView<'_>) -> IpAddr {
        match self {
            Self::Source => request.source.ip(),
            Self::Destination => request.destination,
        }
    }
}

/// A path without a slash at its beginning and one at its end: `/a/b/` has two segments, `/` none.
fn inner(path: &str) -> &str {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path)
}

fn segments(path: &str, first: usize, last: usize) -> Option<&str> {
    let inner = inner(path);
    if inner.is_empty() {
        return None;
    }
    let slashes = inner.match_indices('/').map(|(at, _)| at);
    let mut ends = slashes.chain(std::iter::once(inner.len()));
    let start = match first {
        0 => 0,
        _ => ends.nth(first - 1)? + 1,
    };
    let end = ends.nth(last.checked_sub(first)?)?;
    inner.get(start..end)
}

/// Names and values of a query, as they came. One without `=` has the empty value; one without name
/// is none.
fn arguments(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .map(|argument| argument.split_once('=').unwrap_or((argument, "")))
        .filter(|(name, _)| !name.is_empty())
        .take(QUERY_ARGUMENTS_MAX)
}

/// Without escapes, and with spaces for pluses.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8_lossy().into_owned();
    Cow::Owned(decoded)
}
