use haleway_health::What;
use proptest::prelude::*;

use super::{Answer, BODY_BYTES_MAX, HEAD_BYTES_MAX, Heard, INTERIM_MAX, LINE_BYTES_MAX};

/// What a whole text comes to, and what is known where it breaks off.
fn read(whole: bool, text: &[u8]) -> (Option<Heard>, Option<What>) {
    let mut answer = Answer::new(whole);
    (answer.feed(text), answer.known())
}

fn heard(status: u16, is_clean: bool) -> Option<Heard> {
    let what = What::Status(status);
    Some(Heard { what, is_clean })
}

#[test]
fn where_the_connection_is_not_kept_the_first_line_is_enough() {
    assert_eq!(read(false, b"HTTP/1.1 204 x\r\n").0, heard(204, false));
    assert_eq!(read(false, b"HTTP/1.1 100 Continue\n").0, heard(100, false));
    assert_eq!(read(false, b"HTTP/1.1 200"), (None, None));
    let garbage = Heard {
        what: What::Garbage,
        is_clean: false,
    };
    assert_eq!(read(false, b"220 mail ready\r\n").0, Some(garbage));
    assert_eq!(read(false, &[b'x'; LINE_BYTES_MAX + 1]).0, Some(garbage));
    assert_eq!(read(true, b"\r\n").0, Some(garbage));
}

#[test]
fn an_answer_that_is_read_up_to_its_end_leaves_the_connection_clean() {
    for text in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\nA\r\n0123456789\r\n\
         0\r\nX-Trailer: 1\r\n\r\n",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
    ] {
        assert_eq!(read(true, text.as_bytes()).0, heard(200, true), "{text}");
    }
    let bare = b"HTTP/1.1 204 No Content\r\nX-Y: 1\r\n\r\n";
    assert_eq!(read(true, bare).0, heard(204, true));
}

#[test]
fn what_leaves_a_doubt_is_the_last_answer_of_its_connection() {
    for text in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay",
        "HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n",
    ] {
        assert_eq!(read(true, text.as_bytes()).0, heard(200, false), "{text}");
    }
    let upgraded = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
    assert_eq!(read(true, upgraded).0, heard(101, false));
}

#[test]
fn no_more_than_the_limits_is_read() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n";
    let mut answer = Answer::new(true);
    assert_eq!(answer.feed(head.as_bytes()), None);
    let (piece, mut read) = ([b'x'; 1000], 0);
    let over = loop {
        read += piece.len() as u64;
        match answer.feed(&piece) {
            None => assert!(read <= BODY_BYTES_MAX),
            over => break over,
        }
    };
    assert_eq!(over, heard(200, false));
    let mut wide = Answer::new(true);
    assert_eq!(wide.feed(b"HTTP/1.1 200 OK\r\nX: "), None);
    assert_eq!(wide.feed(&[b'x'; HEAD_BYTES_MAX]), heard(200, false));
    let mut endless = Answer::new(true);
    let interim = b"HTTP/1.1 102 Processing\r\n\r\n";
    let fed = (0..).find(|_| endless.feed(interim).is_some());
    assert_eq!(fed, Some(INTERIM_MAX));
}

#[test]
fn the_status_is_known_while_the_rest_is_missing() {
    for text in [
        "HTTP/1.1 503 x\r\n",
        "HTTP/1.1 503 x\r\nContent-Length: 5\r\n\r\nx",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 x\r\nX: ",
    ] {
        let (over, known) = read(true, text.as_bytes());
        assert_eq!((over, known), (None, Some(What::Status(503))), "{text}");
    }
    let (over, known) = read(true, b"HTTP/1.1 100 Continue\r\nX: ");
    assert_eq!((over, known), (None, None), "announced, and not there");
}

/// An answer, and whether nothing in it spoils the connection.
fn answers() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let body = prop::collection::vec(any::<u8>(), 0..300);
    let chunks = prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..5);
    let framed = prop_oneof![
        body.prop_map(|body| {
            let mut text = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
            text.extend(body);
            text
        }),
        chunks.prop_map(|chunks| {
            let mut text = b"Transfer-Encoding: chunked\r\n\r\n".to_vec();
            for chunk in chunks {
                text.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                text.extend(chunk);
                text.extend(b"\r\n");
            }
            text.extend(b"0\r\n\r\n");
            text
        }),
    ];
    let headers = prop::collection::vec("X-[A-Za-z]{1,9}: [ -~]{0,200}\r\n", 0..4);
    (200_u16..204, headers, framed).prop_map(|(status, headers, framed)| {
        let mut text = format!("HTTP/1.1 {status} \r\n{}", headers.concat()).into_bytes();
        text.extend(framed);
        (status, text)
    })
}

/// The same text in pieces of these lengths, over and over.
fn read_in_pieces(text: &[u8], lengths: &[usize]) -> Option<Heard> {
    let mut answer = Answer::new(true);
    let (mut rest, mut lengths) = (text, lengths.iter().cycle());
    while !rest.is_empty() {
        let length = lengths.next().copied().unwrap_or(1).min(rest.len());
        let (piece, behind) = rest.split_at(length);
        if let Some(heard) = answer.feed(piece) {
            let is_clean = heard.is_clean && behind.is_empty();
            return Some(Heard { is_clean, ..heard });
        }
        rest = behind;
    }
    None
}

proptest! {
    #[test]
    fn pieces_say_what_the_whole_says(
        (status, text) in answers(),
        lengths in prop::collection::vec(1_usize..50, 1..8),
    ) {
        prop_assert_eq!(read(true, &text).0, heard(status, true));
        prop_assert_eq!(read_in_pieces(&text, &lengths), heard(status, true));
        for end in [0, text.len() / 2, text.len() - 1] {
            prop_assert_eq!(read(true, &text[..end]).0, None, "it breaks off");
        }
    }

    #[test]
    fn noise_is_read_alike_however_it_comes(
        noise in prop::collection::vec(any::<u8>(), 0..200),
        lengths in prop::collection::vec(1_usize..50, 1..8),
        begins in any::<bool>(),
    ) {
        let start: &[u8] = if begins { b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n" } else { b"" };
        let text = [start, &noise].concat();
        let whole = read(true, &text).0;
        prop_assert_eq!(read_in_pieces(&text, &lengths), whole);
    }
}
