//! What must hold of every reader of heads, whatever the bytes.

use haleway_http1::{BadHead, Received, Told};
use http::HeaderMap;

/// The first byte says where the rest is cut.
pub fn split(bytes: &[u8]) -> (usize, &[u8]) {
    match bytes.split_first() {
        Some((first, rest)) => (usize::from(*first).min(rest.len()), rest),
        None => (0, bytes),
    }
}

/// Reads the bytes, and a part of them: what the part says already, more bytes do not change.
pub fn check<T: std::fmt::Debug>(
    bytes: &[u8],
    read: fn(&[u8], bool) -> Result<Option<Received<T>>, BadHead>,
    headers: fn(&T) -> &HeaderMap,
) -> Option<Received<T>> {
    let (cut, input) = split(bytes);
    let whole = read(input, true);
    match (read(&input[..cut], true), &whole) {
        (Ok(None), Ok(Some(whole))) => assert!(cut < whole.bytes),
        (Ok(None), _) => {}
        (Ok(Some(part)), Ok(Some(whole))) => {
            assert_eq!(part.bytes, whole.bytes);
            assert_eq!(part.told, whole.told);
            assert_eq!(headers(&part.head), headers(&whole.head));
        }
        (Err(bad), Err(found)) => assert_eq!(bad, *found),
        (part, whole) => panic!("{part:?} became {whole:?}"),
    }
    let read = whole.ok()??;
    assert_eq!(read.told, Told::by(headers(&read.head)));
    Some(read)
}
