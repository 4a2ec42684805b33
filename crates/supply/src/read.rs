//! Bytes out of a file, bounded, and text out of bytes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use haleway_document::limits::SOURCE_BYTES_MAX;

/// Why a document could not be read.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// There is nothing under that name.
    Missing,
    /// It is there and cannot be read.
    Unreadable(io::Error),
    /// It is larger than [`SOURCE_BYTES_MAX`].
    TooLarge,
    /// The text before the first byte that is not UTF-8.
    NotUtf8(String),
}

/// The text of a file.
pub(crate) fn text_of_file(path: &Path) -> Result<String, Trouble> {
    let file = File::open(path).map_err(Trouble::from)?;
    text_of(file)
}

/// The text that a reader gives until its end.
pub(crate) fn text_of(reader: impl Read) -> Result<String, Trouble> {
    let bytes = bytes_of(reader, SOURCE_BYTES_MAX)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let mut bytes = error.into_bytes();
        bytes.truncate(valid);
        Trouble::NotUtf8(String::from_utf8(bytes).expect("cut at the end of the valid part"))
    })
}

/// All bytes of a reader, at most `bytes_max`.
pub(crate) fn bytes_of(reader: impl Read, bytes_max: usize) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    reader
        .take(bytes_max as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(Trouble::from)?;
    if bytes.len() > bytes_max {
        return Err(Trouble::TooLarge);
    }
    Ok(bytes)
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Unreadable(error),
        }
    }
}

/// What the system says, without its error number.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        _ => {
            let text = error.to_string();
            text.split(" (os error")
                .next()
                .unwrap_or_default()
                .to_lowercase()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_allowed_and_one_more_is_not() {
        assert_eq!(bytes_of(&b"four"[..], 4).unwrap(), b"four");
        assert!(matches!(bytes_of(&b"fives"[..], 4), Err(Trouble::TooLarge)));
    }

    #[test]
    fn text_stops_before_the_first_byte_that_is_not_utf8() {
        let Err(Trouble::NotUtf8(before)) = text_of(&b"{\n \"a\": \xff}"[..]) else {
            panic!("accepted");
        };
        assert_eq!(before, "{\n \"a\": ");
    }

    #[test]
    fn reasons_carry_no_error_numbers() {
        let error = io::Error::from_raw_os_error(5);
        assert!(!reason(&error).contains("os error"), "{}", reason(&error));
        assert_eq!(
            reason(&io::ErrorKind::PermissionDenied.into()),
            "permission denied"
        );
    }
}
