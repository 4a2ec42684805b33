//! Answers that are written are read again the same, whatever their own headers say of them.

use haleway_http1::{
    Framing, Naming, Reason, Writing, read_response, write_continue, write_response,
};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, TRANSFER_ENCODING};
use http::{HeaderValue, Method, Response, StatusCode, Version, response};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::requests::{check_lines, framing, with_lies};

static DATED: HeaderValue = HeaderValue::from_static("Thu, 01 Jan 2015 00:00:00 GMT");

/// The head of an answer as it is, its body being somebody else's affair.
pub(crate) fn plainly() -> Writing<'static> {
    Writing {
        version: Version::HTTP_11,
        naming: Naming::default(),
        framing: Framing::None,
        connection: None,
        date: &DATED,
    }
}

fn status() -> impl Strategy<Value = StatusCode> {
    let known = select(vec![101, 103, 200, 204, 304, 404, 503]);
    prop_oneof![known, 100..1000_u16].prop_map(|it| StatusCode::from_u16(it).unwrap())
}

fn never_has_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status.as_u16(), 204 | 304)
}

/// An answer with such headers, and perhaps with its own `Connection` and `Date`.
fn answer() -> impl Strategy<Value = response::Parts> {
    let connection = option::of(select(vec!["close", "keep-alive", "Upgrade"]));
    let date = option::of(select(vec!["now", "then"]));
    let parts = (
        status(),
        with_lies(),
        connection,
        date,
        option::of("[ -~\t]{0,12}"),
    );
    parts.prop_map(|(status, mut headers, connection, date, reason)| {
        headers.extend(connection.map(|it| (CONNECTION, HeaderValue::from_static(it))));
        headers.extend(date.map(|it| (DATE, HeaderValue::from_static(it))));
        let (mut head, ()) = Response::new(()).into_parts();
        head.status = status;
        head.headers = headers;
        if let Some(reason) = reason.and_then(|phrase| Reason::new(&phrase)) {
            head.extensions.insert(reason);
        }
        head
    })
}

/// How an answer's body ends, where it may have one.
fn any_framing() -> impl Strategy<Value = Framing> {
    prop_oneof![3 => framing(), 1 => Just(Framing::UntilClose)]
}

/// The method of a request whose answer is framed so: only to `HEAD` there is nothing.
fn asked(framing: Framing) -> Method {
    match framing {
        Framing::None => Method::HEAD,
        _ => Method::GET,
    }
}

/// The headers that are expected of what is written.
fn expected(head: &response::Parts, writing: &Writing<'_>) -> HeaderMap {
    let mut headers = head.headers.clone();
    let bare = head.status.is_informational() || head.status == StatusCode::NO_CONTENT;
    headers.remove(TRANSFER_ENCODING);
    if bare || writing.framing != Framing::None {
        headers.remove(CONTENT_LENGTH);
    }
    match writing.framing {
        _ if never_has_body(head.status) => {}
        Framing::Length(length) => drop(headers.insert(CONTENT_LENGTH, length.into())),
        Framing::Chunked => {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        Framing::None | Framing::UntilClose => {}
    }
    if let Some(connection) = writing.connection {
        headers.insert(CONNECTION, HeaderValue::from_static(connection));
    }
    if !headers.contains_key(DATE) && !head.status.is_informational() {
        headers.insert(DATE, DATED.clone());
    }
    headers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_answer_is_read_as_it_was_written(
        head in answer(),
        framing in any_framing(),
        old in any::<bool>(),
        connection in option::of(select(vec!["close", "keep-alive"])),
    ) {
        let version = match old && framing != Framing::Chunked {
            true => Version::HTTP_10,
            false => Version::HTTP_11,
        };
        let writing = Writing { version, framing, connection, ..plainly() };
        let mut out = Vec::new();
        write_response(&mut out, &head, writing);
        let expected = expected(&head, &writing);
        check_lines(&out, 1 + expected.len())?;

        let read = read_response(&out, true).unwrap().unwrap();
        prop_assert_eq!(read.bytes, out.len());
        prop_assert_eq!((read.head.version, read.head.status), (version, head.status));
        prop_assert_eq!(&read.head.headers, &expected);
        let found = read.told.response_body(&asked(framing), (version, head.status));
        let framing = if never_has_body(head.status) { Framing::None } else { framing };
        prop_assert_eq!(found, Ok(framing));
    }

    #[test]
    fn a_reason_passes(status in status(), phrase in "[!-~]([ -~]{0,12}[!-~])?") {
        let (mut head, ()) = Response::new(()).into_parts();
        head.status = status;
        head.extensions.insert(Reason::new(&phrase).unwrap());
        let mut out = Vec::new();
        write_response(&mut out, &head, plainly());
        let read = read_response(&out, true).unwrap().unwrap();
        let usual = Some(phrase.as_str()) == status.canonical_reason();
        let expected = (!usual).then(|| Reason::new(&phrase).unwrap());
        prop_assert_eq!(read.head.extensions.get(), expected.as_ref());
    }

    #[test]
    fn a_reason_holds_no_control_characters(phrase in "[a-c\\x00-\\x1f\\x7f]{0,6}") {
        let control = phrase.chars().any(|it| it.is_ascii_control() && it != '\t');
        prop_assert_eq!(Reason::new(&phrase).is_none(), control);
    }
}

#[test]
fn going_on_is_an_interim_answer() {
    let mut out = Vec::new();
    write_continue(&mut out);
    let read = read_response(&out, false).unwrap().unwrap();
    assert_eq!(read.head.status, StatusCode::CONTINUE);
    assert_eq!(read.bytes, out.len());
}

#[test]
fn a_usual_reason_is_not_worth_remembering() {
    let reason = |line: &str, spelled: bool| {
        let head = format!("HTTP/1.1 {line}\r\n\r\n");
        let read = read_response(head.as_bytes(), spelled).unwrap().unwrap();
        read.head.extensions.get::<Reason>().cloned()
    };
    for (line, phrase) in [
        ("200 OK", None),
        ("200 Ok", Some("Ok")),
        ("404 Not Found", None),
        ("404 OK", Some("OK")),
        ("200 ", Some("")),
        ("200", Some("")),
        ("599 Whatever", Some("Whatever")),
    ] {
        let phrase = phrase.map(|it| Reason::new(it).unwrap());
        assert_eq!(reason(line, true), phrase, "{line}");
        assert_eq!(reason(line, false), None, "{line}");
    }
}
