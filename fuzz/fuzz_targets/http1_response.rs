//! Heads of answers: read without panic, cut anywhere the same, and what is read is written so
//! that it is read again the same.
#![no_main]

mod heads;

use haleway_http1::{BadHead, Framing, Naming, Writing, read_response, write_response};
use http::header::{CONTENT_LENGTH, DATE, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderValue, Method, Version};
use libfuzzer_sys::fuzz_target;

/// The head as it is passed on.
fn written(head: &Parts, framing: Framing) -> Vec<u8> {
    let mut out = Vec::new();
    let writing = Writing {
        version: Version::HTTP_11,
        naming: Naming::default(),
        framing,
        connection: None,
        date: &HeaderValue::from_static("now"),
    };
    write_response(&mut out, head, writing);
    out
}

fuzz_target!(|bytes: &[u8]| {
    let Some(read) = heads::check(bytes, read_response, |head| &head.headers) else {
        return;
    };
    let line = (read.head.version, read.head.status);
    let Ok(framing) = read.told.response_body(&Method::GET, line) else {
        return;
    };
    let out = written(&read.head, framing);
    let again = match read_response(&out, true) {
        Ok(Some(again)) => again,
        // Its date may have been one header too many.
        Err(BadHead::TooMany) => return,
        other => panic!("{other:?} of {out:?}"),
    };
    assert_eq!(again.bytes, out.len());
    assert_eq!(again.head.status, read.head.status);
    let line = (Version::HTTP_11, again.head.status);
    let found = again.told.response_body(&Method::GET, line);
    assert_eq!(found, Ok(framing), "{out:?}");
    let [mut before, mut after] = [read.head.headers, again.head.headers];
    for name in [CONTENT_LENGTH, TRANSFER_ENCODING, DATE] {
        before.remove(&name);
        after.remove(&name);
    }
    assert_eq!(before, after);
});
