//! Reads the name out of the first message of a TLS handshake, and nothing else of it.
//!
//! Whoever terminates the handshake judges the message; here it is enough to follow its lengths
//! (RFC 8446, 4.1.2 and 5.1; the name: RFC 6066, 3). So a handshake that we could not take part in
//! ourselves, because it is older or newer than what we speak, still finds its way.

use std::ops::Range;

use rustls_pki_types::DnsName;

/// Bytes of all records of the message together; larger ones are refused.
pub(super) const BYTES_MAX: usize = 64 * 1024;

/// Bytes before each record: its type, a version, a length.
const RECORD_HEAD: usize = 5;

/// Bytes before a message: its type, a length.
const MESSAGE_HEAD: usize = 4;

/// Bytes that one record may carry.
const RECORD_MAX: usize = 1 << 14;

/// The type of records that carry handshakes.
const HANDSHAKE: u8 = 22;

/// The major version of all records since SSL 3.
const MAJOR: u8 = 3;

/// The type of the message.
const CLIENT_HELLO: u8 = 1;

/// The extension that names the server.
const SERVER_NAME: usize = 0;

/// The type of names that are hosts.
const HOST_NAME: usize = 0;

/// What is known of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is not whole yet.
    Partial,
    /// It is whole. The name is in lower case and without a dot at its end; a name that no host can
    /// have counts as none.
    Whole(Option<String>),
    /// It is no such message.
    Foreign,
    /// It is larger than [`BYTES_MAX`].
    TooLarge,
}

/// A message while it is being read.
#[derive(Default)]
pub(super) struct ClientHello {
    /// All that came, to be read again by whoever carries on.
    bytes: Vec<u8>,
    /// Where the next record begins.
    next: usize,
    /// What the records carried.
    message: Vec<u8>,
}

impl ClientHello {
    /// Takes more of it in.
    pub(super) fn take(&mut self, piece: &[u8]) -> Progress {
        self.bytes.extend_from_slice(piece);
        loop {
            let record = match self.record() {
                Ok(Some(record)) => record,
                Ok(None) if self.bytes.len() > BYTES_MAX => return Progress::TooLarge,
                Ok(None) => return Progress::Partial,
                Err(end) => return end,
            };
            self.next = record.end;
            self.message.extend_from_slice(&self.bytes[record]);
            match self.name() {
                Ok(None) => {}
                Ok(Some(name)) => return Progress::Whole(name),
                Err(end) => return end,
            }
        }
    }

    /// All that came.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Where the content of the next record stands, once it is whole.
    fn record(&self) -> Result<Option<Range<usize>>, Progress> {
        let rest = self.bytes.get(self.next..).unwrap_or_default();
        // What is wrong is told by the first byte that is: nobody waits for the rest.
        let wrong = |at: usize, expected: u8| rest.get(at).is_some_and(|byte| *byte != expected);
        if wrong(0, HANDSHAKE) || wrong(1, MAJOR) {
            return Err(Progress::Foreign);
        }
        let Some(&[_, _, _, high, low]) = rest.first_chunk::<RECORD_HEAD>() else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length == 0 || length > RECORD_MAX {
            return Err(Progress::Foreign);
        }
        let from = self.next + RECORD_HEAD;
        let content = from..from + length;
        Ok((self.bytes.len() >= content.end).then_some(content))
    }

    /// The name, once the message is whole.
    fn name(&self) -> Result<Option<Option<String>>, Progress> {
        if self.message.first() != Some(&CLIENT_HELLO) {
            return Err(Progress::Foreign);
        }
        let Some(&[_, high, middle, low]) = self.message.first_chunk::<MESSAGE_HEAD>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([0, high, middle, low]) as usize;
        let end = MESSAGE_HEAD + length;
        match self.message.get(MESSAGE_HEAD..end) {
            Some(body) => server_name(Reader(body)).ok_or(Progress::Foreign).map(Some),
            // It can never be whole.
            None if end > BYTES_MAX => Err(Progress::TooLarge),
            None => Ok(None),
        }
    }
}

/// The name in the body of the message; `None` where its lengths do not fit.
fn server_name(mut body: Reader<'_>) -> Option<Option<String>> {
    const VERSION_AND_RANDOM: usize = 2 + 32;
    body.take(VERSION_AND_RANDOM)?;
    // The id of a session, cipher suites, compressions.
    body.list(1)?;
    body.list(2)?;
    body.list(1)?;
    if body.0.is_empty() {
        return Some(None);
    }
    let mut extensions = body.list(2)?;
    while !extensions.0.is_empty() {
        let kind = extensions.number(2)?;
        let mut content = extensions.list(2)?;
        if kind == SERVER_NAME {
            return host(content.list(2)?);
        }
    }
    Some(None)
}

fn host(mut names: Reader<'_>) -> Option<Option<String>> {
    while !names.0.is_empty() {
        let kind = names.number(1)?;
        let name = names.list(2)?;
        if kind == HOST_NAME {
            return Some(lowered(name.0));
        }
    }
    Some(None)
}

fn lowered(name: &[u8]) -> Option<String> {
    let name = DnsName::try_from(name).ok()?;
    let name = name.as_ref();
    let bare = name.strip_suffix('.').unwrap_or(name);
    Some(bare.to_ascii_lowercase())
}

/// Bytes with their lengths in front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of so many bytes.
    fn number(&mut self, width: usize) -> Option<usize> {
        let bytes = self.take(width)?.iter();
        Some(bytes.fold(0, |all, byte| all << 8 | usize::from(*byte)))
    }

    /// A list whose length stands before it as a number of so many bytes.
    fn list(&mut self, width: usize) -> Option<Self> {
        let length = self.number(width)?;
        self.take(length).map(Self)
    }
}
