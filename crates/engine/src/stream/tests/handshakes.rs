//! TLS on either side: ended here, carried on, or begun towards endpoints.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use haleway_blueprint::{Scheme, StreamProtocol, TlsTermination};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, ServerConfig, ServerConnection,
    SignatureScheme, StreamOwned,
};

use super::{
    Carrier, blueprint, connect, double, doubling, exchange, finish, is_closed, plain, pool, rest,
    route, termination, upstream,
};

type Client = StreamOwned<ClientConnection, TcpStream>;

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// A client that trusts everybody and offers these protocols.
pub(super) fn config(protocols: &[&str]) -> Arc<ClientConfig> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    Arc::new(config)
}

fn secured(to: SocketAddr, name: &str, protocols: &[&str]) -> Client {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connection = ClientConnection::new(config(protocols), name).unwrap();
    StreamOwned::new(connection, connect(to))
}

/// The certificate that the other side shows, once something was exchanged.
fn shown(client: &Client) -> Vec<u8> {
    let chain = client.conn.peer_certificates().unwrap();
    chain[0].to_vec()
}

#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// An upstream with a certificate of its own, which speaks these protocols only; says its name,
/// then the name that it was asked for, then everything twice.
fn secured_upstream(name: &'static str, protocols: &[&str]) -> (SocketAddr, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let certificate = made.cert.der().to_vec();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    let config = Arc::new(config);
    let address = upstream(move |tcp| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(connection, tcp);
        double(&mut stream, name);
        stream.conn.send_close_notify();
        // Whoever was refused is gone.
        let _ = stream.conn.write_tls(&mut stream.sock);
    });
    (address, certificate)
}

/// `a.test` ends here and goes on in the clear, `b.test` goes through, both on one listener.
fn both(passed: SocketAddr, tls: TlsTermination) -> Carrier {
    let routes = vec![
        route("a", StreamProtocol::Tls, 0, &["a.test"]),
        route("b", StreamProtocol::TlsPassthrough, 1, &["*.b.test"]),
    ];
    let pools = vec![
        pool("a", Scheme::Http, &[doubling("a")]),
        pool("b", Scheme::Http, &[passed]),
    ];
    Carrier::start(blueprint(routes, pools, Some(tls)))
}

fn der(tls: &TlsTermination) -> Vec<u8> {
    use rustls::pki_types::pem::PemObject;
    let pem = &tls.certificates[0].certificate.bytes;
    CertificateDer::from_pem_slice(pem).unwrap().to_vec()
}

#[test]
fn the_name_says_whether_tls_ends_here() {
    let (passed, certificate) = secured_upstream("b", &["own"]);
    let tls = termination(&["a.test"]);
    let own = der(&tls);
    let carrier = both(passed, tls);

    // What a client offers to speak inside is no reason to refuse it.
    let mut ended = secured(carrier.address, "A.test", &["mqtt"]);
    assert_eq!(exchange(&mut ended, "xy", 5), "axyxy");
    assert!(shown(&ended) == own);
    assert_eq!(ended.conn.alpn_protocol(), None);

    let mut through = secured(carrier.address, "deep.b.test", &["own"]);
    assert_eq!(exchange(&mut through, "xy", 5), "bxyxy");
    assert!(shown(&through) == certificate);
    assert_eq!(through.conn.alpn_protocol(), Some(&b"own"[..]));

    for unknown in ["c.test", "b.test", "127.0.0.1"] {
        let mut refused = secured(carrier.address, unknown, &[]);
        assert!(
            refused
                .write_all(b"xy")
                .and_then(|()| refused.flush())
                .is_err()
        );
        let asked = refused.conn.peer_certificates();
        assert!(asked.is_none(), "{unknown} has seen a certificate");
    }
}

#[test]
fn the_end_of_tls_is_the_end_of_the_connection() {
    let (passed, _) = secured_upstream("b", &[]);
    let carrier = both(passed, termination(&["a.test"]));
    for name in ["a.test", "x.b.test"] {
        let mut client = secured(carrier.address, name, &[]);
        assert_eq!(exchange(&mut client, "xy", 5)[1..], *"xyxy");
        client.conn.send_close_notify();
        client.conn.write_tls(&mut client.sock).unwrap();
        let mut left = Vec::new();
        client.read_to_end(&mut left).unwrap();
        assert!(left.is_empty());
    }
}

/// Passes bytes one by one.
struct Trickle(TcpStream);

impl Read for Trickle {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Trickle {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.set_nodelay(true)?;
        self.0.write(&bytes[..bytes.len().min(1)])
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn a_handshake_may_come_byte_by_byte() {
    let (passed, _) = secured_upstream("b", &[]);
    let carrier = both(passed, termination(&["a.test"]));
    for (name, says) in [("a.test", "axyxy"), ("x.b.test", "bxyxy")] {
        let server = ServerName::try_from(name).unwrap();
        let connection = ClientConnection::new(config(&[]), server).unwrap();
        let mut client = StreamOwned::new(connection, Trickle(connect(carrier.address)));
        client.write_all(b"xy").unwrap();
        let mut got = [0; 5];
        client.read_exact(&mut got).unwrap();
        assert_eq!(got, says.as_bytes());
    }
}

#[test]
fn what_is_no_handshake_is_closed_and_harms_nobody() {
    let (passed, _) = secured_upstream("b", &[]);
    let carrier = both(passed, termination(&["a.test"]));
    let endless = [&[22, 3, 1, 0x40, 0, 1, 0, 0xff, 0xff][..], &[0; 70_000]].concat();
    let empty = [22, 3, 3, 0, 0].repeat(1000);
    let table: [&[u8]; 8] = [
        b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
        b"\x16",
        b"\x16\x02\x01\x00\x05hello",
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\x16\x03\x01\xff\xff",
        b"\x80\x2e\x01\x03\x01",
        &empty,
        &endless,
    ];
    for noise in table {
        let mut client = connect(carrier.address);
        // It may be closed while it sends.
        let _ = client.write_all(noise);
        let _ = client.shutdown(std::net::Shutdown::Write);
        assert!(
            rest(&mut client).is_empty(),
            "{:?}",
            &noise[..noise.len().min(9)]
        );
    }
    let mut client = secured(carrier.address, "a.test", &[]);
    assert_eq!(exchange(&mut client, "xy", 5), "axyxy");
}

#[test]
fn a_listener_without_tls_takes_no_handshake_apart() {
    let (passed, certificate) = secured_upstream("b", &[]);
    let carrier = Carrier::start(plain(&[passed]));
    let mut client = secured(carrier.address, "whatever.test", &[]);
    assert_eq!(exchange(&mut client, "xy", 5), "bxyxy");
    assert!(shown(&client) == certificate);
}

#[test]
fn endpoints_get_tls_from_us_where_they_want_it() {
    let (secret, _) = secured_upstream("b", &["own"]);
    let mut blueprint = plain(&[secret]);
    blueprint.pools = vec![pool("db", Scheme::Https, &[secret])];
    let carrier = Carrier::start(blueprint);
    let mut client = carrier.connect();
    assert_eq!(exchange(&mut client, "xy", 5), "bxyxy");
    finish(&client);
    assert!(is_closed(&mut client));
}

#[test]
fn a_handshake_that_fails_towards_an_endpoint_is_tried_elsewhere() {
    let (secret, _) = secured_upstream("b", &[]);
    let mute = upstream(|mut stream| {
        let _ = stream.read(&mut [0; 100]);
    });
    let mut blueprint = plain(&[]);
    blueprint.pools = vec![pool("db", Scheme::Https, &[mute, secret])];
    blueprint.streams[0].routes[0].retries.retries_max = 1;
    let carrier = Carrier::start(blueprint);
    for _ in 0..4 {
        assert_eq!(exchange(&mut carrier.connect(), "xy", 5), "bxyxy");
    }
    assert_eq!(carrier.counts()[1], (4, 0));
}
