//! What nginx answers before Kong does, what routes refuse by themselves, and in which form.

use super::{ask, ask_with_body, balanced, httpbin, plain, serve, start};
use crate::harness::http2::Http2Client;
use crate::harness::{Upstream, free_port};

#[test]
fn methods_that_nginx_does_not_let_pass() {
    let upstream = httpbin();
    let gateway = serve(&plain(&upstream, "", ""));
    let answer = ask(gateway.address(), "TRACE", "/test", &["Accept: */*"]);
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.text(), "{\n  \"message\":\"Method not allowed\"\n}");
    assert_eq!(answer.header("Server"), Some("kong/3.4.2"));
    assert!(upstream.requests().is_empty());
}

#[test]
fn heads_are_as_large_as_nginx_lets_them_be() {
    let upstream = httpbin();
    let config = plain(&upstream, "", "");
    let gateway = serve(&config);
    let asked = |to, target: usize, header: usize| {
        let target = format!("/test/{}", "a".repeat(target));
        let header = format!("X-Own: {}", "b".repeat(header));
        let answer = ask(to, "GET", &target, &[&header, "Accept: application/json"]);
        (answer.status(), answer.text().to_owned())
    };
    assert_eq!(asked(gateway.address(), 8000, 8000).0, 200);
    let (status, text) = asked(gateway.address(), 8200, 0);
    assert_eq!(status, 414);
    assert!(text.contains("URI too long"), "{text}");
    let (status, text) = asked(gateway.address(), 0, 8200);
    assert_eq!(status, 400);
    assert!(
        text.contains("Request header or cookie too large"),
        "{text}"
    );
    let gateway = start(&config)
        .variable("KONG_NGINX_HTTP_LARGE_CLIENT_HEADER_BUFFERS", "4 64k")
        .go();
    assert_eq!(asked(gateway.address(), 20_000, 60_000).0, 200);
}

#[test]
fn failures_take_the_form_of_the_request_where_nothing_is_accepted() {
    let dead = std::net::SocketAddr::from(([127, 0, 0, 1], free_port()));
    let gateway = serve(&balanced(&[dead], "", "retries: 0"));
    let form = |headers: &[&str]| {
        let answer = ask(gateway.address(), "GET", "/test", headers);
        assert_eq!(answer.status(), 502);
        answer.header("Content-Type").unwrap().to_owned()
    };
    assert_eq!(form(&[]), "text/plain; charset=utf-8");
    assert_eq!(form(&["Accept: */*"]), "application/json; charset=utf-8");
    let json = ["Content-Type: application/json"];
    assert_eq!(form(&json), "application/json; charset=utf-8");
    let answer = ask(gateway.address(), "GET", "/test", &[]);
    let said = "An invalid response was received from the upstream server\n";
    assert_eq!(answer.text(), said);
    // What Kong says itself is JSON all the same.
    let answer = ask(gateway.address(), "GET", "/nowhere", &[]);
    let json = "application/json; charset=utf-8";
    assert_eq!(answer.header("Content-Type"), Some(json));
    let gateway = start(&balanced(&[dead], "", "retries: 0"))
        .variable("KONG_ERROR_DEFAULT_TYPE", "application/json")
        .go();
    let answer = ask(gateway.address(), "GET", "/test", &[]);
    assert_eq!(answer.header("Content-Type"), Some(json));
}

#[test]
fn connection_says_whether_the_client_s_stays() {
    let upstream = httpbin();
    let gateway = serve(&plain(&upstream, "", ""));
    let said = |target: &str, headers: &[&str]| {
        let answer = ask(gateway.address(), "GET", target, headers);
        let values = answer.values("Connection");
        values.join(", ")
    };
    for target in ["/test", "/nowhere"] {
        assert_eq!(said(target, &[]), "keep-alive");
        assert_eq!(said(target, &["Connection: close"]), "close");
    }
}

#[test]
fn routes_of_grpc_refuse_what_is_none() {
    let upstream = httpbin();
    let route = "protocols: [grpc]\nstrip_path: false";
    let gateway = serve(&plain(&upstream, "", route));
    let message = |headers: &[&str]| {
        let answer = ask(gateway.address(), "POST", "/test", headers);
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        (answer.status(), message)
    };
    let other = "Non-gRPC request matched gRPC route".to_owned();
    assert_eq!(message(&[]), (415, other));
    let old = "Please use HTTP2 protocol".to_owned();
    assert_eq!(message(&["Content-Type: application/grpc"]), (426, old));
}

#[test]
fn clients_of_grpc_read_messages_in_headers() {
    let upstream = httpbin();
    let gateway = start(&plain(&upstream, "", ""))
        .variable("KONG_PROXY_LISTEN", "127.0.0.1:0 http2")
        .go();
    let mut client = Http2Client::plain(gateway.address());
    let headers = [("content-type", "application/grpc")];
    let answer = client.ask_with("POST", "/nowhere", &headers);
    assert_eq!(answer.headers["grpc-status"], "5");
    assert_eq!(answer.headers["grpc-message"], "NotFound");
    assert_eq!(answer.headers["content-type"], "application/grpc");
    assert_eq!(answer.text, "");
}

#[test]
fn a_trusted_proxy_may_say_that_tls_ended_there() {
    let upstream = httpbin();
    let route = "protocols: [https]\nhttps_redirect_status_code: 302";
    let config = plain(&upstream, "", route);
    let gateway = start(&config)
        .variable("KONG_TRUSTED_IPS", "127.0.0.1")
        .go();
    let https = ["X-Forwarded-Proto: https"];
    let answer = ask(gateway.address(), "GET", "/test", &https);
    assert_eq!(answer.status(), 200);
    let host = ["X-Forwarded-Host: outside.example"];
    let answer = ask(gateway.address(), "GET", "/test?a", &host);
    let location = "https://outside.example/test?a";
    assert_eq!(answer.header("Location"), Some(location));
    let answer = ask(serve(&config).address(), "GET", "/test", &https);
    assert_eq!(answer.status(), 302);
}

#[test]
fn a_body_that_was_read_whole_is_sent_with_its_length() {
    let upstream = httpbin();
    let send = |route: &str| {
        let gateway = serve(&plain(&upstream, "", route));
        let headers = ["Transfer-Encoding: chunked", "Connection: close"];
        let mut client = crate::harness::Client::connect(gateway.address());
        let head = format!(
            "POST /test HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n",
            headers.join("\r\n")
        );
        client.send(head);
        client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        assert_eq!(client.answer().status(), 200);
        upstream.requests().pop().unwrap()
    };
    let seen = send("");
    assert_eq!(seen.header("Content-Length"), Some("5"));
    assert_eq!(seen.header("Transfer-Encoding"), None);
    assert_eq!(seen.text(), "abcde");
    let seen = send("request_buffering: false");
    assert_eq!(seen.header("Transfer-Encoding"), Some("chunked"));
    assert_eq!(seen.text(), "abcde");
}

#[test]
fn a_body_too_large_to_be_held_goes_on_its_way() {
    let upstream = Upstream::by(|request| {
        let length = request.body.len().to_string();
        crate::harness::upstream::answer(200, "text/plain", &length)
    });
    let gateway = serve(&plain(&upstream, "", ""));
    let body = "x".repeat(65 * 1024 * 1024);
    let answer = ask_with_body(gateway.address(), "POST", "/test", &[], &body);
    assert_eq!(answer.text(), body.len().to_string());
}
