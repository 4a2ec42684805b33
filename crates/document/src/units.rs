//! Lengths of time and shares, as our own documents write them.

/// Microseconds of a length of time: numbers with a unit, `50ms`, `1.5s`, `1m30s`; units are `us`,
/// `ms`, `s`, `m` and `h`. What is finer than a microsecond is cut off.
///
/// # Errors
/// What is wrong with it.
pub fn duration_us(text: &str) -> Result<u64, &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    let mut rest = text;
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (us, after) = one_part(rest)?;
        total += us;
        rest = after;
    }
    match u64::try_from(total) {
        Ok(us) if us <= DURATION_US_MAX => Ok(us),
        _ => Err("it is longer than a hundred years"),
    }
}

/// The longest time that can be written: a hundred years.
const DURATION_US_MAX: u64 = 100 * 365 * 24 * 3_600_000_000;

/// Digits of a number that are read; more would be longer than the longest time.
const DIGITS_MAX: usize = 18;

fn one_part(text: &str) -> Result<(u128, &str), &'static str> {
    let (whole, rest) = digits(text);
    let (decimals, rest) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("0", rest),
    };
    if whole.is_empty() || decimals.is_empty() {
        return Err("a number is missing");
    }
    let end = rest
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    let unit_us = match unit {
        "us" | "µs" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "" => return Err("a unit is missing: us, ms, s, m or h"),
        _ => return Err("the unit is not one of us, ms, s, m, h"),
    };
    let whole = whole.trim_start_matches('0');
    if whole.len() > DIGITS_MAX {
        return Err("it is longer than a hundred years");
    }
    let whole: u128 = whole.parse().unwrap_or(0);
    Ok((whole * unit_us + fraction(decimals, unit_us), rest))
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// The decimals of a number of units.
fn fraction(decimals: &str, unit_us: u128) -> u128 {
    let (mut value, mut scale) = (0, 1);
    for digit in decimals.bytes().take(DIGITS_MAX) {
        value = value * 10 + u128::from(digit - b'0');
        scale *= 10;
    }
    value * unit_us / scale
}

/// Parts per million of a percentage from `0%` to `100%` with at most four decimals.
#[must_use]
pub fn share_ppm(text: &str) -> Option<u32> {
    let number = text.strip_suffix('%')?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 4 || whole.len() > 3 {
        return None;
    }
    let scaled: u32 = format!("{decimals:0<4}").parse().ok()?;
    let ppm = whole.parse::<u32>().ok()? * 10_000 + scaled;
    (ppm <= 1_000_000).then_some(ppm)
}

#[cfg(test)]
mod tests {
    use super::{duration_us, share_ppm};

    #[test]
    fn durations_are_exact() {
        for (text, us) in [
            ("1s", 1_000_000),
            ("50ms", 50_000),
            ("2m", 120_000_000),
            ("1h", 3_600_000_000),
            ("7us", 7),
            ("0s", 0),
            ("1.5s", 1_500_000),
            ("0.25ms", 250),
            ("1m30s", 90_000_000),
            ("0.0000009s", 0),
            ("000000000000000000000000001s", 1_000_000),
            ("876000h", super::DURATION_US_MAX),
        ] {
            assert_eq!(duration_us(text), Ok(us), "{text}");
        }
        for wrong in [
            "",
            "s",
            "1",
            "-1s",
            "1 s",
            "1d",
            ".5s",
            "1.s",
            "1s2",
            "1S",
            "876001h",
            "1_0s",
            "99999999999999999999999h",
            "18446744073709551616us",
        ] {
            assert!(duration_us(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_are_exact() {
        for (text, ppm) in [
            ("0%", 0),
            ("20%", 200_000),
            ("61.1%", 611_000),
            ("0.0001%", 1),
            ("100%", 1_000_000),
        ] {
            assert_eq!(share_ppm(text), Some(ppm), "{text}");
        }
        for wrong in [
            "", "%", "20", "-1%", "100.1%", "1.00001%", "1.%", "x%", "9999%",
        ] {
            assert_eq!(share_ppm(wrong), None, "{wrong}");
        }
    }
}
