//! Dates of feeds.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

/// The moment that `text` names, in UTC, as Go writes it; `None` when it is in no usual format.
pub(super) fn moment(text: &str) -> Option<String> {
    const MAIL: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let text = text.trim();
    let utc = |local: DateTime| TimeZone::UTC.to_timestamp(local).ok();
    let moment = MAIL
        .parse_timestamp(text)
        .ok()
        .or_else(|| text.parse::<Timestamp>().ok())
        .or_else(|| text.parse::<DateTime>().ok().and_then(utc))
        .or_else(|| {
            text.parse::<Date>()
                .ok()
                .and_then(|date| utc(date.at(0, 0, 0, 0)))
        })?;
    Some(moment.to_string())
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn usual_formats_are_read() {
        let table = [
            ("Tue, 10 Mar 2020 12:30:00 +0000", "2020-03-10T12:30:00Z"),
            ("Tue, 10 Mar 2020 12:30:00 GMT", "2020-03-10T12:30:00Z"),
            ("Mon, 10 Mar 2020 12:30:00 +0200", "2020-03-10T10:30:00Z"),
            ("10 Mar 2020 12:30:00 EST", "2020-03-10T17:30:00Z"),
            ("2020-03-10T12:30:00+01:00", "2020-03-10T11:30:00Z"),
            ("2020-03-10T12:30:00.5Z", "2020-03-10T12:30:00.5Z"),
            ("2020-03-10 12:30:00", "2020-03-10T12:30:00Z"),
            ("2020-03-10", "2020-03-10T00:00:00Z"),
        ];
        for (text, expected) in table {
            assert_eq!(moment(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(moment("yesterday"), None);
        assert_eq!(moment(""), None);
    }
}
