//! How long a body is and who says so (RFC 9112, 6).

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderMap, HeaderName, TRANSFER_ENCODING};
use http::{Method, StatusCode, Version};

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body, and nothing is said about it.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks, up to an empty one.
    Chunked,
    /// All up to the end of the connection.
    UntilClose,
}

/// Nobody can say where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadFraming {
    /// A `Content-Length` is no number, or there are different ones.
    Length,
    /// A transfer coding is not known here.
    Coding,
    /// There is a transfer coding in a version that has none: whoever wrote it did not know what
    /// it says.
    Unexpected,
}

impl std::fmt::Display for BadFraming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Length => "bad Content-Length",
            Self::Coding => "unsupported transfer encoding",
            Self::Unexpected => "transfer encoding in HTTP/1.0",
        })
    }
}

impl std::error::Error for BadFraming {}

/// What the headers of one message say about itself, gathered while they are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    length: Option<u64>,
    chunked: bool,
    bad: Option<BadFraming>,
    close: bool,
    keep_alive: bool,
    /// It waits to be asked for its body (RFC 9110, 10.1.1).
    pub expects_continue: bool,
}

impl Told {
    /// Of the headers of a message.
    #[must_use]
    pub fn by(headers: &HeaderMap) -> Self {
        let mut told = Self::default();
        for (name, value) in headers {
            told.note(name, value.as_bytes());
        }
        told
    }

    /// Takes up a header.
    pub(crate) fn note(&mut self, name: &HeaderName, value: &[u8]) {
        if *name == CONTENT_LENGTH {
            self.note_length(value);
        } else if *name == TRANSFER_ENCODING {
            self.note_coding(value);
        } else if *name == CONNECTION {
            for token in value.split(|byte| *byte == b',') {
                let token = token.trim_ascii();
                self.close |= token.eq_ignore_ascii_case(b"close");
                self.keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
            }
        } else if *name == EXPECT {
            self.expects_continue |= value.eq_ignore_ascii_case(b"100-continue");
        }
    }

    /// All lengths must be the same number. A list such as `5, 5` is refused.
    fn note_length(&mut self, value: &[u8]) {
        let length = digits(value);
        if length.is_none() || self.length.is_some_and(|known| Some(known) != length) {
            self.bad = Some(BadFraming::Length);
        }
        self.length = length;
    }

    /// Codings other than chunks are refused, as Go and nginx refuse them.
    fn note_coding(&mut self, value: &[u8]) {
        let known = value.eq_ignore_ascii_case(b"chunked") && !self.chunked;
        self.chunked = true;
        if !known {
            self.bad = self.bad.or(Some(BadFraming::Coding));
        }
    }

    /// The body that follows the head of a request. Where both headers stand, chunks count;
    /// whether such a request is served at all is the caller's decision.
    ///
    /// # Errors
    /// See [`BadFraming`].
    pub fn request_body(&self, version: Version) -> Result<Framing, BadFraming> {
        match (self.bad, self.chunked, self.length) {
            (Some(bad), ..) => Err(bad),
            (_, true, _) if version != Version::HTTP_11 => Err(BadFraming::Unexpected),
            (_, true, _) => Ok(Framing::Chunked),
            (_, _, Some(length)) => Ok(Framing::Length(length)),
            _ => Ok(Framing::None),
        }
    }

    /// The body that follows the head of the answer to a request of this method.
    ///
    /// # Errors
    /// See [`BadFraming`].
    pub fn response_body(
        &self,
        method: &Method,
        (version, status): (Version, StatusCode),
    ) -> Result<Framing, BadFraming> {
        if *method == Method::HEAD || is_without_body(status) {
            return Ok(Framing::None);
        }
        match (self.bad, self.chunked, self.length) {
            (Some(bad), ..) => Err(bad),
            (_, true, _) if version != Version::HTTP_11 => Err(BadFraming::Unexpected),
            (_, true, _) => Ok(Framing::Chunked),
            (_, _, Some(length)) => Ok(Framing::Length(length)),
            _ => Ok(Framing::UntilClose),
        }
    }

    /// Whether the connection goes on behind the message, as far as its sender says (RFC 9112,
    /// 9.3).
    #[must_use]
    pub fn stays(&self, version: Version) -> bool {
        match version {
            Version::HTTP_11 => !self.close,
            _ => self.keep_alive && !self.close,
        }
    }
}

/// Whether an answer of this status has never a body.
pub(crate) fn is_without_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// The longest body that can be told, as Go's and nginx's signed numbers have it.
const LENGTH_MAX: u64 = i64::MAX as u64;

fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let length = text.iter().try_fold(0u64, |sum, byte| match byte {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(byte - b'0')),
        _ => None,
    });
    length.filter(|length| *length <= LENGTH_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in list {
            map.append(*name, http::HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn a_request_tells_its_length_in_one_way() {
        let (length, coding) = (Err(BadFraming::Length), Err(BadFraming::Coding));
        let table: &[(&[(&str, &str)], _)] = &[
            (&[], Ok(Framing::None)),
            (&[("content-length", "5")], Ok(Framing::Length(5))),
            (&[("content-length", "05")], Ok(Framing::Length(5))),
            (
                &[("content-length", "5"), ("content-length", "5")],
                Ok(Framing::Length(5)),
            ),
            (&[("content-length", "5"), ("content-length", "6")], length),
            (&[("content-length", "5, 5")], length),
            (&[("content-length", "+5")], length),
            (&[("content-length", "-5")], length),
            (&[("content-length", "")], length),
            (&[("content-length", "0x5")], length),
            (&[("content-length", "9223372036854775808")], length),
            (&[("content-length", "18446744073709551616")], length),
            (&[("transfer-encoding", "chunked")], Ok(Framing::Chunked)),
            (&[("transfer-encoding", "Chunked")], Ok(Framing::Chunked)),
            (&[("transfer-encoding", "gzip, chunked")], coding),
            (&[("transfer-encoding", "chunked, chunked")], coding),
            (&[("transfer-encoding", "identity")], coding),
            (
                &[
                    ("transfer-encoding", "chunked"),
                    ("transfer-encoding", "chunked"),
                ],
                coding,
            ),
            (
                &[("transfer-encoding", "chunked"), ("content-length", "x")],
                length,
            ),
        ];
        for (list, framing) in table {
            let found = Told::by(&headers(list)).request_body(Version::HTTP_11);
            assert_eq!(found, *framing, "{list:?}");
        }
        let chunked = headers(&[("transfer-encoding", "chunked")]);
        assert_eq!(
            Told::by(&chunked).request_body(Version::HTTP_10),
            Err(BadFraming::Unexpected)
        );
    }

    #[test]
    fn a_connection_stays_by_default_from_1_1_on() {
        let table = [
            (Version::HTTP_11, "", true),
            (Version::HTTP_11, "close", false),
            (Version::HTTP_11, "x, Close", false),
            (Version::HTTP_11, "keep-alive, close", false),
            (Version::HTTP_10, "", false),
            (Version::HTTP_10, "Keep-Alive", true),
            (Version::HTTP_10, "close", false),
        ];
        for (version, connection, stays) in table {
            let told = Told::by(&headers(&[("connection", connection)]));
            assert_eq!(told.stays(version), stays, "{version:?} {connection}");
        }
    }

    #[test]
    fn an_answer_may_last_until_the_connection_ends() {
        let five = headers(&[("content-length", "5")]);
        let (get, head) = (Method::GET, Method::HEAD);
        let table = [
            (&get, 200, &five, Framing::Length(5)),
            (&get, 200, &HeaderMap::new(), Framing::UntilClose),
            (&head, 200, &five, Framing::None),
            (&get, 204, &five, Framing::None),
            (&get, 304, &five, Framing::None),
            (&get, 101, &five, Framing::None),
        ];
        for (method, status, headers, framing) in table {
            let status = StatusCode::from_u16(status).unwrap();
            let found = Told::by(headers).response_body(method, (Version::HTTP_11, status));
            assert_eq!(found, Ok(framing), "{method} {status}");
        }
    }
}
