//! Connections without HTTP: plain, with TLS that ends here, with TLS that passes.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use super::start;
use crate::harness::config::with;
use crate::harness::tls::{Authority, secure, trusting};
use crate::harness::{Client, DEADLINE, Gateway, Start, Upstream, free_port, get, until};

/// Says its name, then everything twice.
fn doubling(name: &'static str) -> Upstream {
    Upstream::with(move |peer| {
        peer.send(name);
        while let Ok(piece) = peer.wire.some() {
            if piece.is_empty() {
                return peer.close();
            }
            peer.send([piece.as_slice(), &piece].concat());
        }
    })
}

/// The same behind TLS.
fn secret(config: Arc<ServerConfig>, name: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for tcp in listener.incoming().map_while(Result::ok) {
            let config = config.clone();
            std::thread::spawn(move || {
                let connection = ServerConnection::new(config).unwrap();
                let mut stream = StreamOwned::new(connection, tcp);
                let _ = stream.write_all(name.as_bytes());
                let mut piece = [0; 100];
                while let Ok(count @ 1..) = stream.read(&mut piece) {
                    let twice = [&piece[..count], &piece[..count]].concat();
                    let _ = stream.write_all(&twice);
                }
            });
        }
    });
    address
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], free_port()))
}

fn service(name: &str, to: SocketAddr, more: Value) -> Value {
    let base = json!({
        "name": name,
        "protocol": "tcp",
        "host": to.ip().to_string(),
        "port": to.port(),
    });
    with(base, more)
}

fn config(services: &[Value], more: Value) -> Value {
    with(
        json!({"_format_version": "3.0", "services": services}),
        more,
    )
}

/// With this `stream_listen`.
fn listening(config: &Value, listen: &str) -> Start {
    start(&config.to_string()).variable("KONG_STREAM_LISTEN", listen)
}

/// To everything that comes to a port.
fn by_port(name: &str, listener: SocketAddr) -> Value {
    json!({
        "name": name,
        "protocols": ["tcp"],
        "destinations": [{"port": listener.port()}],
    })
}

fn exchange(stream: &mut (impl Read + Write), sent: &str, expected: &str) {
    stream.write_all(sent.as_bytes()).unwrap();
    let mut got = vec![0; expected.len()];
    stream.read_exact(&mut got).unwrap();
    assert_eq!(String::from_utf8_lossy(&got), expected);
}

fn connect(to: SocketAddr) -> TcpStream {
    Client::connect(to).wire.stream
}

#[test]
fn connections_go_where_their_port_leads() {
    let (one, other) = (doubling("one "), doubling("other "));
    let (first, second, third) = (loopback(), loopback(), loopback());
    let services = [
        service(
            "one",
            one.address(),
            json!({"routes": [by_port("first", first)]}),
        ),
        service(
            "other",
            other.address(),
            json!({"routes": [by_port("second", second)]}),
        ),
    ];
    let listen = format!("{first} reuseport backlog=16384, {second}, {third}");
    let _gateway = listening(&config(&services, json!({})), &listen).go();
    for (to, name) in [(first, "one "), (second, "other ")] {
        let mut client = Client::connect(to);
        assert_eq!(client.wire.exactly(name.len()).unwrap(), name.as_bytes());
        client.send("\0\r\n\r\n");
        assert_eq!(client.wire.exactly(10).unwrap(), b"\0\r\n\r\n\0\r\n\r\n");
        client.finish();
        assert!(client.is_closed());
    }
    assert!(
        Client::connect(third).is_closed(),
        "no route is for this port"
    );
}

#[test]
fn names_choose_what_happens_to_tls() {
    let authority = Authority::new();
    let (own, theirs) = (
        authority.sign_for(&["a.test"]),
        authority.sign_for(&["b.test"]),
    );
    let plain = doubling("plain ");
    let hidden = secret(theirs.server(&["mqtt"]), "hidden ");
    let listener = loopback();
    let route = |name: &str, protocol: &str, sni: &str| json!({"name": name, "protocols": [protocol], "snis": [sni]});
    let services = [
        service(
            "plain",
            plain.address(),
            json!({"routes": [route("ends", "tls", "a.test")]}),
        ),
        service(
            "hidden",
            hidden,
            json!({"routes": [route("passes", "tls_passthrough", "b.test")]}),
        ),
        service(
            "again",
            hidden,
            json!({
                "protocol": "tls",
                "routes": [route("both", "tls", "*.c.test")],
            }),
        ),
    ];
    let certificates = json!({"certificates": [{
        "cert": own.certificate,
        "key": own.key,
        "snis": [{"name": "a.test"}],
    }]});
    let config = config(&services, certificates);
    let _gateway = listening(&config, &format!("{listener} ssl")).go();

    let client = authority.client(&["any"], None);
    let mut ended = secure(listener, "a.test", client).unwrap();
    exchange(&mut ended, "xy", "plain xyxy");
    assert_eq!(ended.conn.alpn_protocol(), None);

    let client = authority.client(&["mqtt"], None);
    let mut passed = secure(listener, "B.test", client).unwrap();
    exchange(&mut passed, "xy", "hidden xyxy");
    assert_eq!(passed.conn.alpn_protocol(), Some(&b"mqtt"[..]));

    let mut again = secure(listener, "x.c.test", trusting(&[])).unwrap();
    exchange(&mut again, "xy", "hidden xyxy");

    let mut refused = secure(listener, "d.test", trusting(&[])).unwrap();
    assert!(refused.read(&mut [0]).is_err());
    let mut clear = Client::connect(listener);
    clear.send("GET / HTTP/1.1\r\n\r\n");
    assert!(clear.is_closed());
}

#[test]
fn services_behind_tls_are_verified_where_that_is_asked_for() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let hidden = secret(authority.sign().server(&[]), "hidden ");
    let id = "4e3ad2e4-0bc4-4638-8e34-c84a417ba39b";
    let carries = |known: &Authority| {
        let listener = loopback();
        let service = service(
            "secret",
            hidden,
            json!({
                "protocol": "tls",
                "retries": 0,
                "tls_verify": true,
                "ca_certificates": [id],
                "routes": [by_port("all", listener)],
            }),
        );
        let more = json!({"ca_certificates": [{"id": id, "cert": known.pem}]});
        let gateway = listening(&config(&[service], more), &listener.to_string()).go();
        let got = Client::connect(listener).wire.exactly(7);
        drop(gateway);
        got.is_ok_and(|got| got == b"hidden ")
    };
    assert!(carries(&authority));
    assert!(!carries(&stranger));
}

/// A port where nobody listens yet.
fn silent() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
    socket.bind(&any.into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

fn verdict(gateway: &Gateway, target: SocketAddr) -> String {
    let pools = get(gateway.admin(), "/v1/pools").json();
    let text = target.to_string();
    let pools = pools["pools"]
        .as_array()
        .cloned()
        .or(pools.as_array().cloned());
    let pools = pools.unwrap_or_default();
    let mut endpoints = pools
        .iter()
        .flat_map(|pool| pool["endpoints"].as_array().unwrap());
    let found = endpoints.find(|it| it["address"] == json!(text)).unwrap();
    found["health"]["verdict"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_dead_target_is_left_and_comes_back_by_probes() {
    let alive = doubling("alive ");
    let (socket, dead) = silent();
    let listener = loopback();
    let upstream = json!({
        "name": "databases",
        "targets": [{"target": alive.address().to_string()}, {"target": dead.to_string()}],
        "healthchecks": {
            "passive": {"unhealthy": {"tcp_failures": 1}},
            "active": {
                "type": "tcp",
                "healthy": {"interval": 0.1, "successes": 2},
                "unhealthy": {"interval": 0.1, "tcp_failures": 1},
            },
        },
    });
    let service = json!({
        "name": "db",
        "protocol": "tcp",
        "host": "databases",
        "routes": [by_port("all", listener)],
    });
    let config = config(&[service], json!({"upstreams": [upstream]}));
    let gateway = listening(&config, &listener.to_string()).go();
    for _ in 0..8 {
        exchange(&mut connect(listener), "xy", "alive xyxy");
    }
    until("the dead one is known", || {
        verdict(&gateway, dead) == "unhealthy"
    });
    assert_eq!(verdict(&gateway, alive.address()), "healthy");

    socket.listen(128).unwrap();
    let revived = TcpListener::from(socket);
    std::thread::spawn(move || {
        for mut stream in revived.incoming().map_while(Result::ok) {
            let _ = stream.write_all(b"back  ");
        }
    });
    until("it is back", || verdict(&gateway, dead) == "healthy");
    until("it is used", || {
        let got = Client::connect(listener).wire.exactly(6).unwrap();
        got == b"back  "
    });
}

#[test]
fn hashed_clients_stay_where_they_are() {
    let (one, other) = (doubling("1"), doubling("2"));
    let listener = loopback();
    let upstream = json!({
        "name": "hashed",
        "hash_on": "ip",
        "targets": [
            {"target": one.address().to_string()},
            {"target": other.address().to_string()},
        ],
    });
    let service = json!({
        "name": "db",
        "protocol": "tcp",
        "host": "hashed",
        "routes": [by_port("all", listener)],
    });
    let config = config(&[service], json!({"upstreams": [upstream]}));
    let _gateway = listening(&config, &listener.to_string()).go();
    let name = || Client::connect(listener).wire.exactly(1).unwrap();
    let first = name();
    assert!((0..10).all(|_| name() == first));
}

#[test]
fn connections_outlive_a_reload_and_hold_a_stop_up() {
    let (one, other) = (doubling("one "), doubling("two "));
    let listener = loopback();
    let to = |upstream: &Upstream| {
        let routes = json!({"routes": [by_port("all", listener)]});
        config(&[service("db", upstream.address(), routes)], json!({}))
    };
    let mut gateway = listening(&to(&one), &listener.to_string()).go();
    let mut early = connect(listener);
    exchange(&mut early, "a", "one aa");
    gateway.write(&to(&other).to_string());
    gateway.signal("HUP");
    gateway.expect_talk("the configuration was reloaded");
    let mut late = connect(listener);
    exchange(&mut late, "b", "two bb");
    exchange(&mut early, "c", "cc");
    gateway.signal("TERM");
    until("nobody is taken in any more", || {
        TcpStream::connect(listener).is_err()
    });
    exchange(&mut early, "d", "dd");
    exchange(&mut late, "e", "ee");
    assert!(gateway.runs());
    drop((early, late));
    assert_eq!(gateway.exit_code(), Some(0));
}

#[test]
fn silence_ends_a_connection() {
    let upstream = doubling("");
    let listener = loopback();
    let service = service(
        "db",
        upstream.address(),
        json!({
            "read_timeout": 150,
            "write_timeout": 100,
            "routes": [by_port("all", listener)],
        }),
    );
    let _gateway = listening(&config(&[service], json!({})), &listener.to_string()).go();
    let mut client = connect(listener);
    exchange(&mut client, "a", "aa");
    let since = std::time::Instant::now();
    assert!(matches!(client.read(&mut [0]), Ok(0)));
    assert!(since.elapsed() < DEADLINE / 2);
}

#[test]
fn what_cannot_be_carried_is_told_before() {
    let upstream = doubling("");
    let told = |route: Value, listen: &str| {
        let service = service("db", upstream.address(), json!({"routes": [route]}));
        let start = listening(&config(&[service], json!({})), listen);
        let ended = start.finish(&["check", "kong.yml"]);
        (ended.code, format!("{}{}", ended.data, ended.talk))
    };
    let (code, text) = told(by_port("lost", loopback()), "off");
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("warning[G0024]") && text.contains("KONG_STREAM_LISTEN"),
        "{text}"
    );
    let passing = json!({"name": "x", "protocols": ["tls_passthrough"], "snis": ["a.test"]});
    let (_, text) = told(passing, "127.0.0.1:9000");
    assert!(text.contains("names no listener with `ssl`"), "{text}");
    let datagrams = json!({"name": "x", "protocols": ["udp"], "destinations": [{"port": 53}]});
    let (code, text) = told(datagrams, "127.0.0.1:9000 udp");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("`udp` is not built yet"), "{text}");
}

#[test]
fn requests_and_connections_live_side_by_side() {
    let carried = doubling("carried ");
    let asked = Upstream::json("{}");
    let listener = loopback();
    let services = [
        service(
            "db",
            carried.address(),
            json!({"routes": [by_port("all", listener)]}),
        ),
        json!({"name": "web", "url": asked.host(), "routes": [{"name": "web", "paths": ["/"]}]}),
    ];
    let gateway = listening(&config(&services, json!({})), &listener.to_string()).go();
    exchange(&mut connect(listener), "x", "carried xx");
    assert_eq!(get(gateway.address(), "/x").status(), 200);
}
