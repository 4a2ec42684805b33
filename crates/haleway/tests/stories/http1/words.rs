//! What cannot be read as a request is answered in the words of the site.

use super::{Site, echo, krakend, to_the_end};
use crate::harness::{Message, Upstream};
use crate::kong;

/// Sends these bytes: the answer, behind which the connection ends.
fn told(site: &Site, bytes: &str) -> Message {
    let mut client = site.connect();
    // The gateway may refuse it and close before all of it was sent.
    let _ = client.try_send(bytes);
    let answer = client.answer();
    assert_eq!(answer.header("connection"), Some("close"), "{answer:?}");
    assert!(answer.header("date").unwrap().ends_with(" GMT"));
    assert!(to_the_end(&mut client).is_empty(), "{}", site.name);
    answer
}

const CODED: &str = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n";

/// Many headers, and a large one.
fn too_large() -> [String; 2] {
    let many: String = (0..300).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let large = format!("X-Large: {}\r\n", "x".repeat(3 << 20));
    [many, large].map(|lines| format!("GET /x HTTP/1.1\r\nHost: a\r\n{lines}\r\n"))
}

#[test]
fn krakend_says_it_in_plain_text() {
    let upstream = echo();
    let site = krakend(&upstream);
    let says = |bytes: &str, text: &str| {
        let answer = told(&site, bytes);
        assert_eq!(answer.text(), text);
        assert!(answer.start.starts_with("HTTP/1.1 "), "{answer:?}");
        assert!(text.starts_with(&answer.start["HTTP/1.1 ".len()..]));
        let plain = Some("text/plain; charset=utf-8");
        assert_eq!(answer.header("content-type"), plain);
    };
    says("hello\r\n\r\n", "400 Bad Request");
    says("GET /x HTTP/1.1\r\nNoColon\r\n\r\n", "400 Bad Request");
    for head in too_large() {
        says(&head, "431 Request Header Fields Too Large");
    }
    says(CODED, "501 Not Implemented: unsupported transfer encoding");
    assert!(upstream.requests().is_empty());
}

fn kong(upstream: &Upstream, media: Option<&str>) -> Site {
    let config = kong::plain(upstream, "", "strip_path: false").replace("[/test]", "[/x]");
    let start = kong::start(&config);
    let start = match media {
        Some(media) => start.variable("KONG_ERROR_DEFAULT_TYPE", media),
        None => start,
    };
    Site {
        name: "kong",
        gateway: start.go(),
    }
}

#[test]
fn kong_says_it_in_the_form_of_its_failures() {
    let upstream = echo();
    for (media, content_type, text) in [
        (None, "text/plain; charset=utf-8", "Bad request\n"),
        (
            Some("application/json"),
            "application/json; charset=utf-8",
            "{\n  \"message\":\"Bad request\"\n}",
        ),
    ] {
        let site = kong(&upstream, media);
        for bytes in [
            "hello\r\n\r\n",
            "GET /x HTTP/1.1\r\nNoColon\r\n\r\n",
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            "GET /x HTTP/1.1\r\n\r\n",
        ] {
            let answer = told(&site, bytes);
            assert_eq!(answer.start, "HTTP/1.1 400 Bad Request");
            assert_eq!(answer.text(), text, "{bytes:?}");
            assert_eq!(answer.header("content-type"), Some(content_type));
            assert_eq!(answer.header("server"), Some("kong/3.4.2"));
            assert!(answer.header("x-kong-response-latency").is_some());
        }
    }
    assert!(upstream.requests().is_empty());
}
