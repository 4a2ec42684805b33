//! The first message of a handshake, read without a socket.

use proptest::collection::vec;
use proptest::prelude::*;
use rustls::ClientConnection;
use rustls::pki_types::ServerName;

use super::handshakes::config;
use crate::stream::client_hello::{BYTES_MAX, ClientHello, Progress};

/// The first message of a client of our library.
fn modern(name: &str) -> Vec<u8> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut connection = ClientConnection::new(config(&["h2"]), name).unwrap();
    let mut bytes = Vec::new();
    connection.write_tls(&mut bytes).unwrap();
    bytes
}

/// A list with its length as a number of so many bytes before it.
fn list(width: usize, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    [&length[length.len() - width..], content].concat()
}

fn record(content: &[u8]) -> Vec<u8> {
    [&[22, 3, 1][..], &list(2, content)].concat()
}

/// A message with these extensions; `None` has none at all, as before TLS 1.2.
fn message(extensions: Option<&[u8]>) -> Vec<u8> {
    let body = [
        &[3, 1][..],
        &[7; 32],
        &list(1, &[1; 32]),
        &list(2, &[0, 47]),
        &list(1, &[0]),
        &extensions.map_or_else(Vec::new, |it| list(2, it)),
    ]
    .concat();
    [&[1][..], &list(3, &body)].concat()
}

fn named(name: &[u8]) -> Vec<u8> {
    let names = list(2, &[&[0][..], &list(2, name)].concat());
    [&[0, 0][..], &list(2, &names)].concat()
}

fn read(bytes: &[u8]) -> Progress {
    ClientHello::default().take(bytes)
}

fn whole(name: &str) -> Progress {
    Progress::Whole(Some(name.to_owned()))
}

/// Reads pieces of these lengths, over and over, until something is known.
fn in_pieces(bytes: &[u8], lengths: &[usize]) -> Progress {
    let mut hello = ClientHello::default();
    let mut rest = bytes;
    for length in lengths.iter().cycle() {
        let (piece, left) = rest.split_at((*length).min(rest.len()));
        rest = left;
        match hello.take(piece) {
            Progress::Partial if !rest.is_empty() => {}
            known => return known,
        }
    }
    unreachable!("a cycle has no end");
}

#[test]
fn names_are_found() {
    assert_eq!(read(&modern("Example.com")), whole("example.com"));
    assert_eq!(read(&modern("127.0.0.1")), Progress::Whole(None));
    let table = [
        (&b"a.example"[..], Some("a.example")),
        (b"A.Example.", Some("a.example")),
        (b"_x.example", Some("_x.example")),
        (b"10.0.0.1", None),
        (b"a\0b", None),
        (b"", None),
        (b"\xff\xfe", None),
    ];
    for (name, expected) in table {
        let found = read(&record(&message(Some(&named(name)))));
        let expected = expected.map(str::to_owned);
        assert_eq!(found, Progress::Whole(expected), "{name:?}");
    }
}

#[test]
fn old_messages_are_read_although_we_could_not_speak_with_them() {
    assert_eq!(read(&record(&message(None))), Progress::Whole(None));
    assert_eq!(read(&record(&message(Some(&[])))), Progress::Whole(None));
    let other = [&[0, 35][..], &list(2, &[9; 9]), &named(b"a.b")].concat();
    assert_eq!(read(&record(&message(Some(&other)))), whole("a.b"));
}

#[test]
fn a_message_may_stand_in_several_records() {
    let content = message(Some(&named(b"a.b")));
    for length in [1, 3, 50, content.len()] {
        let records: Vec<u8> = content.chunks(length).flat_map(record).collect();
        assert_eq!(read(&records), whole("a.b"), "{length}");
    }
}

#[test]
fn what_is_behind_it_is_kept() {
    let bytes = [modern("a.b"), b"more".to_vec()].concat();
    let mut hello = ClientHello::default();
    assert_eq!(hello.take(&bytes[..100]), Progress::Partial);
    assert_eq!(hello.take(&bytes[100..]), whole("a.b"));
    assert_eq!(hello.into_bytes(), bytes);
}

#[test]
fn what_it_is_not_is_known_from_the_first_wrong_byte() {
    let lying = {
        let mut message = message(Some(&named(b"a.b")));
        let at = message.len() - 4;
        message[at] = 9;
        record(&message)
    };
    let table: [&[u8]; 8] = [
        b"G",
        b"\x80",
        &[22, 2],
        &[22, 3, 1, 0, 0],
        &[22, 3, 1, 0x40, 1],
        &record(&[2]),
        &record(&[1, 0, 0, 0]),
        &lying,
    ];
    for bytes in table {
        assert_eq!(read(bytes), Progress::Foreign, "{bytes:?}");
    }
    for bytes in [
        &[][..],
        &[22],
        &[22, 3, 255],
        &[22, 3, 1, 0x40, 0],
        &record(&[1]),
    ] {
        assert_eq!(read(bytes), Progress::Partial, "{bytes:?}");
    }
}

#[test]
fn nobody_reads_for_ever() {
    assert_eq!(read(&record(&[1, 1, 0, 0])), Progress::TooLarge);
    let mut content = vec![1, 0, 0xff, 0xf0];
    content.resize(BYTES_MAX, 0);
    let records: Vec<u8> = content.chunks(100).flat_map(record).collect();
    let mut hello = ClientHello::default();
    let mut read = 0;
    for piece in records.chunks(1000) {
        read += piece.len();
        match hello.take(piece) {
            Progress::Partial => assert!(read <= BYTES_MAX),
            known => {
                assert_eq!(known, Progress::TooLarge);
                return;
            }
        }
    }
    panic!("all {read} bytes were taken");
}

proptest! {
    #[test]
    fn the_cuts_between_pieces_do_not_matter(lengths in vec(1_usize..600, 1..20)) {
        prop_assert_eq!(in_pieces(&modern("some.example.com"), &lengths), whole("some.example.com"));
    }

    #[test]
    fn noise_is_no_message(bytes in vec(any::<u8>(), 0..300), lengths in vec(1_usize..50, 1..5)) {
        let known = in_pieces(&bytes, &lengths);
        prop_assert!(!matches!(known, Progress::Whole(_)), "{:?}", known);
    }

    #[test]
    fn a_spoilt_message_harms_nobody(
        spoilt in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        lengths in vec(1_usize..600, 1..5),
    ) {
        let mut bytes = modern("some.example.com");
        for (at, byte) in spoilt {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let mut hello = ClientHello::default();
        prop_assert_eq!(in_pieces(&bytes, &lengths), hello.take(&bytes));
        prop_assert_eq!(hello.into_bytes(), bytes);
    }
}
