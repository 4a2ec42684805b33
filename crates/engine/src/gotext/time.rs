//! Times and durations as Go prints them.

use std::fmt::{self, Write as _};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The moment from which the monotonic part of [`go_time`] counts. The first call fixes it: the
/// engine makes it when it starts.
pub(crate) fn process_start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// The time in the zone of the system, which is looked up once; UTC where it cannot be found.
pub(crate) fn local(time: Timestamp) -> Zoned {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    let zone = ZONE.get_or_init(|| TimeZone::try_system().unwrap_or(TimeZone::UTC));
    time.to_zoned(zone.clone())
}

/// Now, as Go's `time.Now().String()` writes it:
/// `2022-01-19 18:38:38.084402465 +0100 CET m=+30.674738658`.
pub(crate) fn go_time_now() -> String {
    go_time(&local(Timestamp::now()), process_start().elapsed())
}

/// A time and the monotonic clock's reading that belongs to it, as Go's `time.Time.String()`
/// writes them: a fraction loses its trailing zeros, the reading keeps them.
fn go_time(time: &Zoned, monotonic: Duration) -> String {
    let mut text = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let nanoseconds = time.subsec_nanosecond();
    if nanoseconds != 0 {
        let digits = format!("{nanoseconds:09}");
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
    let zone = time.time_zone().to_offset_info(time.timestamp());
    let (seconds, fraction) = (monotonic.as_secs(), monotonic.subsec_nanos());
    write!(
        text,
        " {} {} m=+{seconds}.{fraction:09}",
        time.strftime("%z"),
        zone.abbreviation()
    )
    .expect("a String takes everything");
    text
}

/// A duration as Go prints it: `135.2µs`, `1m30s`. Longer ones than Go's longest (292 years) are
/// that.
#[derive(Clone, Copy)]
pub(crate) struct GoDuration {
    text: [u8; GO_DURATION_BYTES_MAX],
    start: usize,
}

/// Longest text: `2562047h47m16.854775807s`.
const GO_DURATION_BYTES_MAX: usize = 24;

impl GoDuration {
    pub(crate) fn new(duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let nanoseconds = nanoseconds.min(i64::MAX as u64);
        let mut written = Self {
            text: [0; GO_DURATION_BYTES_MAX],
            start: GO_DURATION_BYTES_MAX,
        };
        match nanoseconds {
            0 => written.push("0s"),
            1..1_000 => written.push_number(nanoseconds, 0, "ns"),
            1_000..1_000_000 => written.push_number(nanoseconds, 3, "µs"),
            1_000_000..1_000_000_000 => written.push_number(nanoseconds, 6, "ms"),
            _ => written.push_clock(nanoseconds),
        }
        written
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[self.start..]).expect("only whole characters are written")
    }

    fn push_clock(&mut self, nanoseconds: u64) {
        let seconds = nanoseconds / 1_000_000_000;
        self.push_number(nanoseconds % 60_000_000_000, 9, "s");
        if seconds >= 60 {
            self.push_number(seconds / 60 % 60, 0, "m");
        }
        if seconds >= 3600 {
            self.push_number(seconds / 3600, 0, "h");
        }
    }

    /// Puts `number / 10^decimals` and its unit in front of what is there.
    fn push_number(&mut self, number: u64, decimals: u32, unit: &str) {
        self.push(unit);
        let scale = 10_u64.pow(decimals);
        let (mut fraction, mut digits) = (number % scale, decimals);
        if fraction != 0 {
            while fraction.is_multiple_of(10) {
                fraction /= 10;
                digits -= 1;
            }
            for _ in 0..digits {
                self.push_digit(fraction % 10);
                fraction /= 10;
            }
            self.push(".");
        }
        let mut whole = number / scale;
        loop {
            self.push_digit(whole % 10);
            whole /= 10;
            if whole == 0 {
                return;
            }
        }
    }

    fn push_digit(&mut self, digit: u64) {
        self.start -= 1;
        self.text[self.start] = b'0' + digit as u8;
    }

    fn push(&mut self, text: &str) {
        self.start -= text.len();
        self.text[self.start..][..text.len()].copy_from_slice(text.as_bytes());
    }
}

impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zoned(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_what_go_writes() {
        for (time, monotonic_ns, expected) in [
            (
                "2022-01-19T18:38:38.084402465+01:00[Europe/Madrid]",
                30_674_738_658,
                "2022-01-19 18:38:38.084402465 +0100 CET m=+30.674738658",
            ),
            (
                "2026-07-01T00:00:00Z[UTC]",
                0,
                "2026-07-01 00:00:00 +0000 UTC m=+0.000000000",
            ),
            (
                "2026-07-01T12:00:00.5-03:00[America/Sao_Paulo]",
                1_000,
                "2026-07-01 12:00:00.5 -0300 -03 m=+0.000001000",
            ),
        ] {
            assert_eq!(
                go_time(&zoned(time), Duration::from_nanos(monotonic_ns)),
                expected
            );
        }
    }

    #[test]
    fn now_has_all_its_parts() {
        process_start();
        let text = go_time_now();
        let parts: Vec<&str> = text.split(' ').collect();
        assert_eq!(parts.len(), 5, "{text}");
        assert!(parts[4].starts_with("m=+"), "{text}");
    }

    #[test]
    fn durations_are_what_go_prints() {
        // Go 1.26: time.Duration(n).String()
        for (nanoseconds, expected) in [
            (0, "0s"),
            (1, "1ns"),
            (999, "999ns"),
            (135_200, "135.2µs"),
            (100_000, "100µs"),
            (1_000_001, "1.000001ms"),
            (999_999_999, "999.999999ms"),
            (1_000_000_000, "1s"),
            (1_500_000_000, "1.5s"),
            (60_000_000_000, "1m0s"),
            (3_600_000_000_000, "1h0m0s"),
            (5_025_000_000_001, "1h23m45.000000001s"),
            (u64::MAX, "2562047h47m16.854775807s"),
        ] {
            assert_eq!(
                GoDuration::new(Duration::from_nanos(nanoseconds)).as_str(),
                expected
            );
        }
    }

    #[test]
    fn padding_counts_characters() {
        let padded = format!("{:>13}", GoDuration::new(Duration::from_nanos(135_200)));
        assert_eq!(padded, "      135.2µs");
    }
}
