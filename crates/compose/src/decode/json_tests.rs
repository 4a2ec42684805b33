use bytes::Bytes;

use super::parse;
use crate::encode_json;
use crate::limits::JSON_DEPTH_MAX;

/// What comes out when `body` is read and written again; errors begin with an exclamation mark.
fn through(body: &[u8]) -> String {
    match parse(Bytes::copy_from_slice(body)) {
        Ok(value) => {
            let mut out = Vec::new();
            encode_json(&value, &mut out);
            String::from_utf8(out).unwrap()
        }
        Err(error) => format!("!{error}"),
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(
        through(nested(JSON_DEPTH_MAX).as_bytes()),
        nested(JSON_DEPTH_MAX)
    );
    let error = "!invalid character '[' exceeded max depth";
    assert_eq!(through(nested(JSON_DEPTH_MAX + 1).as_bytes()), error);
    assert_eq!(
        through("{\"a\":".repeat(100_000).as_bytes()),
        error.replace('[', "{")
    );
}
