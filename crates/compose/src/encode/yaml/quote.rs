//! Which strings YAML cannot take as they are, and how they are quoted.

/// Words that some version of YAML reads as null or a boolean.
const WORDS: [&str; 32] = [
    "null", "Null", "NULL", "~", "true", "True", "TRUE", "false", "False", "FALSE", "y", "Y",
    "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "<<",
    "=", "---", "...", "-", "?",
];

/// Words for numbers that are none.
const NOT_NUMBERS: [&str; 9] = [
    ".inf", ".Inf", ".INF", "+.inf", "-.inf", "-.Inf", ".nan", ".NaN", ".NAN",
];

/// Whether a string of one line must be quoted to be read back as itself.
pub(super) fn needs_quotes(text: &str) -> bool {
    let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) else {
        return true;
    };
    WORDS.contains(&text)
        || NOT_NUMBERS.contains(&text)
        || "*&[{}],!|>%'\"@ `".contains(first)
        || text.starts_with("? ")
        || matches!(last, ':' | ' ')
        || text.contains(['#', '\\'])
        || text.contains(": ")
        || text.contains("- ")
        || is_number(text)
        || is_time(text)
        || text.chars().any(unprintable)
}

/// Whether a string of several lines would not survive as a literal block: the first line must not
/// begin with a space, and the same marks count as for a plain string.
pub(super) fn unfit_for_block(text: &str) -> bool {
    text.starts_with(' ')
        || "*&[{}],!|>%'\"@`".contains(&text[..text.chars().next().map_or(0, char::len_utf8)])
        || text.ends_with([':', ' '])
        || text.contains(['#', '\\'])
        || text.contains(": ")
        || text.contains("- ")
        || text.chars().any(|char| char != '\n' && unprintable(char))
}

/// Appends `text` in double quotes.
pub(super) fn double_quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for char in text.chars() {
        let escaped = match char {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            char if unprintable(char) && char < '\u{100}' => format!("\\x{:02x}", char as u32),
            char if unprintable(char) => format!("\\u{:04x}", char as u32),
            char => {
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        out.extend_from_slice(escaped.as_bytes());
    }
    out.push(b'"');
}

/// Characters that YAML does not take, or that end a line for some readers.
fn unprintable(char: char) -> bool {
    matches!(char, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Whether some version of YAML reads `text` as a number.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return false;
    }
    let digits: String = unsigned.chars().filter(|&char| char != '_').collect();
    let based = |prefix: &str, radix: u32| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|char| char.is_digit(radix)))
    };
    based("0x", 16) || based("0o", 8) || based("0b", 2) || is_decimal(&digits)
}

/// `12`, `1.5`, `.5`, `1.`, each with or without an exponent.
fn is_decimal(digits: &str) -> bool {
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !unsigned.is_empty() && all_digits(unsigned)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent_fits && whole.len() + fraction.len() > 0 && all_digits(whole) && all_digits(fraction)
}

/// Whether `text` has the form of a date, a date with time, or hours and minutes.
fn is_time(text: &str) -> bool {
    const SHAPES: [&str; 3] = ["0000-00-00", "00:00", "00:0"];
    let shape: String = text
        .chars()
        .map(|char| if char.is_ascii_digit() { '0' } else { char })
        .collect();
    SHAPES.contains(&shape.as_str())
        || shape.starts_with("0000-00-00T00:00:00")
        || shape.starts_with("0000-00-00t00:00:00")
        || shape == "0000-00-00 00:00:00"
}
