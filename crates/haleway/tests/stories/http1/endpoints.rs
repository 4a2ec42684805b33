//! Connections to an endpoint: which of them are used again, and what happens to a request whose
//! connection is gone.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use super::{Part, SOON, Site, both, connection_of, kong, krakend, play, stage};
use crate::harness::upstream::answer;
use crate::harness::{Client, DEADLINE, Message, Peer, Upstream};

/// Answers behind which a connection stays.
const STAYING: &[(&str, Part)] = &[
    ("a length", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("no body", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }),
    ("chunks", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }),
    ("chunks whose end comes by itself", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        peer.send("0\r\n");
        peer.send("\r\n");
    }),
    ("chunks and trailers", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Late: 1\r\n\r\n");
    }),
    ("no chunks", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    }),
    ("said to stay", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("HTTP/1.0 that stays", |peer| {
        peer.send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("interim answers", |peer| {
        peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\n");
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("a failure", |peer| {
        peer.send("HTTP/1.1 500 No\r\nContent-Length: 5\r\n\r\nhello");
    }),
];

/// Answers behind which a connection ends.
const ENDING: &[(&str, Part)] = &[
    ("close", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("close in a list", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nConnection: X-Own, Close\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("close with chunks", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }),
    ("close without a body", |peer| {
        peer.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    }),
    ("HTTP/1.0", |peer| {
        peer.send("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    }),
    ("bytes behind a length", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
    }),
    ("bytes behind chunks", |peer| {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
    }),
];

#[test]
fn a_connection_is_used_again_behind_a_whole_answer() {
    let upstream = stage(STAYING);
    for site in both(&upstream) {
        let mut client = site.connect();
        let connection = connection_of(&mut client);
        for (place, (what, _)) in STAYING.iter().enumerate() {
            play(&mut client, place);
            client.answer();
            let same = connection_of(&mut client);
            assert_eq!(same, connection, "{} {what}", site.name);
        }
    }
}

#[test]
fn a_connection_is_not_used_again_where_the_endpoint_ends_it_or_says_too_much() {
    let upstream = stage(ENDING);
    for site in both(&upstream) {
        let mut client = site.connect();
        for (place, (what, _)) in ENDING.iter().enumerate() {
            let before = connection_of(&mut client);
            play(&mut client, place);
            let answer = client.answer();
            assert!(!answer.text().contains("bad"), "{} {what}", site.name);
            let after = connection_of(&mut client);
            assert_ne!(after, before, "{} {what}: used again", site.name);
        }
    }
}

/// Closes its own side.
const CLOSES: Part = |peer| {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let stream = &peer.wire.stream;
    stream.shutdown(std::net::Shutdown::Write).unwrap();
};

/// Parts behind which the gateway has to close, too.
const USELESS: [Part; 5] = [ENDING[0].1, ENDING[2].1, ENDING[4].1, ENDING[5].1, CLOSES];

#[test]
fn a_connection_that_is_of_no_use_is_closed() {
    for site in [krakend as fn(&Upstream) -> Site, kong] {
        let (tell, told) = channel();
        let tell = Mutex::new(tell);
        let upstream = Upstream::with(move |peer| {
            if peer.request().is_some() {
                USELESS[peer.number](peer);
                let more = peer.wire.rest();
                tell.lock().unwrap().send(more.len()).unwrap();
            }
        });
        let site = site(&upstream);
        let mut client = site.connect();
        for _ in USELESS {
            assert_eq!(client.ask("GET", "/x").status(), 200, "{}", site.name);
        }
        // The last one, too, behind which nobody asks for anything.
        for _ in USELESS {
            let more = told.recv_timeout(SOON).expect(site.name);
            assert_eq!(more, 0, "{}: used again", site.name);
        }
    }
}

#[test]
fn what_an_endpoint_says_unasked_is_no_answer() {
    let (go_on, waits) = channel::<()>();
    let (tell, told) = channel();
    let (waits, tell) = (Mutex::new(waits), Mutex::new(tell));
    let upstream = Upstream::with(move |peer| {
        while peer.request().is_some() {
            peer.send(answer(200, "text/plain", "sound"));
            // The client has all of it before more is said.
            if waits.lock().unwrap().recv().is_ok() {
                peer.send("HTTP/1.1 408 Too late\r\nContent-Length: 3\r\n\r\nbad");
                tell.lock().unwrap().send(()).unwrap();
            }
        }
    });
    for site in both(&upstream) {
        let mut client = site.connect();
        for _ in 0..3 {
            assert_eq!(client.ask("GET", "/x").text(), "sound", "{}", site.name);
            go_on.send(()).unwrap();
            told.recv_timeout(DEADLINE).unwrap();
        }
    }
}

/// What the next request finds of a connection that has served one.
type Deed = fn(&mut Peer);

/// An endpoint that answers the first request of each connection; then something happens to the
/// connection, and the client is told that it has.
fn forgetful(deed: Deed) -> (Upstream, Receiver<()>) {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::with(move |peer| {
        let Some(request) = peer.request() else {
            return;
        };
        peer.send(answer(200, "text/plain", request.text()));
        if peer.number.is_multiple_of(2) {
            deed(peer);
            let _ = tell.lock().unwrap().send(());
            peer.hang();
        }
    });
    (upstream, told)
}

const POSTS: [(&str, &str); 3] = [
    ("a length", "Content-Length: 5\r\n\r\nhello"),
    (
        "chunks",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ),
    ("no body", "Content-Length: 0\r\n\r\n"),
];

#[test]
fn a_connection_closed_at_rest_costs_no_request_that_may_not_be_repeated() {
    let closes: Deed = |peer| {
        peer.wire
            .stream
            .shutdown(std::net::Shutdown::Write)
            .unwrap()
    };
    for site in [krakend as fn(&Upstream) -> Site, kong, super::unbuffered] {
        let (upstream, closed) = forgetful(closes);
        let site = site(&upstream);
        for (what, rest) in POSTS {
            let mut client = site.connect();
            assert_eq!(client.ask("GET", "/x").status(), 200);
            closed.recv_timeout(DEADLINE).unwrap();
            client.send(format!("POST /x HTTP/1.1\r\nHost: a\r\n{rest}"));
            let answer = client.answer();
            assert_eq!(answer.status(), 200, "{} {what}: {answer:?}", site.name);
            let body = if what == "no body" { "" } else { "hello" };
            assert_eq!(answer.text(), body, "{} {what}", site.name);
        }
        let requests = upstream.requests();
        let posts = requests.iter().filter(|it| it.asked() == "POST /x");
        assert_eq!(posts.count(), POSTS.len(), "{}", site.name);
    }
}

/// Ends a connection in the second request on it, which was read to its end.
fn deadly(end: Deed) -> Upstream {
    Upstream::with(move |peer| {
        while let Some(request) = peer.request() {
            if request.header("x-deadly").is_some() {
                return end(peer);
            }
            peer.send(answer(200, "text/plain", "sound"));
        }
    })
}

fn asked_deadly(upstream: &Arc<Upstream>) -> Vec<Message> {
    let mut requests = upstream.requests();
    requests.retain(|request| request.header("x-deadly").is_some());
    requests
}

fn ask_deadly(client: &mut Client, start: &str, rest: &str) -> u16 {
    assert_eq!(client.ask("GET", "/x").text(), "sound");
    client.send(format!(
        "{start} HTTP/1.1\r\nHost: a\r\nX-Deadly: 1\r\n{rest}"
    ));
    client.answer().status()
}

#[test]
fn a_request_that_may_have_had_its_effect_is_not_sent_twice() {
    for end in [Peer::close as Deed, Peer::reset] {
        let upstream = Arc::new(deadly(end));
        for site in both(&upstream) {
            for (what, rest) in POSTS {
                let before = asked_deadly(&upstream).len();
                let mut client = site.connect();
                let status = ask_deadly(&mut client, "POST /x", rest);
                assert!(status >= 500, "{} {what}: {status}", site.name);
                let after = asked_deadly(&upstream).len();
                assert_eq!(after - before, 1, "{} {what}", site.name);
                // The client's own connection is no worse for it.
                assert_eq!(client.ask("GET", "/x").text(), "sound");
            }
        }
    }
}

#[test]
fn a_request_that_may_be_repeated_is_sent_once_more_and_no_oftener() {
    for end in [Peer::close as Deed, Peer::reset] {
        let upstream = Arc::new(deadly(end));
        for site in both(&upstream) {
            let before = asked_deadly(&upstream).len();
            let mut client = site.connect();
            let status = ask_deadly(&mut client, "GET /x", "\r\n");
            assert!(status >= 500, "{}: {status}", site.name);
            let after = asked_deadly(&upstream).len();
            assert_eq!(after - before, 2, "{}", site.name);
        }
    }
}

#[test]
fn an_endpoint_sees_one_request_at_a_time() {
    let upstream = Upstream::with(|peer| {
        while peer.request().is_some() {
            peer.wire.stream.set_nonblocking(true).unwrap();
            let early = peer.wire.some();
            peer.wire.stream.set_nonblocking(false).unwrap();
            let alone = early.is_err();
            peer.send(answer(
                200,
                "text/plain",
                if alone { "alone" } else { "crowded" },
            ));
        }
    });
    for site in both(&upstream) {
        let mut client = site.connect();
        for _ in 0..10 {
            client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n".repeat(4));
            for _ in 0..4 {
                assert_eq!(client.answer().text(), "alone", "{}", site.name);
            }
        }
    }
}
