//! Parts of messages that are as they should be.

use http::{HeaderName, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A name as somebody may spell it.
pub(crate) fn name() -> impl Strategy<Value = String> {
    let known = vec![
        "ETag",
        "WWW-Authenticate",
        "X-RateLimit-Limit-Minute",
        "x-b3-traceid",
        "DNT",
        "Via",
        "X-Consumer-ID",
        "accept",
        "Set-Cookie",
        "Te",
    ];
    prop_oneof![
        2 => select(known).prop_map(str::to_owned),
        3 => "[a-zA-Z]{1,9}(-[a-zA-Z0-9]{0,9}){0,4}",
        1 => "[-a-z]{1,30}",
        1 => "[!#$%&'*+.^_`|~0-9a-zA-Z-]{1,24}",
    ]
}

/// A value as it is read: without blanks around it.
pub(crate) fn value() -> impl Strategy<Value = Vec<u8>> {
    let byte =
        prop_oneof![8 => b'!'..=b'~', 2 => Just(b' '), 1 => Just(b'\t'), 1 => 0x80..=0xff_u8];
    vec(byte, 0..20).prop_map(|bytes| bytes.trim_ascii().to_vec())
}

/// Names that say how the message is framed, or have a place of their own in it.
const STRUCTURAL: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "date",
    "expect",
];

/// Headers that say nothing of the message itself.
pub(crate) fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let plain = |name: &String| !STRUCTURAL.contains(&&*name.to_ascii_lowercase());
    vec((name().prop_filter("structural", plain), value()), 0..8)
}

pub(crate) fn header_name(name: &str) -> HeaderName {
    HeaderName::from_bytes(name.as_bytes()).unwrap()
}

pub(crate) fn header_value(value: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(value).unwrap()
}

pub(crate) fn method() -> impl Strategy<Value = String> {
    let known = vec![
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get",
    ];
    prop_oneof![
        3 => select(known).prop_map(str::to_owned),
        1 => "[!#$%&'*+.^_`|~0-9a-zA-Z-]{1,30}",
    ]
}

pub(crate) fn target() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just("/".to_owned()),
        4 => "/[-a-zA-Z0-9._~!$&'()*+,;=:@%/]{0,30}(\\?[-a-zA-Z0-9._~!$&'()*+,;=:@%/?]{0,20})?",
    ]
}

/// A chunk with some data, in one of the ways to write its size.
pub(crate) fn chunk() -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<u8>(), 1..40), size_line()).prop_map(|(data, (zeros, upper, behind))| {
        let size = data.len();
        let size = if upper {
            format!("{size:X}")
        } else {
            format!("{size:x}")
        };
        let line = format!("{}{size}{behind}\r\n", "0".repeat(zeros));
        [line.as_bytes(), &data, b"\r\n"].concat()
    })
}

/// An empty chunk, and trailers or none.
pub(crate) fn last_chunk() -> impl Strategy<Value = Vec<u8>> {
    let trailers = prop_oneof![2 => Just(Vec::new()), 1 => headers()];
    (trailers, size_line()).prop_map(|(trailers, (zeros, _, behind))| {
        let mut bytes = format!("0{}{behind}\r\n", "0".repeat(zeros)).into_bytes();
        for (name, value) in trailers {
            put_line(&mut bytes, &name, &value);
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    })
}

/// Zeros before a size, capitals in it, and what stands behind it.
fn size_line() -> impl Strategy<Value = (usize, bool, String)> {
    let behind = prop_oneof![
        3 => Just(String::new()),
        1 => "[ \t]{1,3}",
        1 => "[ \t]{0,2};[ -~\t]{0,12}",
    ];
    (
        prop_oneof![3 => Just(0), 1 => 1..5_usize],
        any::<bool>(),
        behind,
    )
}

pub(crate) fn put_line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}
