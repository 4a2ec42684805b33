//! The number grammar of JSON, which the numbers of every format end up in.

/// Go refuses what a 64-bit float cannot hold.
pub(super) fn fits(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// The number grammar of RFC 8259.
pub(super) fn is_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, rest) = digits(text);
    if whole.is_empty() || (whole.len() > 1 && whole[0] == b'0') {
        return false;
    }
    let rest = match rest.strip_prefix(b".") {
        Some(rest) => match digits(rest) {
            ([], _) => return false,
            (_, rest) => rest,
        },
        None => rest,
    };
    match rest {
        [] => true,
        [b'e' | b'E', rest @ ..] => {
            let (exponent, rest) = digits(
                rest.strip_prefix(b"+")
                    .or(rest.strip_prefix(b"-"))
                    .unwrap_or(rest),
            );
            !exponent.is_empty() && rest.is_empty()
        }
        _ => false,
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(
        text.iter()
            .position(|b| !b.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

/// A decimal number of a laxer grammar as JSON writes it, its digits kept: `.5` becomes `0.5`, `1.`
/// becomes `1.0`, `+007` becomes `7`. `None` if it is no number or a 64-bit float cannot hold it.
pub(super) fn repaired(text: &str) -> Option<String> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if unsigned.starts_with(['+', '-']) {
        return None;
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => unsigned.split_at(at),
        None => (unsigned, ""),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some(("", "")) => return None,
        Some((whole, "")) => (whole, ".0".to_owned()),
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (mantissa, String::new()),
    };
    let whole = match whole.trim_start_matches('0') {
        "" if whole.is_empty() && fraction.is_empty() => return None,
        "" => "0",
        digits => digits,
    };
    let number = format!("{sign}{whole}{fraction}{exponent}");
    (is_json(number.as_bytes()) && fits(&number)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laxer_numbers_are_repaired_or_refused() {
        let repairs = [
            (".5", "0.5"),
            ("1.", "1.0"),
            ("+007", "7"),
            ("-.5e3", "-0.5e3"),
            ("1.e-3", "1.0e-3"),
            ("00", "0"),
            ("12345678901234567890123", "12345678901234567890123"),
        ];
        for (text, number) in repairs {
            assert_eq!(repaired(text).as_deref(), Some(number), "{text}");
        }
        for text in [
            "", ".", "-", "+-1", "1e", "e5", "1.2.3", "0x10", "1e999", "1_0", "inf",
        ] {
            assert_eq!(repaired(text), None, "{text}");
        }
    }
}
