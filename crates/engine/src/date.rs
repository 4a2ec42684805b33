//! The `Date` of answers (RFC 9110, 6.6.1).

use http::HeaderValue;
use jiff::Timestamp;

/// A moment, written for a header once a second.
pub(crate) struct Date {
    second: i64,
    pub(crate) value: HeaderValue,
}

impl Date {
    pub(crate) fn now() -> Self {
        Self::at(Timestamp::now())
    }

    fn at(now: Timestamp) -> Self {
        let text = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let value = HeaderValue::from_str(&text);
        Self {
            second: now.as_second(),
            value: value.unwrap_or(HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT")),
        }
    }

    /// Writes it anew where its second is over.
    pub(crate) fn renew(&mut self) {
        let now = Timestamp::now();
        if now.as_second() != self.second {
            *self = Self::at(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_rfc_9110_shows_it() {
        let example: Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();
        assert_eq!(Date::at(example).value, "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
