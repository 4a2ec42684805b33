//! Chunks are what their model says, however they are cut.

use haleway_http1::{BadBody, BodyReader, Framing, HEADERS_MAX};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::cutting::{Reading, pieces, read_body, read_whole, sizes};
use crate::messages::{chunk, last_chunk};
use crate::model::decode;

/// What stands around chunks, and what does not belong there.
const SCRAPS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "0",
    "00",
    "5",
    "a",
    "F",
    ";",
    ";a=b",
    " ",
    "\t",
    "0\r\n",
    "0\r\n\r\n",
    "1\r\nx\r\n",
    "A: b\r\n",
    "A: b\n",
    ":",
    "\n\n",
    "\0",
    "x",
    "+1",
    "-1",
    "0x1",
    "fffffffffffffffff",
    "10000000000000000",
    "hello",
    "\u{e4}",
];

/// Bytes that are chunks, or nearly so.
fn chunks() -> impl Strategy<Value = Vec<u8>> {
    let scrap = || select(SCRAPS).prop_map(|text| text.as_bytes().to_vec());
    let parts = vec(prop_oneof![6 => chunk(), 1 => scrap()], 0..6);
    let end = prop_oneof![6 => last_chunk(), 1 => Just(Vec::new()), 1 => scrap()];
    let tail = vec(scrap(), 0..3).prop_map(|scraps| scraps.concat());
    let edit = proptest::option::weighted(0.4, (any::<Index>(), 0..3_usize, select(SCRAPS)));
    (parts, end, tail, edit).prop_map(|(parts, end, tail, edit)| {
        let mut bytes = [parts.concat(), end, tail].concat();
        if let Some((at, removed, put)) = edit {
            let at = at.index(bytes.len() + 1);
            let behind = (at + removed).min(bytes.len());
            bytes.splice(at..behind, put.bytes());
        }
        bytes
    })
}

/// Nothing but scraps: they get further than random bytes do.
fn scraps() -> impl Strategy<Value = Vec<u8>> {
    let scraps = vec(select(SCRAPS), 0..12);
    prop_oneof![
        4 => scraps.prop_map(|texts| texts.concat().into_bytes()),
        1 => vec(any::<u8>(), 0..40),
    ]
}

fn any_chunks() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => chunks(), 1 => scraps()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn chunks_are_what_the_model_says(input in any_chunks()) {
        let read = read_whole(Framing::Chunked, &input);
        let model = decode(&input);
        prop_assert_eq!(&read.data, &model.data);
        prop_assert_eq!(read.end, model.end.as_ref().map(|(end, _)| *end));
        let trailers = model.end.map(|(_, trailers)| trailers);
        prop_assert_eq!(read.trailers, trailers.filter(|it| !it.is_empty()));
    }

    #[test]
    fn a_cut_changes_nothing(input in any_chunks(), sizes in sizes()) {
        let whole = read_whole(Framing::Chunked, &input);
        prop_assert_eq!(&read_body(Framing::Chunked, &input, &sizes), &whole);
        prop_assert_eq!(&read_body(Framing::Chunked, &input, &[1]), &whole);
    }

    #[test]
    fn what_stands_behind_chunks_is_not_looked_at(
        parts in vec(chunk(), 0..4),
        end in last_chunk(),
        tail in vec(any::<u8>(), 0..20),
    ) {
        let body = [parts.concat(), end].concat();
        let alone = read_whole(Framing::Chunked, &body);
        prop_assert_eq!(alone.end, Some(body.len()));
        let followed = read_whole(Framing::Chunked, &[body, tail].concat());
        prop_assert_eq!(followed, alone);
    }

    #[test]
    fn half_a_body_is_none(parts in vec(chunk(), 0..4), end in last_chunk(), at in any::<Index>()) {
        let body = [parts.concat(), end].concat();
        let half = &body[..at.index(body.len())];
        let mut reading = Reading::new(Framing::Chunked);
        reading.take_up(half);
        prop_assert_eq!(reading.reader().left(), None);
        prop_assert_eq!(reading.reader().finish(), Err(BadBody::CutShort));
        let read = reading.finish();
        prop_assert_eq!((read.end, read.bad), (None, None));
    }

    #[test]
    fn what_was_bad_stays_bad(input in any_chunks(), sizes in sizes(), more in any_chunks()) {
        let mut reading = Reading::new(Framing::Chunked);
        for piece in pieces(&input, &sizes) {
            reading.take_up(piece);
        }
        let reader = reading.reader();
        let Some(bad) = reader.read(&input).err() else { return Ok(()) };
        prop_assert!(!reader.is_done());
        // The same bytes once more are as bad as any others, and as none.
        for again in [&input, &more, &Vec::new()] {
            prop_assert_eq!(reader.read(again), Err(bad));
        }
        prop_assert_eq!(reader.left(), None);
        prop_assert!(reader.finish().is_err());
    }
}

/// Why a body is refused, and at which byte.
fn refused(input: &str) -> Option<(usize, BadBody)> {
    let mut reader = BodyReader::new(Framing::Chunked);
    let mut at = 0;
    for byte in input.as_bytes().chunks(1) {
        match reader.read(byte) {
            Ok((done, _)) => at += done,
            Err(bad) => return Some((at, bad)),
        }
    }
    None
}

#[test]
fn what_stands_beside_data_has_a_limit() {
    const LIMIT: usize = 16 * 1024;
    for (what, start, filler, end) in [
        ("zeros", "0", "0", "\r\n\r\n"),
        ("zeros before a size", "0", "0", "1\r\nx\r\n0\r\n\r\n"),
        ("blanks", "0", " ", "\r\n\r\n"),
        ("an extension", "0;", "x", "\r\n\r\n"),
        (
            "an extension of a chunk",
            "5;",
            "x",
            "\r\nhello\r\n0\r\n\r\n",
        ),
    ] {
        let with = |count: usize| format!("{start}{}{end}", filler.repeat(count));
        assert_eq!(refused(&with(LIMIT - 1)), None, "{what}");
        let (at, bad) = refused(&with(1 << 20)).unwrap();
        assert_eq!(
            (at, bad),
            (start.len() + LIMIT, BadBody::TooLarge),
            "{what}"
        );
    }
    // It is one limit for a body, not one for each of its chunks.
    let (at, bad) = refused(&"1;xxxxxxx\r\nx\r\n".repeat(LIMIT)).unwrap();
    assert_eq!(bad, BadBody::TooLarge);
    assert!(at < 2 * LIMIT, "{at}");
}

#[test]
fn trailers_have_a_limit() {
    const LIMIT: usize = 16 * 1024;
    for line in ["A: b\r\n", "A: "] {
        let (at, bad) = refused(&format!("0\r\n{}", line.repeat(LIMIT))).unwrap();
        assert_eq!((at, bad), (3 + LIMIT, BadBody::TooLarge));
    }
    let many = |count: usize| format!("0\r\n{}\r\n", "A: b\r\n".repeat(count));
    assert_eq!(refused(&many(HEADERS_MAX)), None);
    let (_, bad) = refused(&many(HEADERS_MAX + 1)).unwrap();
    assert_eq!(bad, BadBody::Trailers);
}

#[test]
fn every_line_ends_with_both_of_its_characters() {
    for (input, at) in [
        ("0\n\n", 1),
        ("0\r\n\n", 3),
        ("0;a\n\r\n", 3),
        ("1\nx\r\n0\r\n\r\n", 1),
        ("1\r\nx\n0\r\n\r\n", 4),
        ("0\r\nA: b\n\r\n", 7),
        // Whoever takes the empty line for the end of the trailers sees a request behind it.
        ("0\r\nA: b\n\nGET /sly HTTP/1.1\r\nHost: a\r\n\r\n", 7),
    ] {
        assert_eq!(refused(input).map(|(at, _)| at), Some(at), "{input:?}");
    }
}
