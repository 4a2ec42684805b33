//! Requests that are written are read again the same.

use haleway_http1::{BodyWriter, Framing, Naming, RequestWriter, read_request};
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, Version};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::cutting::{read_body, sizes};
use crate::messages::{header_name, header_value, headers, method, target, value};

pub(crate) fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![
        Just(Framing::None),
        Just(Framing::Chunked),
        prop_oneof![0..60_u64, 0..=i64::MAX as u64].prop_map(Framing::Length),
    ]
}

/// Headers in the order of a map, and with them such as lie about the message.
pub(crate) fn with_lies() -> impl Strategy<Value = HeaderMap> {
    let lie = select(vec![
        ("Content-Length", "7"),
        ("Content-Length", "8"),
        ("Content-Length", "-1"),
        ("Transfer-Encoding", "chunked"),
        ("Transfer-Encoding", "gzip"),
        ("Host", "b"),
        ("Host", "b, c"),
    ]);
    (headers(), vec(lie, 0..4)).prop_map(|(headers, lies)| {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(header_name(&name), header_value(&value));
        }
        for (name, value) in lies {
            map.append(header_name(name), HeaderValue::from_static(value));
        }
        map
    })
}

/// All but those that the writer says itself.
pub(crate) fn honest(headers: &HeaderMap) -> HeaderMap {
    let mut honest = headers.clone();
    for name in [HOST, CONTENT_LENGTH, TRANSFER_ENCODING] {
        honest.remove(name);
    }
    honest
}

/// No line of a head holds a bare end of line, and its only empty line is the last one.
pub(crate) fn check_lines(head: &[u8], count: usize) -> Result<(), TestCaseError> {
    let text = String::from_utf8_lossy(head);
    let lines: Vec<&str> = text
        .strip_suffix("\r\n\r\n")
        .unwrap()
        .split("\r\n")
        .collect();
    prop_assert_eq!(lines.len(), count, "{}", text);
    for line in lines {
        prop_assert!(
            !line.is_empty() && !line.contains(['\r', '\n', '\0']),
            "{:?}",
            line
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_request_is_read_as_it_was_written(
        (method, target, host) in (method(), target(), value()),
        headers in with_lies(),
        framing in framing(),
    ) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let host = header_value(&host);
        let mut out = Vec::new();
        let line = (&method, target.as_str(), &host);
        let mut writer = RequestWriter::new(&mut out, line, Naming::default());
        headers.iter().for_each(|(name, value)| writer.header(name, value.as_bytes()));
        writer.end(framing);
        let mut expected = honest(&headers);
        let own = usize::from(framing != Framing::None);
        check_lines(&out, 2 + expected.len() + own)?;

        let read = read_request(&out, false).unwrap().unwrap();
        prop_assert_eq!(read.bytes, out.len());
        prop_assert_eq!((&read.head.method, read.head.version), (&method, Version::HTTP_11));
        prop_assert_eq!(read.head.uri.to_string(), target);
        prop_assert_eq!(read.told.request_body(Version::HTTP_11), Ok(framing));
        expected.insert(HOST, host);
        match framing {
            Framing::Length(length) => drop(expected.insert(CONTENT_LENGTH, length.into())),
            Framing::Chunked => {
                expected.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            }
            _ => {}
        }
        prop_assert_eq!(read.head.headers, expected);
    }

    #[test]
    fn a_body_is_read_as_it_was_written(
        pieces in vec(vec(any::<u8>(), 0..6000), 0..6),
        chunked in any::<bool>(),
        sizes in sizes(),
    ) {
        let whole = pieces.concat();
        let framing = match chunked {
            true => Framing::Chunked,
            false => Framing::Length(whole.len() as u64),
        };
        let mut writer = BodyWriter::new(framing);
        let mut out = Vec::new();
        for piece in pieces {
            let large = writer.write(piece.into(), &mut out);
            out.extend_from_slice(&large.unwrap_or_default());
        }
        prop_assert_eq!(writer.end(&mut out), Ok(()));
        prop_assert!(writer.is_done());
        let read = read_body(framing, &out, &sizes);
        prop_assert_eq!(read.data, whole);
        prop_assert_eq!(read.end, Some(out.len()));
        prop_assert_eq!((read.trailers, read.bad), (None, None));
    }

    #[test]
    fn no_body_goes_beyond_its_length(pieces in vec(vec(any::<u8>(), 0..40), 0..6), told in 0..200_u64) {
        let whole = pieces.concat();
        let mut writer = BodyWriter::new(Framing::Length(told));
        let mut out = Vec::new();
        for piece in pieces {
            let large = writer.write(piece.into(), &mut out);
            out.extend_from_slice(&large.unwrap_or_default());
        }
        let sent = whole.len().min(usize::try_from(told).unwrap());
        prop_assert_eq!(&out[..], &whole[..sent]);
        prop_assert_eq!(writer.is_done(), sent as u64 == told);
        prop_assert_eq!(writer.end(&mut out).is_ok(), sent as u64 == told);
    }
}
