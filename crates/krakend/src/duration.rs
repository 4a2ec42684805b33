//! Durations as Go writes them: `2s`, `1m30s`, `300ms`, `1.5h`. Exact, in nanoseconds, with the
//! limits of Go's `time.ParseDuration`: what does not fit 63 bits is refused.

/// A duration in nanoseconds, never negative: KrakenD has no use for a negative one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Duration {
    nanos: i64,
}

impl Duration {
    pub(crate) const fn from_secs(seconds: u32) -> Self {
        Self {
            nanos: seconds as i64 * 1_000_000_000,
        }
    }

    pub(crate) const fn from_millis(millis: u32) -> Self {
        Self {
            nanos: millis as i64 * 1_000_000,
        }
    }

    /// Nanoseconds as a number writes them; negative ones are none.
    pub(crate) fn from_nanos(nanos: i64) -> Option<Self> {
        (nanos >= 0).then_some(Self { nanos })
    }

    pub(crate) fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// Whole microseconds; what is shorter than one counts as one.
    pub(crate) fn micros(self) -> u64 {
        (self.nanos as u64).div_ceil(1_000)
    }

    /// Whole milliseconds, rounded up.
    pub(crate) fn millis(self) -> u64 {
        (self.nanos as u64).div_ceil(1_000_000)
    }

    /// Whole seconds, rounded down.
    pub(crate) fn secs(self) -> u64 {
        self.nanos as u64 / 1_000_000_000
    }

    /// This share of it, at full precision.
    pub(crate) fn percent(self, share: u32) -> Self {
        Self {
            nanos: (i128::from(self.nanos) * i128::from(share) / 100) as i64,
        }
    }

    /// Microseconds, or none where it is zero.
    pub(crate) fn some_micros(self) -> Option<u64> {
        (!self.is_zero()).then(|| self.micros())
    }

    /// Reads Go's form.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let (negative, mut rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "0" {
            return Ok(Self::default());
        }
        if rest.is_empty() {
            return Err("there is no number");
        }
        let mut nanos: u128 = 0;
        while !rest.is_empty() {
            let (part, after) = part(rest)?;
            nanos += part;
            if nanos > i64::MAX as u128 {
                return Err("it is longer than 292 years");
            }
            rest = after;
        }
        if negative && nanos > 0 {
            return Err("it is negative");
        }
        Ok(Self {
            nanos: nanos as i64,
        })
    }
}

/// One number with its unit, in nanoseconds, and what follows.
fn part(text: &str) -> Result<(u128, &str), &'static str> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err("a number is missing");
    }
    let end = rest
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    let unit = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "" => return Err("a unit is missing: ns, us, ms, s, m or h"),
        _ => return Err("the unit is not one of ns, us, ms, s, m, h"),
    };
    if whole.len() > DIGITS_MAX {
        return Err("it is longer than 292 years");
    }
    let whole: u128 = if whole.is_empty() {
        0
    } else {
        whole.parse().map_err(|_| "a number is missing")?
    };
    Ok((whole * unit + fraction_of(fraction, unit), rest))
}

/// Digits of a number that can still be a duration; leading zeros count.
const DIGITS_MAX: usize = 24;

fn digits(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

/// The fraction of a unit, rounded down to a nanosecond; digits below it change nothing.
fn fraction_of(digits: &str, unit: u128) -> u128 {
    let (mut value, mut scale) = (0, 1);
    for digit in digits.bytes().take(18) {
        value = value * 10 + u128::from(digit - b'0');
        scale *= 10;
    }
    value * unit / scale
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn reads_what_go_reads() {
        for (text, nanos) in [
            ("0", 0),
            ("5s", 5_000_000_000),
            ("1m30s", 90_000_000_000),
            ("300ms", 300_000_000),
            ("150us", 150_000),
            ("150µs", 150_000),
            ("150μs", 150_000),
            ("12h", 43_200_000_000_000),
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("+3ns", 3),
            ("-0s", 0),
            ("0.3333333333333333333h", 1_199_999_999_999),
            ("9223372036854775807ns", i64::MAX),
            ("1h2m3s4ms5us6ns", 3_723_004_005_006),
        ] {
            assert_eq!(Duration::parse(text), Ok(Duration { nanos }), "{text}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in [
            "",
            "3",
            "-",
            "s",
            ".",
            ".s",
            "-.",
            "+.s",
            "1d",
            "3000",
            "1s ",
            " 1s",
            "1s2",
            "1_s",
            "1S",
            "9223372036854775808ns",
            "9999999h",
            "99999999999999999999999999999999999999999h",
            "-1s",
        ] {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rounds_so_that_nothing_becomes_zero() {
        assert_eq!(Duration::parse("30ns").map(Duration::micros), Ok(1));
        assert_eq!(Duration::parse("1500us").map(Duration::millis), Ok(2));
        assert_eq!(Duration::parse("1999ms").map(Duration::secs), Ok(1));
        assert_eq!(
            Duration::parse("3s").map(|it| it.percent(85).micros()),
            Ok(2_550_000)
        );
    }
}
