//! Behind TLS, and in HTTP/2.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use haleway_blueprint::ProbeKind;
use haleway_health::What;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{FINE, PATIENT, Served, request, run, target};
use crate::tls::provider;

const OK: What = What::Status(200);

fn certified() -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(provider(&[], &[]).unwrap())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    Arc::new(config)
}

/// Answers every request behind TLS; counts connections.
fn behind_tls() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (config, count) = (certified(), Arc::new(AtomicUsize::new(0)));
    let counted = count.clone();
    std::thread::spawn(move || {
        for tcp in listener.incoming().map_while(Result::ok) {
            counted.fetch_add(1, Ordering::SeqCst);
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, tcp);
            std::thread::spawn(move || {
                let mut head = [0; 4096];
                // The client ends it, or never trusted it.
                while stream.read(&mut head).is_ok_and(|count| count > 0) {
                    stream.write_all(FINE.as_bytes()).unwrap();
                }
            });
        }
    });
    (port, count)
}

/// Answers every request in HTTP/2 with a body of so many bytes; counts connections.
fn in_http2(body_bytes: usize) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((tcp, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = move |_: Request<Incoming>| async move {
                    let body = Full::new(Bytes::from(vec![b'x'; body_bytes]));
                    Ok::<_, std::convert::Infallible>(Response::new(body))
                };
                let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                let served = builder.serve_connection(TokioIo::new(tcp), service_fn(answer));
                tokio::spawn(served);
            }
        });
    });
    (port, count)
}

#[test]
fn a_connection_behind_tls_is_kept_or_not() {
    run(|mut probing| async move {
        for (keeps, expected) in [(true, 1), (false, 4)] {
            let (port, count) = behind_tls();
            let target = target("localhost", port, request(ProbeKind::Https, keeps));
            for _ in 0..4 {
                assert_eq!(probing.ask(&target).await, OK);
            }
            assert_eq!(count.load(Ordering::SeqCst), expected);
        }
    });
}

#[test]
fn who_cannot_be_trusted_or_speaks_no_tls_fails_at_the_handshake() {
    run(|mut probing| async move {
        let (port, _) = behind_tls();
        let mut strict = request(ProbeKind::Https, true);
        strict.verify = true;
        let strict = target("localhost", port, strict);
        assert_eq!(probing.ask(&strict).await, What::TlsFailed);
        let clear = Served::by(|_, peer| {
            peer.send(FINE);
            peer.close();
        });
        let https = request(ProbeKind::Https, true);
        let clear = target("127.0.0.1", clear.address.port(), https);
        assert_eq!(probing.ask(&clear).await, What::TlsFailed);
        let mute = Served::by(|_, peer| while peer.asked() {});
        let https = request(ProbeKind::Https, true);
        let mute = target("127.0.0.1", mute.address.port(), https);
        let report = probing.ask_within(&mute, Duration::from_millis(30)).await;
        assert_eq!(report.what, What::TlsTimeout);
    });
}

#[test]
fn a_connection_in_http2_is_kept_or_not() {
    run(|mut probing| async move {
        // One that would have to be read for too long is not worth it.
        for (keeps, body_bytes, expected) in [(true, 1000, 1), (false, 0, 3), (true, 1 << 20, 3)] {
            let (port, count) = in_http2(body_bytes);
            let target = target("127.0.0.1", port, request(ProbeKind::Http2, keeps));
            for _ in 0..3 {
                assert_eq!(probing.ask(&target).await, OK);
            }
            assert_eq!(
                count.load(Ordering::SeqCst),
                expected,
                "{keeps} {body_bytes}"
            );
        }
    });
}

#[test]
fn a_connection_in_http2_that_ended_meanwhile_is_replaced() {
    run(|mut probing| async move {
        // What comes after the first connection's end is refused by nobody: a proxy in between
        // that cuts each connection after some bytes.
        let (port, _) = in_http2(10);
        let cut = Served::by(move |_, peer| {
            let mut behind = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut back, mut front) = (
                behind.try_clone().unwrap(),
                peer.stream.try_clone().unwrap(),
            );
            let sending = std::thread::spawn(move || std::io::copy(&mut back, &mut front));
            let mut some = [0; 4096];
            let mut left = 200_usize;
            while let Ok(count) = peer.stream.read(&mut some) {
                left = left.saturating_sub(count);
                if count == 0 || left == 0 {
                    break;
                }
                behind.write_all(&some[..count]).unwrap();
            }
            peer.close();
            let _ = behind.shutdown(std::net::Shutdown::Both);
            let _ = sending.join();
        });
        let target = target(
            "127.0.0.1",
            cut.address.port(),
            request(ProbeKind::Http2, true),
        );
        for _ in 0..12 {
            assert_eq!(probing.ask_within(&target, PATIENT).await.what, OK);
        }
        let connections = cut.connections();
        assert!((2..12).contains(&connections), "{connections}");
    });
}
