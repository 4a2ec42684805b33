//! TLS on either side: certificates by name, routes by name, what services show and are asked for.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{ask, start};
use crate::harness::config::with;
use crate::harness::http2::{Http2Client, Http2Upstream};
use crate::harness::tls::{Authority, Identity, der, get_as, secure, trusting};
use crate::harness::upstream::answer;
use crate::harness::{Gateway, Upstream, free_port};

/// A certificate with names that lead to it, as an entity.
fn certificate(own: &Identity, names: &[&str]) -> Value {
    let names = names.iter().map(|name| json!({ "name": name }));
    json!({
        "cert": own.certificate,
        "key": own.key,
        "snis": names.collect::<Vec<_>>(),
    })
}

/// A configuration with one service for everything, and more.
fn config(host: &str, more: Value) -> Value {
    let base = json!({
        "_format_version": "3.0",
        "services": [{"name": "demo", "url": host, "routes": [{"name": "all", "paths": ["/"]}]}],
    });
    with(base, more)
}

/// Serves on a port with these flags, and on a plain one; where the first one is.
fn serve(config: &Value, flags: &str) -> (Gateway, SocketAddr) {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let listen = format!("127.0.0.1:0, {address} {flags}");
    let gateway = start(&config.to_string())
        .variable("KONG_PROXY_LISTEN", &listen)
        .go();
    (gateway, address)
}

fn shown(to: SocketAddr, name: &str) -> Vec<u8> {
    get_as(to, name, trusting(&[]), "/").unwrap().certificate
}

#[test]
fn names_choose_certificates_and_one_is_made_for_the_rest() {
    let authority = Authority::new();
    let identities = [
        authority.sign_for(&["a.example.com"]),
        authority.sign_for(&["*.example.com"]),
        authority.sign_for(&["whatever.test"]),
    ];
    let lists: [&[&str]; 3] = [
        &["a.example.com"],
        &["*.example.com"],
        &["www.*", "other.test"],
    ];
    let certificates = identities.iter().zip(lists);
    let certificates = certificates.map(|(own, names)| certificate(own, names));
    let upstream = Upstream::json("{}");
    let more = json!({"certificates": certificates.collect::<Vec<_>>()});
    let (_gateway, address) = serve(&config(&upstream.host(), more), "ssl");
    let table = [
        ("a.example.com", Some(0)),
        ("A.Example.com", Some(0)),
        ("b.example.com", Some(1)),
        ("www.test", Some(2)),
        ("other.test", Some(2)),
        ("x.a.example.com", None),
        ("example.com", None),
        ("localhost", None),
        ("127.0.0.1", None),
    ];
    let made = shown(address, "nobody.test");
    for (name, expected) in table {
        let got = shown(address, name);
        let wanted = expected.map_or_else(|| made.clone(), |at: usize| der(&identities[at]));
        assert!(got == wanted, "{name} got another certificate");
    }
    assert!(identities.iter().all(|own| der(own) != made));
    let trusted = get_as(address, "a.example.com", authority.client(&[], None), "/");
    assert_eq!(trusted.unwrap().answer.status(), 200);
    assert!(get_as(address, "nobody.test", authority.client(&[], None), "/").is_err());
}

#[test]
fn the_node_s_own_certificate_serves_the_rest_where_it_is_given() {
    let authority = Authority::new();
    let (own, named) = (authority.sign(), authority.sign_for(&["a.example.com"]));
    let upstream = Upstream::json("{}");
    let more = json!({"certificates": [certificate(&named, &["a.example.com"])]});
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let _gateway = start(&config(&upstream.host(), more).to_string())
        .file("cert.pem", &own.certificate)
        .file("key.pem", &own.key)
        .variable("KONG_PROXY_LISTEN", &format!("{address} ssl"))
        .variable("KONG_SSL_CERT", "cert.pem")
        .variable("KONG_SSL_CERT_KEY", "key.pem")
        .go();
    assert!(shown(address, "nobody.test") == der(&own));
    assert!(shown(address, "a.example.com") == der(&named));
}

#[test]
fn http2_is_spoken_where_the_listener_says_so() {
    let upstream = Upstream::json(r#"{"a":1}"#);
    let config = config(&upstream.host(), json!({}));
    let (_gateway, address) = serve(&config, "http2 ssl");
    let mut client = Http2Client::secured(address, trusting(&[]));
    let answer = client.ask("GET", "/x", "");
    assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"a":1}"#));
    assert_eq!(answer.headers["via"], "kong/3.4.2");
    let agreed = |address| {
        let config = trusting(&["h2", "http/1.1"]);
        let mut stream = secure(address, "localhost", config).unwrap();
        stream.conn.complete_io(&mut stream.sock).unwrap();
        stream.conn.alpn_protocol().map(<[u8]>::to_vec)
    };
    assert_eq!(agreed(address).as_deref(), Some(&b"h2"[..]));
    let (_gateway, address) = serve(&config, "ssl");
    assert_eq!(agreed(address).as_deref(), Some(&b"http/1.1"[..]));
}

#[test]
fn names_choose_routes_where_tls_is_spoken() {
    let named = |text: &str| Upstream::answering(answer(200, "text/plain", text));
    let (first, second, rest) = (named("first"), named("second"), named("rest"));
    let service = |name: &str, upstream: &Upstream, route: Value| {
        let route = with(json!({"name": name, "protocols": ["http", "https"]}), route);
        json!({"name": name, "url": upstream.host(), "routes": [route]})
    };
    let more = json!({"services": [
        service("first", &first, json!({"snis": ["a.test"], "paths": ["/"]})),
        service("second", &second, json!({"snis": ["b.test"], "paths": ["/"]})),
        service("rest", &rest, json!({"paths": ["/", "/rest"]})),
    ]});
    let (gateway, address) = serve(&config("http://a", more), "ssl");
    for (name, expected) in [
        ("a.test", "first"),
        ("B.test", "second"),
        ("c.test", "rest"),
        ("127.0.0.1", "rest"),
    ] {
        let secured = get_as(address, name, trusting(&[]), "/x").unwrap();
        assert_eq!(secured.answer.text(), expected, "{name}");
    }
    // Without TLS nobody asks for names, and routes that have them still come first.
    let answer = ask(gateway.address(), "GET", "/x", &[]);
    assert!(["first", "second"].contains(&answer.text()), "{answer:?}");
    assert_eq!(rest.requests().len(), 2);
}

#[test]
fn a_route_for_tls_only_says_so_without() {
    let upstream = Upstream::json("{}");
    let route = json!({"name": "all", "paths": ["/"], "protocols": ["https"]});
    let service = json!({"name": "demo", "url": upstream.host(), "routes": [route]});
    let (gateway, address) = serve(&config("", json!({"services": [service]})), "ssl");
    let answer = ask(gateway.address(), "GET", "/x", &[]);
    assert_eq!(answer.status(), 426);
    assert_eq!(
        answer.json(),
        json!({"message": "Please use HTTPS protocol"})
    );
    assert_eq!(answer.header("Upgrade"), Some("TLS/1.2, HTTP/1.1"));
    let secured = get_as(address, "localhost", trusting(&[]), "/x").unwrap();
    assert_eq!(secured.answer.status(), 200);
    let seen = upstream.request();
    assert_eq!(seen.header("X-Forwarded-Proto"), Some("https"));
    assert_eq!(
        seen.header("X-Forwarded-Port"),
        Some(&*address.port().to_string())
    );
}

/// The id of the authority in every configuration.
const AUTHORITY: &str = "4e3ad2e4-0bc4-4638-8e34-c84a417ba39b";

/// The status for a request to a service over TLS.
fn status(upstream: &Http2Upstream, service: Value, more: Value) -> u16 {
    let base = json!({
        "name": "demo",
        "url": format!("https://localhost:{}", upstream.port()),
        "retries": 0,
        "routes": [{"name": "all", "paths": ["/"]}],
    });
    let more = with(json!({"services": [with(base, service)]}), more);
    let gateway = super::serve(&config("", more).to_string());
    let answer = ask(gateway.address(), "GET", "/told", &[]);
    if answer.status() == 502 {
        let message = "An invalid response was received from the upstream server";
        assert!(answer.text().contains(message), "{answer:?}");
    }
    answer.status()
}

fn trusted(authority: &Authority) -> Value {
    json!({"ca_certificates": [{"id": AUTHORITY, "cert": authority.pem}]})
}

#[test]
fn services_are_verified_where_that_is_asked_for() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let upstream = Http2Upstream::start(Some(authority.sign().server(&["h2", "http/1.1"])));
    let verified = json!({"tls_verify": true, "ca_certificates": [AUTHORITY]});
    let table = [
        (json!({}), json!({}), 200),
        (json!({"tls_verify": false}), json!({}), 200),
        (json!({"tls_verify": true}), json!({}), 502),
        (verified.clone(), trusted(&authority), 200),
        (verified.clone(), trusted(&stranger), 502),
    ];
    for (service, more, expected) in table {
        assert_eq!(
            status(&upstream, service.clone(), more),
            expected,
            "{service}"
        );
    }
    // The name that must stand in the certificate is the one in `Host`.
    for (name, expected) in [("localhost", 200), ("other.test", 502)] {
        let target = format!("127.0.0.1:{}", upstream.port());
        let balanced = json!({
            "name": "balanced",
            "host_header": name,
            "targets": [{"target": target}],
        });
        let more = with(trusted(&authority), json!({"upstreams": [balanced]}));
        let service = with(verified.clone(), json!({"url": "https://balanced"}));
        assert_eq!(status(&upstream, service, more), expected, "{name}");
    }
}

#[test]
fn services_are_shown_a_certificate_where_one_is_given() {
    let authority = Authority::new();
    let (own, stranger) = (authority.sign(), Authority::new().sign());
    let upstream = Http2Upstream::start(Some(authority.sign().server_asking(&authority)));
    let id = "f6bebd25-312a-4b82-b0a0-eb70d41c13f1";
    let kept = |shown: &Identity| json!({"certificates": [with(certificate(shown, &[]), json!({ "id": id }))]});
    let shows = json!({"client_certificate": id});
    assert_eq!(status(&upstream, json!({}), json!({})), 502);
    assert_eq!(status(&upstream, shows.clone(), kept(&own)), 200);
    assert_eq!(status(&upstream, shows, kept(&stranger)), 502);
    let balanced = json!({
        "name": "balanced",
        "client_certificate": id,
        "targets": [{"target": format!("127.0.0.1:{}", upstream.port())}],
    });
    let more = with(kept(&own), json!({"upstreams": [balanced]}));
    let service = json!({"url": "https://balanced"});
    assert_eq!(status(&upstream, service, more), 200);
}

#[test]
fn a_certificate_that_nobody_can_use_refuses_the_start() {
    let authority = Authority::new();
    let (one, other) = (authority.sign(), authority.sign());
    let mixed = Identity {
        certificate: one.certificate,
        key: other.key,
    };
    let more = json!({"certificates": [certificate(&mixed, &["a.test"])]});
    let start = start(&config("http://localhost", more).to_string())
        .variable("KONG_PROXY_LISTEN", "127.0.0.1:0 ssl");
    let ended = start.finish(&["run", "-c", "kong.yml", "--admin", "off"]);
    assert_eq!(ended.code, Some(78), "{ended:?}");
    assert!(ended.talk.contains("do not fit"), "{ended:?}");
}
