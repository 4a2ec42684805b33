//! The spelling of names: the usual one is what a plain loop makes of it, and an unusual one is
//! passed on.

use haleway_http1::{
    Framing, ListedNames, Naming, RequestWriter, Spelling, read_request, read_response, spell,
};
use http::{HeaderName, HeaderValue, Method};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::messages::{header_name, headers, name, put_line, value};

/// A capital at the beginning and behind each hyphen, byte by byte.
fn usual(name: &HeaderName) -> String {
    let mut begins = true;
    let spelled = name.as_str().chars().map(|letter| {
        let capital = begins;
        begins = letter == '-';
        if capital {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    });
    spelled.collect()
}

fn spelled(name: &HeaderName) -> String {
    // What stands before a name stays as it is.
    let mut out = b"-x".to_vec();
    spell(name, &mut out);
    let text = String::from_utf8(out).unwrap();
    text.strip_prefix("-x").unwrap().to_owned()
}

/// A name as the writer puts it.
fn written(naming: Naming<'_>, name: &HeaderName) -> String {
    let mut out = Vec::new();
    let host = HeaderValue::from_static("a");
    let mut writer = RequestWriter::new(&mut out, (&Method::GET, "/", &host), naming);
    writer.header(name, b"");
    writer.end(Framing::None);
    let text = String::from_utf8(out).unwrap();
    let line = text.lines().nth(2).unwrap();
    line.strip_suffix(": ").unwrap().to_owned()
}

/// The spelling of a request with these names.
fn received(names: &[String]) -> Option<Spelling> {
    let lines: String = names.iter().map(|name| format!("{name}: 1\r\n")).collect();
    let head = format!("GET / HTTP/1.1\r\n{lines}\r\n");
    let read = read_request(head.as_bytes(), true).unwrap().unwrap();
    read.head.extensions.get().cloned()
}

/// The first of some spellings that is one of this name.
fn first<'a>(spellings: &'a [String], name: &HeaderName) -> Option<&'a String> {
    spellings.iter().find(|it| header_name(it) == *name)
}

/// Names of which many are the same but for their spelling.
fn alike() -> impl Strategy<Value = Vec<String>> {
    vec(prop_oneof!["[aAbB]-?[aA]", name()], 0..12)
}

/// A head in which each name is spelled in one way.
fn head() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let odd = vec(("[aAbB]-?[aA]", value()), 0..4);
    (headers(), odd).prop_map(|(mut headers, odd)| {
        headers.extend(odd);
        let names: Vec<String> = headers.iter().map(|(name, _)| name.clone()).collect();
        for (name, _) in &mut headers {
            *name = first(&names, &header_name(name)).unwrap().clone();
        }
        headers
    })
}

/// Lines in the order of their names, as a map may mix those.
fn lines(head: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = head.split(|it| *it == b'\n').map(<[u8]>::to_vec).collect();
    lines.sort();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_usual_spelling_is_that_of_a_plain_loop(name in name()) {
        let name = header_name(&name);
        prop_assert_eq!(spelled(&name), usual(&name));
        prop_assert_eq!(written(Naming::default(), &name), usual(&name));
    }

    #[test]
    fn a_message_remembers_the_first_unusual_spelling_of_each_name(names in alike()) {
        let unusual = names.iter().filter(|it| **it != usual(&header_name(it)));
        let unusual: Vec<String> = unusual.cloned().collect();
        let spelling = received(&names);
        prop_assert_eq!(spelling.is_some(), !unusual.is_empty());
        for name in names.iter().map(|it| header_name(it)) {
            let found = spelling.as_ref().and_then(|it| it.find(&name));
            prop_assert_eq!(found, first(&unusual, &name).map(String::as_bytes));
        }
    }

    #[test]
    fn a_list_finds_what_it_was_given(listed in alike(), others in alike()) {
        let list = ListedNames::new(listed.iter().map(String::as_str));
        for name in listed.iter().chain(&others).map(|it| header_name(it)) {
            let found = first(&listed, &name).map(String::as_bytes);
            prop_assert_eq!(list.find(&name), found);
        }
    }

    #[test]
    fn a_message_comes_before_a_list_and_a_list_before_the_usual(
        sent in alike(),
        listed in alike(),
        others in alike(),
    ) {
        let spelling = received(&sent);
        let list = ListedNames::new(listed.iter().map(String::as_str));
        let naming = Naming { received: spelling.as_ref(), listed: Some(&list) };
        for name in sent.iter().chain(&listed).chain(&others).map(|it| header_name(it)) {
            let own = spelling.as_ref().and_then(|it| it.find(&name));
            let expected = match own.or_else(|| list.find(&name)) {
                Some(spelled) => String::from_utf8(spelled.to_vec()).unwrap(),
                None => usual(&name),
            };
            prop_assert_eq!(written(naming, &name), expected);
        }
    }

    #[test]
    fn a_request_keeps_its_names(headers in head()) {
        let mut sent = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
        headers.iter().for_each(|(name, value)| put_line(&mut sent, name, value));
        sent.extend_from_slice(b"\r\n");
        let read = read_request(&sent, true).unwrap().unwrap().head;
        let (mut out, host) = (Vec::new(), HeaderValue::from_static("a"));
        let naming = Naming { received: read.extensions.get(), listed: None };
        let mut writer = RequestWriter::new(&mut out, (&Method::GET, "/", &host), naming);
        read.headers.iter().for_each(|(name, value)| writer.header(name, value.as_bytes()));
        writer.end(Framing::None);
        prop_assert_eq!(lines(&out), lines(&sent));
    }

    #[test]
    fn an_answer_keeps_its_names(headers in head()) {
        let mut sent = b"HTTP/1.1 200 OK\r\ndAtE: now\r\n".to_vec();
        headers.iter().for_each(|(name, value)| put_line(&mut sent, name, value));
        sent.extend_from_slice(b"\r\n");
        let read = read_response(&sent, true).unwrap().unwrap().head;
        let mut out = Vec::new();
        haleway_http1::write_response(&mut out, &read, crate::responses::plainly());
        prop_assert_eq!(lines(&out), lines(&sent));
    }
}

#[test]
fn the_longest_name_is_spelled_to_its_end() {
    for letters in [1, 7, 8, 9, 31, 32, 33, 4096] {
        for hyphen in 0..letters.min(40) {
            let mut name = "a".repeat(letters);
            name.replace_range(hyphen..hyphen + 1, "-");
            let name = header_name(&name);
            assert_eq!(spelled(&name), usual(&name));
        }
    }
}

#[test]
fn a_list_leaves_out_what_is_no_name() {
    let list = ListedNames::new(["no name", "", "X-Ok", "x:y"]);
    assert_eq!(list.find(&header_name("x-ok")), Some(&b"X-Ok"[..]));
}
