//! Requests on a connection: how many it carries, in which order, and when it ends.

use super::{both, echo, krakend, send_bytewise, to_the_end};
use crate::harness::upstream::answer;
use crate::harness::{Client, Upstream};

const POST: &str = "POST /x?n=2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED: &str = "POST /x?n=3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                       3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";

fn is_answered(client: &mut Client, asked: &str, body: &str, what: &str) {
    let answer = client.answer();
    assert_eq!(answer.status(), 200, "{what}");
    assert_eq!(answer.header("x-asked"), Some(asked), "{what}");
    assert_eq!(answer.text(), body, "{what}");
}

#[test]
fn a_connection_carries_many_requests() {
    let upstream = echo();
    for site in both(&upstream) {
        let mut client = site.connect();
        for n in 0..40 {
            let get = format!("GET /x?n={n}");
            client.send(format!("{get} HTTP/1.1\r\nHost: a\r\n\r\n"));
            is_answered(&mut client, &get, "", site.name);
            client.send(POST);
            is_answered(&mut client, "POST /x?n=2", "hello", site.name);
            client.send(CHUNKED);
            is_answered(&mut client, "POST /x?n=3", "onetwo", site.name);
        }
    }
}

#[test]
fn requests_sent_ahead_are_answered_in_order() {
    let get = |n: usize| format!("GET /x?n={n} HTTP/1.1\r\nHost: a\r\n\r\n");
    let all = [&get(1), POST, CHUNKED, &get(4), CHUNKED, &get(6)].concat();
    let upstream = echo();
    for site in both(&upstream) {
        for bytewise in [false, true] {
            let mut client = site.connect();
            if bytewise {
                send_bytewise(&mut client, &all);
            } else {
                client.send(&all);
            }
            for (asked, body) in [
                ("GET /x?n=1", ""),
                ("POST /x?n=2", "hello"),
                ("POST /x?n=3", "onetwo"),
                ("GET /x?n=4", ""),
                ("POST /x?n=3", "onetwo"),
                ("GET /x?n=6", ""),
            ] {
                is_answered(&mut client, asked, body, site.name);
            }
        }
    }
}

#[test]
fn a_request_sent_ahead_waits_for_a_large_answer_before_it() {
    const LARGE: usize = 4 << 20;
    let upstream = Upstream::by(|request| {
        let length = if request.asked().contains("large") {
            LARGE
        } else {
            3
        };
        answer(200, "text/plain", &"x".repeat(length))
    });
    for site in both(&upstream) {
        let mut client = site.connect();
        for _ in 0..2 {
            client.send(
                "GET /x?large HTTP/1.1\r\nHost: a\r\n\r\nGET /x?small HTTP/1.1\r\nHost: a\r\n\r\n",
            );
            assert_eq!(client.answer().body.len(), LARGE, "{}", site.name);
            assert_eq!(client.answer().text(), "xxx", "{}", site.name);
        }
    }
}

#[test]
fn an_old_client_has_one_answer_unless_it_asks_for_more() {
    let upstream = echo();
    for site in both(&upstream) {
        let mut client = site.connect();
        // What it sends behind its only request is none.
        client.send("GET /x?n=1 HTTP/1.0\r\n\r\nGET /x?n=2 HTTP/1.0\r\n\r\n");
        is_answered(&mut client, "GET /x?n=1", "", site.name);
        assert!(client.is_closed(), "{}", site.name);
        let mut client = site.connect();
        for n in 0..3 {
            client.send(format!(
                "POST /x?n={n} HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello"
            ));
            let answer = client.answer();
            assert_eq!(answer.text(), "hello", "{}", site.name);
            let stays = answer.header("connection").unwrap();
            assert!(stays.eq_ignore_ascii_case("keep-alive"), "{stays}");
        }
        client.send("GET /x HTTP/1.0\r\n\r\n");
        is_answered(&mut client, "GET /x", "", site.name);
        assert!(client.is_closed(), "{}", site.name);
    }
}

#[test]
fn what_follows_the_last_request_is_none() {
    let upstream = echo();
    for site in both(&upstream) {
        for close in ["close", "Close", "X-Other, close", "close, X-Other"] {
            let mut client = site.connect();
            client.send(format!(
                "GET /x?n=1 HTTP/1.1\r\nHost: a\r\nConnection: {close}\r\n\r\n\
                 GET /x?n=2 HTTP/1.1\r\nHost: a\r\n\r\n"
            ));
            let answer = client.answer();
            assert_eq!(answer.header("x-asked"), Some("GET /x?n=1"), "{close}");
            assert_eq!(answer.header("connection"), Some("close"), "{close}");
            assert!(to_the_end(&mut client).is_empty(), "{} {close}", site.name);
        }
    }
    let asked = upstream.requests();
    assert!(asked.iter().all(|request| request.asked() == "GET /x?n=1"));
}

#[test]
fn a_head_request_is_told_a_length_and_gets_no_body() {
    let upstream = Upstream::by(|request| match request.asked() {
        "HEAD /x" => b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n".to_vec(),
        _ => answer(200, "text/plain", "hello"),
    });
    for site in both(&upstream) {
        let mut client = site.connect();
        // KrakenD has no endpoints of this method: what it says itself is held to the same.
        for target in ["/x", "/none", "/x"] {
            let head = client.ask("HEAD", target);
            let length: u64 = head.header("content-length").unwrap().parse().unwrap();
            assert!(length > 0, "{} {target}", site.name);
            if head.status() == 200 {
                assert_eq!(length, 12345);
            }
            assert_eq!(client.ask("GET", "/x").text(), "hello", "{}", site.name);
        }
    }
    let asked = upstream.requests();
    let heads = asked.iter().filter(|it| it.asked() == "HEAD /x").count();
    assert_eq!(heads, 2, "Kong passes them on");
}

#[test]
fn empty_lines_before_a_request_are_passed_over() {
    let upstream = echo();
    for site in both(&upstream) {
        let mut client = site.connect();
        let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
        for before in ["\r\n", "\r\n\r\n\r\n", "\r\n"] {
            client.send(format!("{before}{get}"));
            is_answered(&mut client, "GET /x", "", site.name);
            // Old browsers end the body of a form so.
            client.send(format!("{POST}\r\n{get}"));
            is_answered(&mut client, "POST /x?n=2", "hello", site.name);
            is_answered(&mut client, "GET /x", "", site.name);
        }
    }
}

#[test]
fn lines_of_a_head_may_end_as_one_types_them() {
    let upstream = echo();
    for site in both(&upstream) {
        let mut client = site.connect();
        for head in [
            "POST /x HTTP/1.1\nHost: a\nContent-Length: 5\n\n",
            "POST /x HTTP/1.1\r\nHost: a\nContent-Length: 5\r\n\n",
        ] {
            client.send(format!("{head}hello"));
            is_answered(&mut client, "POST /x", "hello", site.name);
        }
    }
}

#[test]
fn a_target_may_name_its_host() {
    let upstream = echo();
    for site in both(&upstream) {
        let mut client = site.connect();
        // The target's host counts, not that of the header (RFC 9112, 3.2.2).
        client.send("GET http://shop.example/x?n=1 HTTP/1.1\r\nHost: other.example\r\n\r\n");
        is_answered(&mut client, "GET /x?n=1", "", site.name);
        let seen = upstream.requests().pop().unwrap();
        let host = seen.header("x-forwarded-host");
        assert_eq!(host, Some("shop.example"), "{}", site.name);
        client.send("GET http://shop.example/x HTTP/1.1\r\n\r\n");
        assert_eq!(client.answer().status(), 400, "{}", site.name);
    }
}

#[test]
fn targets_that_are_no_path_reach_no_endpoint() {
    let upstream = echo();
    for site in both(&upstream) {
        let mut client = site.connect();
        for start in ["OPTIONS *", "GET *", "CONNECT shop.example:443"] {
            client.send(format!("{start} HTTP/1.1\r\nHost: a\r\n\r\n"));
            let status = client.answer().status();
            // KrakenD's own server says 200 to the first of them; there is nothing more to say.
            assert!(status >= 400 || start == "OPTIONS *", "{start}: {status}");
            if super::next_unless_closed(&mut client).is_none() {
                client = site.connect();
            }
        }
    }
    let asked = upstream.requests();
    assert!(asked.iter().all(|it| it.asked() == "GET /x?next=1"));
}

#[test]
fn many_connections_do_not_mix_their_answers() {
    let upstream = echo();
    let site = krakend(&upstream);
    let mut clients: Vec<Client> = (0..50).map(|_| site.connect()).collect();
    for round in 0..3 {
        for (n, client) in clients.iter_mut().enumerate() {
            client.send(format!("GET /x?n={round}-{n} HTTP/1.1\r\nHost: a\r\n\r\n"));
        }
        for (n, client) in clients.iter_mut().enumerate() {
            is_answered(client, &format!("GET /x?n={round}-{n}"), "", "");
        }
    }
}
