//! Bodies that flow: piece by piece, both ways at once, and as fast as the slower side takes them.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{LazyLock, Mutex};

use super::{Site, both, kong, krakend, unbuffered};
use crate::harness::wire::Wire;
use crate::harness::{Client, Peer, Upstream};

/// An endpoint that sends one more piece each time it is told to, and then the end.
fn piecewise(head: &'static str, end: &'static str) -> (Upstream, Sender<&'static str>) {
    let (go_on, pieces) = channel();
    let pieces: Mutex<Receiver<&'static str>> = Mutex::new(pieces);
    let upstream = Upstream::with(move |peer| {
        peer.request();
        peer.send(head);
        for piece in pieces.lock().unwrap().iter() {
            peer.send(piece);
            if piece == end {
                break;
            }
        }
    });
    (upstream, go_on)
}

fn streamed(site: &Site, go_on: &Sender<&'static str>, chunked: bool, end: &'static str) {
    let mut client = site.connect();
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.wire.head().unwrap();
    for _ in 0..3 {
        go_on
            .send(if chunked { "3\r\none\r\n" } else { "one" })
            .unwrap();
        // The next piece is sent only when this one is here.
        assert_eq!(read_piece(&mut client, &head), b"one", "{}", site.name);
    }
    go_on.send(end).unwrap();
    if head.header("transfer-encoding").is_some() {
        assert!(client.wire.chunk().unwrap().is_empty(), "{}", site.name);
    }
}

/// Three bytes of a body, in as many chunks as the gateway likes.
fn read_piece(client: &mut Client, head: &crate::harness::Message) -> Vec<u8> {
    let mut piece = Vec::new();
    while piece.len() < 3 {
        match head.header("transfer-encoding") {
            Some(_) => piece.extend(client.wire.chunk().unwrap()),
            None => piece.extend(client.wire.exactly(1).unwrap()),
        }
    }
    piece
}

#[test]
fn pieces_of_an_answer_arrive_as_they_are_sent() {
    const LENGTH: &str = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const CLOSE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    for (head, chunked, end) in [
        (LENGTH, false, ""),
        (CHUNKED, true, "0\r\n\r\n"),
        (CLOSE, false, ""),
    ] {
        for site in [krakend as fn(&Upstream) -> Site, kong] {
            let (upstream, go_on) = piecewise(head, end);
            streamed(&site(&upstream), &go_on, chunked, end);
        }
    }
}

#[test]
fn both_directions_flow_at_once() {
    let upstream = Upstream::with(|peer| {
        if peer.head().is_none() {
            return;
        }
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        loop {
            let piece = peer.wire.chunk().unwrap();
            peer.send([format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat());
            if piece.is_empty() {
                return;
            }
        }
    });
    for site in [krakend(&upstream), unbuffered(&upstream)] {
        let mut client = site.connect();
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        let head = client.wire.head().unwrap();
        assert_eq!(head.status(), 200, "{}", site.name);
        for piece in ["one", "two", "six"] {
            client.send(format!("3\r\n{piece}\r\n"));
            let echoed = read_piece(&mut client, &head);
            assert_eq!(echoed, piece.as_bytes(), "{}", site.name);
        }
        client.send("0\r\n\r\n");
        assert!(client.wire.chunk().unwrap().is_empty(), "{}", site.name);
    }
}

/// More than the buffers on the way hold, with another number at every place.
fn large() -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> =
        LazyLock::new(|| (0..2u32 << 20).flat_map(u32::to_le_bytes).collect());
    &BYTES
}

/// In chunks of many sizes.
fn write_chunks(mut stream: impl Write) -> io::Result<()> {
    let mut rest = large();
    for size in [1, 7, 4096, 65_536, 100_000].into_iter().cycle() {
        let (chunk, after) = rest.split_at(rest.len().min(size));
        rest = after;
        stream.write_all(format!("{:X}\r\n", chunk.len()).as_bytes())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")?;
        if chunk.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}

/// Takes little at once, so that what is on its way fills every buffer.
struct Sips(TcpStream);

impl Read for Sips {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = into.len().min(1000);
        self.0.read(&mut into[..count])
    }
}

fn sipping(stream: &TcpStream) -> Wire<Sips> {
    Wire::over(Sips(stream.try_clone().unwrap()))
}

/// Reads a large body slowly, and sends one back as fast as it is taken.
fn takes_large(peer: &mut Peer) {
    let mut wire = sipping(&peer.wire.stream);
    while let Ok(head) = wire.head() {
        let body = wire.request_body(&head).unwrap();
        let whole = body == large();
        let status = if whole { "200 Whole" } else { "500 Damaged" };
        peer.send(format!(
            "HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n"
        ));
        // The gateway may have left.
        let _ = write_chunks(&peer.wire.stream);
    }
}

#[test]
fn large_bodies_in_chunks_arrive_whole_both_ways() {
    let upstream = Upstream::with(takes_large);
    let [krakend, kong] = both(&upstream);
    for site in [krakend, kong, unbuffered(&upstream)] {
        let mut client = site.connect();
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        write_chunks(&client.wire.stream).unwrap();
        let mut wire = sipping(&client.wire.stream);
        let head = wire.head().unwrap();
        assert_eq!(head.status(), 200, "{}: damaged going there", site.name);
        let body = wire.answer_body(&head).unwrap();
        assert!(body == large(), "{}: damaged coming back", site.name);
    }
}
