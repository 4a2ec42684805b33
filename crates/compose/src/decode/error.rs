//! Why a body could not be decoded.

use std::borrow::Cow;
use std::fmt;

/// Why a body could not be decoded. Displays the text that Go's decoders give, because a gateway
/// that is told to return its error texts shows it to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The body is empty or only white space.
    Empty,
    /// The body stops inside a value.
    Truncated,
    /// A byte that cannot stand where it stands.
    Syntax {
        /// The byte.
        found: u8,
        /// Where it stands, in Go's words: `looking for beginning of value`.
        place: Cow<'static, str>,
    },
    /// A value of another kind than the step expects.
    Kind {
        /// What came: `array`, `number`, ...
        found: &'static str,
        /// Go's name of the type that was expected.
        wanted: &'static str,
    },
    /// Not well-formed XML, or nested beyond [`XML_DEPTH_MAX`](crate::limits::XML_DEPTH_MAX).
    Xml(String),
    /// No feed of a known type.
    Feed(String),
    /// Not gzip, or damaged.
    Gzip(Cow<'static, str>),
    /// More bytes than the step allows.
    TooLarge {
        /// The bound that was exceeded.
        bytes_max: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("EOF"),
            Self::Truncated => f.write_str("unexpected EOF"),
            Self::Syntax { found, place } => {
                write!(f, "invalid character {} {place}", Quoted(*found))
            }
            Self::Kind { found, wanted } => {
                write!(
                    f,
                    "json: cannot unmarshal {found} into Go value of type {wanted}"
                )
            }
            Self::Xml(text) => write!(f, "xml.Decoder.Token() - {text}"),
            Self::Feed(text) => f.write_str(text),
            Self::Gzip(text) => f.write_str(text),
            Self::TooLarge { bytes_max } => write!(f, "body larger than {bytes_max} bytes"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// A byte as Go's JSON scanner quotes it: the byte taken as a code point, in single quotes.
struct Quoted(u8);

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            b'\'' => f.write_str(r"'\''"),
            b'\\' => f.write_str(r"'\\'"),
            0x07 => f.write_str(r"'\a'"),
            0x08 => f.write_str(r"'\b'"),
            b'\t' => f.write_str(r"'\t'"),
            b'\n' => f.write_str(r"'\n'"),
            0x0b => f.write_str(r"'\v'"),
            0x0c => f.write_str(r"'\f'"),
            b'\r' => f.write_str(r"'\r'"),
            byte @ (0x00..0x20 | 0x7f) => write!(f, r"'\x{byte:02x}'"),
            byte @ (0x80..=0xa0 | 0xad) => write!(f, r"'\u{byte:04x}'"),
            byte => write!(f, "'{}'", char::from(byte)),
        }
    }
}
