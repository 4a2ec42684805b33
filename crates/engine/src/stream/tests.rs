//! Connections through an engine, over loopback; and the first message of a handshake by itself.

mod carrying;
mod ending;
mod handshakes;
mod hello;

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use haleway_blueprint::{
    Balance, Blueprint, CertificateFiles, Discovery, Endpoint, FieldMatch, HeaderCase, Level,
    Listener, ListenerLimits, LogFormat, Logging, MatchRule, Origin, Pem, Pool, PoolId, Protocol,
    RequestMatch, Retries, Scheme, SiteId, StreamProtocol, StreamRoute, StreamSite, TlsClient,
    TlsTermination, TlsVersion, Transport, TryLimits,
};

use socket2::{Domain, Socket, Type};

use crate::{Engine, Settings};

/// Longest wait for anything that must come.
const DEADLINE: Duration = Duration::from_secs(20);

/// An engine and where it listens.
struct Carrier {
    engine: Engine,
    address: SocketAddr,
}

impl Carrier {
    fn start(blueprint: Blueprint) -> Self {
        let settings = Settings {
            cores: 1,
            drain_delay: Duration::ZERO,
            dns_server: None,
        };
        let engine = Engine::start(Arc::new(blueprint), settings)
            .map_err(|errors| format!("{errors:?}"))
            .unwrap();
        let address = engine.running().listeners()[0].address;
        Self { engine, address }
    }

    fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// Requests and failures of each endpoint of the only pool.
    fn counts(&self) -> Vec<(u64, u64)> {
        let pools = self.engine.running().pools();
        let endpoints = pools[0].endpoints.iter();
        endpoints.map(|it| (it.requests, it.failures)).collect()
    }
}

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&to, DEADLINE).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    stream
}

/// Looks again and again until it holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < DEADLINE, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether the other side ends the connection without another byte.
fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

/// Sends a text and reads what comes back for it.
fn exchange(stream: &mut (impl Read + Write), sent: &str, length: usize) -> String {
    stream.write_all(sent.as_bytes()).unwrap();
    let mut got = vec![0; length];
    stream.read_exact(&mut got).unwrap();
    String::from_utf8(got).unwrap()
}

/// An upstream that runs a script on every connection.
fn upstream(script: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let script = Arc::new(script);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            stream.set_read_timeout(Some(DEADLINE)).unwrap();
            let script = script.clone();
            std::thread::spawn(move || script(stream));
        }
    });
    address
}

/// Says its name, then everything twice.
fn doubling(name: &'static str) -> SocketAddr {
    upstream(move |mut stream| double(&mut stream, name))
}

fn double(stream: &mut (impl Read + Write), name: &str) {
    let mut piece = [0; 4096];
    let mut going = stream.write_all(name.as_bytes()).is_ok();
    while going {
        going = match stream.read(&mut piece) {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                let twice = [&piece[..count], &piece[..count]].concat();
                stream.write_all(&twice).is_ok()
            }
        };
    }
}

/// An address where nobody listens, and nobody else ever will: the port stays taken.
fn nobody() -> SocketAddr {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
    socket.bind(&any.into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    std::mem::forget(socket);
    address
}

fn limits(ms: u64) -> TryLimits {
    TryLimits {
        connect_us: 5_000_000,
        send_us: ms * 1000,
        read_us: ms * 1000,
    }
}

fn pool(id: &str, scheme: Scheme, endpoints: &[SocketAddr]) -> Pool {
    let endpoints = endpoints.iter().map(|address| Endpoint {
        scheme,
        host: address.ip().to_string(),
        port: address.port(),
        authority: address.to_string(),
        base_path: String::new(),
        weight: 1,
    });
    Pool {
        id: PoolId(id.to_owned()),
        discovery: Discovery::Static(endpoints.collect()),
        balance: Balance::RoundRobin,
        transport: Transport {
            connect_timeout_us: None,
            tls_handshake_timeout_us: 5_000_000,
            response_header_timeout_us: None,
            idle_timeout_us: None,
            idle_per_endpoint_max: 1,
            idle_max: None,
            close_after_request: false,
            tcp_keepalive_us: None,
            fallback_delay_us: 300_000,
            header_bytes_max: 65_536,
            header_case: HeaderCase::AsReceived,
            protocol: Protocol::Http1,
            tls: TlsClient {
                insecure: true,
                ..TlsClient::default()
            },
        },
        health: None,
        origin: Origin::default_value(),
    }
}

/// A route to the pool of its own name that asks for these names in the handshake.
fn route(name: &str, protocol: StreamProtocol, position: u32, snis: &[&str]) -> StreamRoute {
    let fields = FieldMatch {
        snis: snis.iter().map(|&name| name.to_owned()).collect(),
        ..FieldMatch::default()
    };
    StreamRoute {
        name: name.to_owned(),
        matches: vec![RequestMatch {
            position,
            rule: MatchRule::Fields(fields),
        }],
        protocol,
        pool: PoolId(name.to_owned()),
        retries: Retries::default(),
        limits: limits(60_000),
        origin: Origin::default_value(),
    }
}

/// One listener with these routes.
fn blueprint(routes: Vec<StreamRoute>, pools: Vec<Pool>, tls: Option<TlsTermination>) -> Blueprint {
    let site = SiteId("streams".to_owned());
    Blueprint {
        name: "test".to_owned(),
        dialect: "test".to_owned(),
        listeners: vec![Listener {
            name: "stream".to_owned(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            tls,
            h2c: false,
            header_case: HeaderCase::AsReceived,
            limits: ListenerLimits {
                header_bytes_max: 65_536,
                header_read_timeout_us: None,
                read_timeout_us: None,
                write_timeout_us: None,
                idle_timeout_us: None,
                connections_max: 1000,
            },
            site: site.clone(),
            origin: Origin::default_value(),
        }],
        sites: Vec::new(),
        streams: vec![StreamSite { id: site, routes }],
        pools,
        consumers: Vec::new(),
        logging: Logging {
            level: Level::Info,
            prefix: String::new(),
            stdout: false,
            syslog_facility: None,
            format: LogFormat::Text,
        },
        drain_ms_max: None,
    }
}

/// Plain connections to these endpoints.
fn plain(endpoints: &[SocketAddr]) -> Blueprint {
    let route = route("db", StreamProtocol::Tcp, 0, &[]);
    blueprint(vec![route], vec![pool("db", Scheme::Http, endpoints)], None)
}

/// TLS with a certificate for these names.
fn termination(names: &[&str]) -> TlsTermination {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let pem = |file: &str, text: String| Pem {
        file: file.to_owned(),
        bytes: Arc::from(text.as_bytes()),
    };
    TlsTermination {
        certificates: vec![CertificateFiles {
            certificate: pem("cert", made.cert.pem()),
            key: pem("key", made.signing_key.serialize_pem()),
            server_names: Vec::new(),
            origin: Origin::default_value(),
        }],
        self_signed: None,
        http2: false,
        version_min: TlsVersion::Tls12,
        version_max: TlsVersion::Tls13,
        cipher_suites: Vec::new(),
        curves: Vec::new(),
        client_certificate_required: false,
        client_authorities: Vec::new(),
        system_authorities: false,
    }
}

/// Reads to the end; a reset is one, too.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    all
}

/// Says that nothing more will be sent; the other side may be gone already.
fn finish(stream: &TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
}
