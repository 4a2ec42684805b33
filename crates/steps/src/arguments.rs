//! Arguments of queries and forms, as nginx reads them: `name=value` between `&`, with `+` for a
//! blank and percent escapes; a name alone has no value.

use std::borrow::Cow;

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderName, Uri};
use percent_encoding::percent_decode;

/// Arguments that are looked at (Kong's `lua_max_uri_args` and `lua_max_post_args`).
const ARGUMENTS_MAX: usize = 100;

/// What stands under a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// Nothing.
    Nothing,
    /// Something without a text: a name alone.
    Bare,
    /// A text.
    Text(Cow<'a, [u8]>),
    /// More than one value.
    Several,
}

/// What stands under a name in a query or form.
pub(crate) fn find<'a>(arguments: &'a [u8], name: &[u8]) -> Found<'a> {
    let mut values = values(arguments, name);
    match (values.next(), values.next()) {
        (None, _) => Found::Nothing,
        (Some(_), Some(_)) => Found::Several,
        (Some(None), None) => Found::Bare,
        (Some(Some(text)), None) => Found::Text(text),
    }
}

/// All values under a name; `None` for a name alone.
pub(crate) fn values<'a>(
    arguments: &'a [u8],
    name: &[u8],
) -> impl Iterator<Item = Option<Cow<'a, [u8]>>> {
    let named = pairs(arguments)
        .take(ARGUMENTS_MAX)
        .filter_map(move |pair| {
            let (its_name, value) = split(pair);
            (decoded(its_name) == name).then_some(value)
        });
    named.map(|value| value.map(decoded))
}

/// All arguments that are looked at: names, and values where there are some.
pub(crate) fn all(
    arguments: &[u8],
) -> impl Iterator<Item = (Cow<'_, [u8]>, Option<Cow<'_, [u8]>>)> {
    let looked_at = pairs(arguments).take(ARGUMENTS_MAX).map(split);
    looked_at.map(|(name, value)| (decoded(name), value.map(decoded)))
}

/// The same without a name; `None` where it is not there. What is left keeps its spelling.
pub(crate) fn without(arguments: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let named = |pair: &&[u8]| decoded(split(pair).0) == name;
    if !pairs(arguments).any(|pair| named(&pair)) {
        return None;
    }
    let kept: Vec<&[u8]> = pairs(arguments).filter(|pair| !named(pair)).collect();
    Some(kept.join(&b'&'))
}

/// The query of a request.
pub(crate) fn query(head: &Parts) -> &[u8] {
    head.uri.query().unwrap_or_default().as_bytes()
}

/// Takes an argument off the query of a request.
pub(crate) fn remove_from_query(head: &mut Parts, name: &[u8]) {
    let Some(query) = without(query(head), name) else {
        return;
    };
    let path = head.uri.path().as_bytes();
    let target = match query.is_empty() {
        true => path.to_vec(),
        false => [path, &query].join(&b'?'),
    };
    let Ok(target) = PathAndQuery::try_from(target) else {
        return;
    };
    let mut parts = head.uri.clone().into_parts();
    parts.path_and_query = Some(target);
    if let Ok(uri) = Uri::from_parts(parts) {
        head.uri = uri;
    }
}

/// A parameter's name as logs call it, next to those of headers.
pub(crate) fn log_name(parameter: &str) -> Option<HeaderName> {
    HeaderName::from_bytes(parameter.as_bytes()).ok()
}

fn pairs(arguments: &[u8]) -> impl Iterator<Item = &[u8]> {
    let pairs = arguments.split(|byte| *byte == b'&');
    pairs.filter(|pair| !split(pair).0.is_empty())
}

fn split(pair: &[u8]) -> (&[u8], Option<&[u8]>) {
    match pair.iter().position(|byte| *byte == b'=') {
        Some(at) => (&pair[..at], Some(&pair[at + 1..])),
        None => (pair, None),
    }
}

fn decoded(raw: &[u8]) -> Cow<'_, [u8]> {
    if !raw.contains(&b'+') {
        return percent_decode(raw).into();
    }
    let blank = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
    let spaced: Vec<u8> = raw.iter().map(blank).collect();
    Cow::Owned(percent_decode(&spaced).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Found<'_> {
        Found::Text(Cow::Borrowed(text.as_bytes()))
    }

    #[test]
    fn names_and_values_are_decoded() {
        for (arguments, found) in [
            ("key=a", text("a")),
            ("x=1&key=a&y", text("a")),
            ("key=", text("")),
            ("key=a=b", text("a=b")),
            ("key=a+b%2B%zz%4", text("a b+%zz%4")),
            ("%6bey=a", text("a")),
            ("key", Found::Bare),
            ("key&key", Found::Several),
            ("key=a&key=a", Found::Several),
            ("key=a&key", Found::Several),
            ("Key=a", Found::Nothing),
            ("=a&&", Found::Nothing),
            ("", Found::Nothing),
        ] {
            assert_eq!(find(arguments.as_bytes(), b"key"), found, "{arguments}");
        }
    }

    #[test]
    fn the_hundredth_argument_is_the_last() {
        let before = "a=1&".repeat(99);
        let hundredth = format!("{before}key=a");
        assert_eq!(find(hundredth.as_bytes(), b"key"), text("a"));
        let next = format!("a=1&{hundredth}");
        assert_eq!(find(next.as_bytes(), b"key"), Found::Nothing);
    }

    #[test]
    fn what_is_left_keeps_its_spelling() {
        for (uri, left) in [
            ("/a?b=%20+&key=1&c&%6bey&d=1", "/a?b=%20+&c&d=1"),
            ("/a?key=1", "/a"),
            ("/a?key", "/a"),
            ("/a?b&&=", "/a?b&&="),
            ("http://host:1/a?key=1&b", "http://host:1/a?b"),
        ] {
            let request = http::Request::builder().uri(uri).body(()).unwrap();
            let mut head = request.into_parts().0;
            remove_from_query(&mut head, b"key");
            assert_eq!(head.uri.to_string(), left, "{uri}");
        }
    }
}
