//! In the clear, and over TCP.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use haleway_blueprint::ProbeKind;
use haleway_health::What;

use super::{End, FINE, PATIENT, Served, keeping, request, run, target};

const OK: What = What::Status(200);

#[test]
fn a_kept_connection_serves_probe_after_probe() {
    run(|mut probing| async move {
        let served = Served::answering(FINE);
        let target = keeping(&served);
        for _ in 0..5 {
            assert_eq!(probing.ask(&target).await, OK);
        }
        assert_eq!(served.connections(), 1);
        let asked = served.asked();
        assert_eq!(asked.len(), 5);
        let host = served.address;
        let expected = format!("GET /up HTTP/1.1\r\nHost: {host}\r\n\r\n");
        assert!(asked.iter().all(|head| *head == expected), "{asked:?}");
    });
}

#[test]
fn one_that_is_not_kept_ends_with_its_probe_and_in_order() {
    run(|mut probing| async move {
        let served = Served::answering(FINE);
        let target = target(
            "127.0.0.1",
            served.address.port(),
            request(ProbeKind::Http, false),
        );
        for number in 1..=3 {
            assert_eq!(probing.ask(&target).await, OK);
            assert_eq!(served.end(), End::Orderly);
            assert_eq!(served.connections(), number);
        }
        assert!(served.asked()[0].contains("Connection: close\r\n"));
    });
}

#[test]
fn a_connection_that_ended_meanwhile_is_replaced_and_costs_no_failure() {
    run(|mut probing| async move {
        // Each ends behind its answer, before the next probe or while that is sent.
        let served = Served::by(|_, peer| {
            peer.asked();
            peer.send(FINE);
            peer.close();
        });
        let target = keeping(&served);
        for number in 1..=4 {
            assert_eq!(probing.ask(&target).await, OK);
            assert_eq!(served.connections(), number);
        }
    });
}

#[test]
fn one_that_ends_before_the_first_byte_of_an_answer_is_replaced() {
    run(|mut probing| async move {
        let served = Served::by(|number, peer| {
            peer.asked();
            peer.send(FINE);
            if number == 0 {
                // It takes the next request, and has gone.
                peer.asked();
                peer.close();
            }
            while peer.asked() {
                peer.send(FINE);
            }
        });
        let target = keeping(&served);
        for connections in [1, 2, 2] {
            assert_eq!(probing.ask(&target).await, OK);
            assert_eq!(served.connections(), connections);
        }
        assert_eq!(served.asked().len(), 4, "one was asked twice");
    });
}

#[test]
fn an_answer_that_breaks_off_is_a_failure_on_a_kept_connection_too() {
    run(|mut probing| async move {
        let served = Served::by(|_, peer| {
            peer.asked();
            peer.send(FINE);
            peer.asked();
            peer.send("HTTP/1.1 2");
            peer.close();
        });
        let target = keeping(&served);
        assert_eq!(probing.ask(&target).await, OK);
        assert_eq!(probing.ask(&target).await, What::Reset);
        assert_eq!(served.connections(), 1);
    });
}

#[test]
fn a_connection_is_replaced_once_and_what_comes_of_that_counts() {
    run(|mut probing| async move {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut some = [0; 1024];
            assert!(stream.read(&mut some).unwrap() > 0);
            stream.write_all(FINE.as_bytes()).unwrap();
            // Nobody else is let in; the one who is there may ask on.
            drop(listener);
            assert!(stream.read(&mut some).unwrap() > 0);
            stream.write_all(FINE.as_bytes()).unwrap();
        });
        let target = target("127.0.0.1", port, request(ProbeKind::Http, true));
        assert_eq!(probing.ask(&target).await, OK);
        assert_eq!(probing.ask(&target).await, OK, "it does not notice");
        serving.join().unwrap();
        assert_eq!(probing.ask(&target).await, What::Refused);
    });
}

#[test]
fn bodies_are_read_up_to_their_end() {
    run(|mut probing| async move {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let served = Served::by(move |_, peer| {
            while peer.asked() {
                peer.send(chunked);
                peer.send("7d0\r\n");
                peer.send(&"x".repeat(2000));
                peer.send("\r\n0\r\n\r\n");
            }
        });
        let target = keeping(&served);
        for _ in 0..3 {
            assert_eq!(probing.ask(&target).await, OK);
        }
        assert_eq!(served.connections(), 1);
    });
}

#[test]
fn a_body_that_is_too_large_or_ends_with_its_connection_is_not_worth_keeping_it() {
    for head in ["Content-Length: 9999999\r\n", ""] {
        run(|mut probing| async move {
            let served = Served::by(move |_, peer| {
                peer.asked();
                peer.send(&format!("HTTP/1.1 503 x\r\n{head}\r\nbody"));
                // It stays open until the client ends it.
                peer.asked();
            });
            let target = keeping(&served);
            for number in 1..=2 {
                assert_eq!(probing.ask(&target).await, What::Status(503));
                served.end();
                assert_eq!(served.connections(), number);
            }
        });
    }
}

#[test]
fn a_body_that_never_ends_costs_its_connection_and_not_the_verdict() {
    run(|mut probing| async move {
        let served = Served::by(|_, peer| {
            peer.asked();
            peer.send("HTTP/1.1 204 x\r\nX: ");
            peer.asked();
        });
        let target = keeping(&served);
        let report = probing.ask_within(&target, Duration::from_millis(50)).await;
        assert_eq!(report.what, What::Status(204));
        assert!(report.latency_us >= 50_000, "{}", report.latency_us);
        served.end();
    });
}

#[test]
fn the_connection_goes_with_the_endpoint() {
    run(|mut probing| async move {
        let served = Served::answering(FINE);
        let target = keeping(&served);
        assert_eq!(probing.ask(&target).await, OK);
        drop(target);
        assert_eq!(served.end(), End::Orderly);
    });
}

#[test]
fn who_wants_1_0_has_a_connection_per_probe() {
    run(|mut probing| async move {
        let served = Served::by(|_, peer| {
            while peer.asked() {
                let old = peer
                    .heads
                    .lock()
                    .unwrap()
                    .last()
                    .unwrap()
                    .contains("HTTP/1.0");
                let status = if old { "200 OK" } else { "505 x" };
                peer.send(&format!("HTTP/1.0 {status}\r\nContent-Length: 0\r\n\r\n"));
            }
        });
        let target = keeping(&served);
        for connections in [2, 3, 4] {
            assert_eq!(probing.ask(&target).await, OK);
            assert_eq!(served.connections(), connections);
        }
    });
}

#[test]
fn a_connection_is_enough_over_tcp() {
    run(|mut probing| async move {
        let served = Served::by(|_, peer| {
            peer.asked();
        });
        let port = served.address.port();
        for keeps in [false, true] {
            let target = target("127.0.0.1", port, request(ProbeKind::Tcp, keeps));
            assert_eq!(probing.ask(&target).await, What::Connected);
            assert_eq!(served.end(), End::Orderly, "nothing to keep");
        }
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = gone.local_addr().unwrap().port();
        drop(gone);
        let dead = target("127.0.0.1", port, request(ProbeKind::Tcp, false));
        assert_eq!(probing.ask(&dead).await, What::Refused);
    });
}

#[test]
fn who_says_nothing_is_given_up_in_time() {
    run(|mut probing| async move {
        let served = Served::by(|_, peer| while peer.asked() {});
        let target = keeping(&served);
        let limit = Duration::from_millis(30);
        let reports = probing.ask_all(&[&target; 100], limit).await;
        for report in reports {
            assert_eq!(report.what, What::AnswerTimeout);
            assert!(report.latency_us >= 30_000, "{}", report.latency_us);
        }
    });
}

#[test]
fn names_are_looked_up_and_all_their_addresses_tried() {
    run(|mut probing| async move {
        // The name may mean ::1 first, where nobody listens.
        let served = Served::answering(FINE);
        let target = target(
            "localhost",
            served.address.port(),
            request(ProbeKind::Http, true),
        );
        for _ in 0..2 {
            assert_eq!(probing.ask(&target).await, OK);
        }
        assert_eq!(served.connections(), 1);
        let nobody = super::target("nobody.invalid", 80, request(ProbeKind::Http, true));
        assert_ne!(probing.ask(&nobody).await, OK);
    });
}

#[test]
fn hundreds_are_asked_at_once() {
    run(|mut probing| async move {
        let served = Served::answering(FINE);
        let targets: Vec<_> = (0..300).map(|_| keeping(&served)).collect();
        let all: Vec<_> = targets.iter().collect();
        for _ in 0..3 {
            let reports = probing.ask_all(&all, PATIENT).await;
            assert!(reports.iter().all(|report| report.what == OK));
        }
        assert_eq!(served.connections(), 300);
        assert_eq!(served.asked().len(), 900);
    });
}

#[test]
fn a_request_that_is_larger_than_the_system_takes_at_once_is_sent_whole() {
    run(|mut probing| async move {
        let served = Served::answering(FINE);
        let mut probe = request(ProbeKind::Http, true);
        probe.path = format!("/{}", "x".repeat(8 * 1024 * 1024));
        let target = target("127.0.0.1", served.address.port(), probe);
        assert_eq!(probing.ask(&target).await, OK);
        assert!(served.asked()[0].len() > 8 * 1024 * 1024);
    });
}
