//! HTTP/1 to the letter: what clients and endpoints see of it on their sockets, whatever speaks it
//! inside.
//!
//! Every gateway here runs on one core and so has one set of connections at rest: whether one of
//! them is used again follows from what was said on it, and from nothing else.

mod answers;
mod blame;
mod bodies;
mod bodiless;
mod broken;
mod closing;
mod early;
mod endpoints;
mod framing;
mod heads;
mod hostile;
mod leaving;
mod refusals;
mod requests;
mod streams;
mod unread;
mod words;

use std::io;
use std::time::Duration;

use crate::harness::config::{no_op, service};
use crate::harness::upstream::answer;
use crate::harness::{Client, Gateway, Message, Peer, Start, Upstream};
use crate::kong;

/// Longest wait for what a gateway does by itself: before a time limit of its own, or one of the
/// harness, could be what did it.
const SOON: Duration = Duration::from_secs(6);

/// A gateway that passes `/x` on to the `/x` of an endpoint.
struct Site {
    name: &'static str,
    gateway: Gateway,
}

impl Site {
    fn connect(&self) -> Client {
        Client::connect(self.gateway.address())
    }
}

/// An endpoint of KrakenD without encoding.
fn krakend(upstream: &Upstream) -> Site {
    let endpoints = ["GET", "POST", "DELETE"].map(|method| no_op(method, upstream));
    Site {
        name: "krakend",
        gateway: on_one_core(Start::with(&service(&endpoints))),
    }
}

/// A route of Kong: requests are read whole before they are sent on.
fn kong(upstream: &Upstream) -> Site {
    kong_with("kong", upstream, "")
}

/// A route of Kong that sends requests on as they come.
fn unbuffered(upstream: &Upstream) -> Site {
    kong_with("kong unbuffered", upstream, "\nrequest_buffering: false")
}

fn kong_with(name: &'static str, upstream: &Upstream, route: &str) -> Site {
    let route = format!("strip_path: false{route}");
    let config = kong::plain(upstream, "retries: 0", &route).replace("[/test]", "[/x]");
    Site {
        name,
        gateway: on_one_core(kong::start(&config)),
    }
}

fn on_one_core(start: Start) -> Gateway {
    start
        .variable("GOMAXPROCS", "1")
        .variable("KONG_NGINX_WORKER_PROCESSES", "1")
        .go()
}

fn both(upstream: &Upstream) -> [Site; 2] {
    [krakend(upstream), kong(upstream)]
}

/// What an endpoint does when it has read a request.
type Part = fn(&mut Peer);

/// An endpoint that does with each request what its `X-Part` says, by the place in these parts.
/// It answers a request without one with the number of their connection.
fn stage(parts: &'static [(&'static str, Part)]) -> Upstream {
    Upstream::with(move |peer| {
        while let Some(request) = peer.request() {
            match request.header("x-part") {
                Some(place) => parts[place.parse::<usize>().unwrap()].1(peer),
                None => peer.send(answer(200, "text/plain", &peer.number.to_string())),
            }
        }
    })
}

/// Asks a stage for one of its parts.
fn play(client: &mut Client, place: usize) {
    client.send(format!(
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Part: {place}\r\n\r\n"
    ));
}

/// Asks a stage for an answer that nothing is wrong with: the endpoint's connection that it came
/// from.
fn connection_of(client: &mut Client) -> usize {
    let answer = client.ask("GET", "/x");
    assert_eq!(answer.status(), 200, "{answer:?}");
    answer.text().parse().unwrap()
}

/// An endpoint that sends every body back, and the first line in `X-Asked`.
fn echo() -> Upstream {
    Upstream::by(|request| {
        let (asked, length) = (request.asked(), request.body.len());
        let head =
            format!("HTTP/1.1 200 OK\r\nX-Asked: {asked}\r\nContent-Length: {length}\r\n\r\n");
        [head.as_bytes(), &request.body].concat()
    })
}

/// Sends every byte by itself.
fn send_bytewise(client: &mut Client, text: &str) {
    for byte in text.bytes() {
        client.send([byte]);
    }
}

/// Everything up to the end of the connection, which must come.
fn to_the_end(client: &mut Client) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match client.wire.some() {
            Ok(piece) if piece.is_empty() => return all,
            Ok(piece) => all.extend(piece),
            Err(error) if is_end(&error) => return all,
            Err(error) => panic!("the connection was not closed: {error}"),
        }
    }
}

/// The statuses of answers that came before the end of the connection.
fn statuses_to_the_end(client: &mut Client) -> Vec<u16> {
    let all = to_the_end(client);
    let text = String::from_utf8_lossy(&all);
    let starts = text.match_indices("HTTP/1.");
    // A body may speak of versions, too, but puts no status behind them.
    starts
        .filter_map(|(at, _)| text[at..].split(' ').nth(1)?.parse().ok())
        .collect()
}

/// The answer to one more request, where a gateway may as well have closed the connection: `None`.
/// Neither of both is not allowed.
fn next_unless_closed(client: &mut Client) -> Option<Message> {
    let next = "GET /x?next=1 HTTP/1.1\r\nHost: a\r\n\r\n";
    let asked = client.try_send(next).and_then(|()| client.try_answer());
    match asked {
        Ok(answer) => Some(answer),
        Err(error) if is_end(&error) => None,
        Err(error) => panic!("neither answered nor closed: {error}"),
    }
}

fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
}

/// Says nothing but the length or the chunks of a body: never both.
fn is_framed_once(message: &Message) -> bool {
    let lengths = message.values("content-length").len();
    lengths + message.values("transfer-encoding").len() == 1
}
