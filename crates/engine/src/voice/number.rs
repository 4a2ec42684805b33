//! Numbers as header values.

use std::sync::LazyLock;

use http::HeaderValue;

/// Numbers that are written once and shared.
const KEPT: usize = 1000;

/// A number as a header value. Most are small, and cost nothing.
pub(super) fn value(number: u64) -> HeaderValue {
    static KNOWN: LazyLock<Vec<HeaderValue>> =
        LazyLock::new(|| (0..KEPT).map(HeaderValue::from).collect());
    let known = usize::try_from(number).ok().and_then(|it| KNOWN.get(it));
    known.cloned().unwrap_or_else(|| HeaderValue::from(number))
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 7, 999, 1000, u64::MAX] {
            assert_eq!(value(number), number.to_string());
        }
    }
}
