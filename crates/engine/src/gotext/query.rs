//! Query strings as Go's `net/url` reads and writes them (Go 1.26).

use std::borrow::Cow;

use super::escape::{query_escape, query_unescape};

/// Pairs of one query; Go refuses a query that has more.
pub(crate) const QUERY_PAIRS_MAX: usize = 10_000;

/// A decoded key and value. They need not be UTF-8.
pub(crate) type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// The pairs of a query in their order, as `url.ParseQuery` finds them: pairs that hold a `;` or a
/// `%` without two hexadecimal digits are dropped, and so is a query of more than
/// [`QUERY_PAIRS_MAX`] pairs.
pub(crate) fn parse_query(query: &str) -> Vec<Pair<'_>> {
    if query.is_empty() || query.bytes().filter(|byte| *byte == b'&').count() >= QUERY_PAIRS_MAX {
        return Vec::new();
    }
    query.split('&').filter_map(parse_pair).collect()
}

fn parse_pair(pair: &str) -> Option<Pair<'_>> {
    if pair.is_empty() || pair.contains(';') {
        return None;
    }
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    Some((query_unescape(key)?, query_unescape(value)?))
}

/// The pairs as `url.Values.Encode` writes them: sorted by key, the values of a key in their order,
/// `+` for a space.
pub(crate) fn encode_query(pairs: &mut [Pair<'_>]) -> String {
    pairs.sort_by(|(left, _), (right, _)| left.cmp(right));
    let bytes: usize = pairs
        .iter()
        .map(|(key, value)| key.len() + value.len() + 2)
        .sum();
    let mut encoded = String::with_capacity(bytes);
    for (key, value) in &*pairs {
        if !encoded.is_empty() {
            encoded.push('&');
        }
        query_escape(key, &mut encoded);
        encoded.push('=');
        query_escape(value, &mut encoded);
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(query: &str) -> String {
        encode_query(&mut parse_query(query))
    }

    #[test]
    fn queries_are_what_go_makes_of_them() {
        // Go 1.26: v, _ := url.ParseQuery(query); v.Encode()
        for (query, expected) in [
            ("b=2&a=1&b=1", "a=1&b=2&b=1"),
            ("a", "a="),
            ("a=b=c", "a=b%3Dc"),
            ("=x", "=x"),
            ("&&a=1&&", "a=1"),
            ("a=1;b=2&c=3", "c=3"),
            ("a=%zz&b=1", "b=1"),
            ("%=1&b=1", "b=1"),
            ("a=x y+z%20w", "a=x+y+z+w"),
            ("a=caf%E9", "a=caf%E9"),
            ("a=ä~*!'()", "a=%C3%A4~%2A%21%27%28%29"),
            ("", ""),
        ] {
            assert_eq!(again(query), expected, "{query}");
        }
    }

    #[test]
    fn too_many_pairs_are_none() {
        assert_eq!(
            parse_query(&vec!["a=1"; QUERY_PAIRS_MAX].join("&")).len(),
            QUERY_PAIRS_MAX
        );
        assert_eq!(
            parse_query(&vec!["a=1"; QUERY_PAIRS_MAX + 1].join("&")).len(),
            0
        );
    }
}
