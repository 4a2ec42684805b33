//! Requests that nobody should send.

use crate::pretended::serve;
use crate::wire::{ask, ask_with, send};

/// What a posted configuration may have at most.
const POSTED_BYTES_MAX: usize = 10 * 1024 * 1024;

#[test]
fn odd_paths_lead_nowhere_and_break_nothing() {
    let served = serve();
    let long = format!("/services/{}", "a".repeat(8_000));
    let deep = "/services".repeat(50);
    for path in [
        "//",
        "//services",
        "/services//routes",
        "/%",
        "/%zz",
        "/%00",
        "/services/%ff%fe",
        "/services/%2e%2e/routes",
        "/services/../routes",
        "/services/demo%2Froutes",
        "/.",
        "/upstreams/%5B%5B/health",
        "/upstreams/shop/targets/%5B::%5D:99999/healthy",
        "/tags/%F0%9F%98%80/x",
        "/schemas/a/b/c",
        &long,
        &deep,
    ] {
        let answered = ask(&served.admin, "GET", path);
        assert!(
            matches!(answered.status, 400 | 404 | 405),
            "{path} {}",
            answered.status
        );
        let answered = ask(&served.admin, "PUT", path);
        assert!(
            matches!(answered.status, 400 | 404 | 405),
            "{path} {}",
            answered.status
        );
    }
    for query in [
        "?size=99999999999999999999",
        "?offset=//////8%3D",
        "?tags=%00",
        "?size=NaN",
        "?&&=&a=&=b",
        "?tags=,",
    ] {
        let answered = ask(&served.admin, "GET", &format!("/services{query}"));
        assert!(
            matches!(answered.status, 200 | 400),
            "{query} {}",
            answered.status
        );
    }
    // The offset of a page far behind the end.
    let far = ask(
        &served.admin,
        "GET",
        "/services?offset=MTg0NDY3NDQwNzM3MDk1NTE2MTU%3D&size=1000",
    );
    assert_eq!(
        (far.status, far.body.as_str()),
        (200, r#"{"data":[],"next":null}"#)
    );
    assert_eq!(ask(&served.admin, "GET", "/").status, 200);
}

#[test]
fn an_announced_body_that_is_too_large_is_not_read() {
    let served = serve();
    let head = format!(
        "POST /config HTTP/1.1\r\nHost: a\r\nContent-Type: text/yaml\r\nContent-Length: {}\r\n\r\n",
        POSTED_BYTES_MAX + 1
    );
    let answered = send(&served.admin, head.as_bytes());
    assert_eq!(answered.status, 413);
    assert_eq!(answered.body, r#"{"message":"Payload too large"}"#);
}

#[test]
fn a_body_without_end_is_cut() {
    let served = serve();
    let mut request =
        b"POST /config HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = vec![b' '; 1 << 20];
    for _ in 0..=POSTED_BYTES_MAX >> 20 {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(&chunk);
        request.extend_from_slice(b"\r\n");
    }
    let answered = send(&served.admin, &request);
    assert_eq!(answered.status, 413);
}

#[test]
fn odd_bodies_are_refused() {
    let served = serve();
    let multipart = "Content-Type: multipart/form-data; boundary=b\r\n";
    for (headers, body) in [
        (multipart, "--b"),
        (multipart, "--b\r\n\r\n--b--"),
        (
            multipart,
            "--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\nno end",
        ),
        (
            "Content-Type: multipart/form-data; boundary=\r\n",
            "--\r\n\r\n",
        ),
        ("Content-Type: application/json\r\n", "\"text\""),
        ("Content-Type: application/json\r\n", "{\"config\": \"\"}"),
    ] {
        let answered = ask_with(&served.admin, "POST", "/config", headers, body);
        assert!(
            matches!(answered.status, 201 | 400),
            "{body} {}",
            answered.status
        );
    }
    let broken = b"POST /config HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    assert_eq!(send(&served.admin, broken).status, 400);
}
