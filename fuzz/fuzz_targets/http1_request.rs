//! Heads of requests: read without panic, cut anywhere the same, and what is read is written so
//! that it is read again the same.
#![no_main]

mod heads;

use haleway_http1::{BadHead, Framing, Naming, RequestWriter, read_request};
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Version};
use libfuzzer_sys::fuzz_target;

/// The head as it is passed on.
fn written(head: &Parts, framing: Framing) -> Vec<u8> {
    // A host that is not there is written as an empty one.
    let host = head.headers.get(HOST).cloned();
    let host = host.unwrap_or_else(|| HeaderValue::from_static(""));
    let target = head.uri.to_string();
    let naming = Naming {
        received: head.extensions.get(),
        listed: None,
    };
    let mut out = Vec::new();
    let line = (&head.method, target.as_str(), &host);
    let mut writer = RequestWriter::new(&mut out, line, naming);
    for (name, value) in &head.headers {
        writer.header(name, value.as_bytes());
    }
    writer.end(framing);
    out
}

fuzz_target!(|bytes: &[u8]| {
    let Some(read) = heads::check(bytes, read_request, |head| &head.headers) else {
        return;
    };
    let framing = read.told.request_body(read.head.version);
    let framing = framing.unwrap_or(Framing::Chunked);
    let out = written(&read.head, framing);
    let again = match read_request(&out, true) {
        Ok(Some(again)) => again,
        // Its framing, or its host, may have been one header too many.
        Err(BadHead::TooMany) => return,
        other => panic!("{other:?} of {out:?}"),
    };
    assert_eq!(again.bytes, out.len());
    assert_eq!(again.head.method, read.head.method);
    assert_eq!(again.head.uri, read.head.uri);
    assert_eq!(
        again.told.request_body(Version::HTTP_11),
        Ok(framing),
        "{out:?}"
    );
    let [mut before, mut after] = [read.head.headers, again.head.headers];
    for name in [HOST, CONTENT_LENGTH, TRANSFER_ENCODING] {
        before.remove(&name);
        after.remove(&name);
    }
    assert_eq!(before, after);
});
