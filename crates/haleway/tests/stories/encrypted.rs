//! TLS and HTTP/2, towards clients and towards upstreams.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::config::{backend, merging, no_op, service, with};
use crate::harness::http2::{Http2Client, Http2Upstream};
use crate::harness::tls::{Authority, Identity, der, get};
use crate::harness::upstream::answer;
use crate::harness::{Client, Gateway, Start, Upstream};

/// A service before an upstream, with more at its root.
fn serving(upstream: &Upstream, more: Value) -> String {
    let endpoints = [
        no_op("GET", upstream),
        no_op("POST", upstream),
        merging("/m", &[backend(upstream, "/m")]),
    ];
    let config: Value = serde_json::from_str(&service(&endpoints)).unwrap();
    with(config, more).to_string()
}

fn start(config: &str, own: &Identity, authority: &Authority) -> Gateway {
    Start::with(config)
        .file("cert.pem", &own.certificate)
        .file("key.pem", &own.key)
        .file("ca.pem", &authority.pem)
        .go()
}

fn tls(more: Value) -> Value {
    let keys = json!({"keys": [{"public_key": "cert.pem", "private_key": "key.pem"}]});
    json!({"tls": with(keys, more)})
}

#[test]
fn tls_ends_at_the_listener_with_either_protocol() {
    let (authority, upstream) = (Authority::new(), Upstream::json(r#"{"a":1}"#));
    let gateway = start(
        &serving(&upstream, tls(json!({}))),
        &authority.sign(),
        &authority,
    );
    for protocols in [&["http/1.1"][..], &[]] {
        let secured = get(gateway.address(), authority.client(protocols, None), "/x").unwrap();
        assert_eq!(
            (secured.answer.status(), secured.answer.text()),
            (200, r#"{"a":1}"#)
        );
    }
    let mut client = Http2Client::secured(gateway.address(), authority.client(&[], None));
    for (method, target) in [("GET", "/x"), ("POST", "/x"), ("GET", "/m")] {
        let answer = client.ask(method, target, if method == "POST" { "hello" } else { "" });
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (200, r#"{"a":1}"#),
            "{target}"
        );
        assert!(answer.headers.contains_key("x-krakend"));
    }
    assert!(
        client
            .ask_together("/m", 20)
            .iter()
            .all(|text| text == r#"{"a":1}"#)
    );
    let requests = upstream.requests();
    let posted = requests
        .iter()
        .find(|request| request.asked() == "POST /x")
        .unwrap();
    assert_eq!(
        (posted.text(), posted.header("x-own")),
        ("hello", Some("1"))
    );
    assert_eq!(posted.header("x-forwarded-host"), Some("localhost"));
    // In clear text there is nothing to be had, and nobody is harmed.
    let mut clear = Client::connect(gateway.address());
    clear.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(clear.try_answer().is_err());
    assert!(get(gateway.address(), authority.client(&[], None), "/x").is_ok());
}

#[test]
fn an_http2_client_at_rest_is_not_taken_for_a_slow_one() {
    let upstream = Upstream::json("{}");
    let more = json!({"use_h2c": true, "read_header_timeout": "150ms"});
    let gateway = Gateway::start(&serving(&upstream, more));
    let mut client = Http2Client::plain(gateway.address());
    assert_eq!(client.ask("POST", "/x", "hello").status, 200);
    // Longer than a head may take; what the client's side acknowledges meanwhile is no head.
    std::thread::sleep(Duration::from_millis(450));
    assert_eq!(client.ask("POST", "/x", "hello").status, 200);
}

#[test]
fn clients_must_show_a_certificate_where_it_is_asked_for() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let upstream = Upstream::json("{}");
    let mutual = tls(json!({
        "enable_mtls": true,
        "ca_certs": ["ca.pem"],
        "disable_system_ca_pool": true,
    }));
    let gateway = start(&serving(&upstream, mutual), &authority.sign(), &authority);
    let ask = |shown: Option<&Identity>| {
        get(
            gateway.address(),
            authority.client(&["http/1.1"], shown),
            "/x",
        )
    };
    assert!(ask(None).is_err());
    assert!(ask(Some(&stranger.sign())).is_err());
    assert_eq!(ask(Some(&authority.sign())).unwrap().answer.status(), 200);
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn versions_of_tls_are_those_that_are_allowed() {
    let authority = Authority::new();
    let upstream = Upstream::json("{}");
    let twelve = authority.client_of(&[&rustls::version::TLS12], &[], None);
    let thirteen = authority.client_of(&[&rustls::version::TLS13], &[], None);
    let both = tls(json!({"min_version": "TLS12"}));
    for (settings, twelve_passes, thirteen_passes) in [
        (tls(json!({})), false, true),
        (both, true, true),
        (
            tls(json!({"min_version": "TLS12", "max_version": "TLS12"})),
            true,
            false,
        ),
    ] {
        let gateway = start(&serving(&upstream, settings), &authority.sign(), &authority);
        let passes = |config| get(gateway.address(), config, "/x").is_ok();
        assert_eq!(passes(twelve.clone()), twelve_passes);
        assert_eq!(passes(thirteen.clone()), thirteen_passes);
    }
}

#[test]
fn a_new_certificate_is_shown_after_a_reload() {
    let (authority, upstream) = (Authority::new(), Upstream::json("{}"));
    let (first, second) = (authority.sign(), authority.sign());
    let gateway = start(&serving(&upstream, tls(json!({}))), &first, &authority);
    let shown = || {
        get(gateway.address(), authority.client(&[], None), "/x")
            .unwrap()
            .certificate
    };
    assert!(shown() == der(&first));
    std::fs::write(gateway.path("cert.pem"), &second.certificate).unwrap();
    // The key does not fit yet: refused, and the first one goes on.
    gateway.signal("HUP");
    gateway.expect_talk("cert.pem and key.pem");
    assert!(shown() == der(&first));
    std::fs::write(gateway.path("key.pem"), &second.key).unwrap();
    gateway.signal("HUP");
    gateway.expect_talk("the configuration was reloaded");
    assert!(shown() == der(&second));
}

#[test]
fn a_listener_may_change_to_tls_and_back() {
    let (authority, upstream) = (Authority::new(), Upstream::json("{}"));
    let (plain, secured) = (
        serving(&upstream, json!({})),
        serving(&upstream, tls(json!({}))),
    );
    let gateway = start(&plain, &authority.sign(), &authority);
    for _ in 0..2 {
        assert_eq!(crate::harness::get(gateway.address(), "/x").status(), 200);
        gateway.write(&secured);
        assert_eq!(
            crate::harness::post(gateway.admin(), "/v1/reload", "").status(),
            200
        );
        assert!(get(gateway.address(), authority.client(&[], None), "/x").is_ok());
        gateway.write(&plain);
        assert_eq!(
            crate::harness::post(gateway.admin(), "/v1/reload", "").status(),
            200
        );
    }
}

/// What an endpoint gives that asks an HTTP/2 upstream, three times over.
fn over(host: &str, more: Value, files: &[(&str, &str)]) -> Value {
    let asked = json!({
        "url_pattern": "/told?x=1",
        "method": "POST",
        "host": [host],
        "disable_host_sanitize": true,
    });
    let endpoint = json!({
        "endpoint": "/m",
        "method": "POST",
        "input_headers": ["X-Own"],
        "backend": [asked],
    });
    let config: Value = serde_json::from_str(&service(&[endpoint])).unwrap();
    let mut start = Start::with(&with(config, more).to_string());
    for (name, text) in files {
        start = start.file(name, text);
    }
    let gateway = start.go();
    let mut client = Client::connect(gateway.address());
    let mut told = Value::Null;
    for _ in 0..3 {
        client.send("POST /m HTTP/1.1\r\nHost: a\r\nX-Own: 7\r\nContent-Length: 5\r\n\r\nhello");
        let answer = client.answer();
        if answer.status() != 200 {
            return json!({"status": answer.status(), "error": answer.text()});
        }
        told = answer.json();
    }
    told
}

#[test]
fn an_upstream_is_trusted_by_its_authority_or_not_at_all() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let upstream = Http2Upstream::start(Some(authority.sign().server(&["http/1.1"])));
    let host = format!("https://localhost:{}", upstream.port());
    let files = [
        ("ca.pem", authority.pem.as_str()),
        ("other.pem", stranger.pem.as_str()),
    ];
    let trusting =
        |name| json!({"client_tls": {"ca_certs": [name], "disable_system_ca_pool": true}});
    let told = over(&host, trusting("ca.pem"), &files);
    assert_eq!(
        (&told["version"], &told["body"]),
        (&json!("HTTP/1.1"), &json!("hello"))
    );
    let refused = over(&host, trusting("other.pem"), &files);
    assert_eq!(refused["status"], 500);
    assert!(
        refused["error"].as_str().unwrap().contains("tls: "),
        "{refused}"
    );
    assert_eq!(over(&host, json!({}), &files)["status"], 500);
    let insecure = json!({"client_tls": {"allow_insecure_connections": true}});
    assert_eq!(over(&host, insecure, &files)["own"], "7");
    assert_eq!(
        over(&host, json!({"allow_insecure_connections": true}), &files)["own"],
        "7"
    );
}

#[test]
fn an_upstream_that_offers_http2_gets_it_on_one_connection() {
    let authority = Authority::new();
    let upstream = Http2Upstream::start(Some(authority.sign().server(&["h2", "http/1.1"])));
    let host = format!("https://localhost:{}", upstream.port());
    let trusting = json!({"client_tls": {"ca_certs": ["ca.pem"], "disable_system_ca_pool": true}});
    let told = over(&host, trusting, &[("ca.pem", &authority.pem)]);
    assert_eq!(
        told,
        json!({
            "version": "HTTP/2.0",
            "method": "POST",
            "target": "/told?x=1",
            "authority": format!("localhost:{}", upstream.port()),
            "own": "7",
            "body": "hello",
        })
    );
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn http2_goes_without_tls_where_both_know_it() {
    let upstream = Http2Upstream::start(None);
    let told = over(
        &format!("h2c://localhost:{}", upstream.port()),
        json!({}),
        &[],
    );
    assert_eq!(
        (&told["version"], &told["body"]),
        (&json!("HTTP/2.0"), &json!("hello"))
    );
    assert_eq!(upstream.connections(), 1);

    let upstream = Upstream::json(r#"{"a":1}"#);
    let gateway = Gateway::start(&serving(&upstream, json!({"use_h2c": true})));
    let mut client = Http2Client::plain(gateway.address());
    assert_eq!(client.ask("GET", "/m", "").text, r#"{"a":1}"#);
    assert_eq!(client.ask("GET", "/none", "").status, 404);
    assert_eq!(
        crate::harness::get(gateway.address(), "/m").text(),
        r#"{"a":1}"#
    );
}

#[test]
fn a_listener_without_it_does_not_take_http2_in_clear_text() {
    let upstream = Upstream::answering(answer(200, "text/plain", "x"));
    let gateway = Gateway::start(&serving(&upstream, json!({})));
    let mut client = Client::connect(gateway.address());
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    let refused = client.try_answer().map(|answer| answer.status());
    assert!(!matches!(refused, Ok(200)), "{refused:?}");
    assert_eq!(upstream.requests().len(), 0);
}
