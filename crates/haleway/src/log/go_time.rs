//! Times in the layouts of Go's `time.Format`, which KrakenD's log patterns use.

use jiff::Zoned;

/// The elements of a layout, longer ones before those that they begin with, each with the
/// `strftime` form of the same.
const ELEMENTS: [(&str, &str); 26] = [
    ("January", "%B"),
    ("Jan", "%b"),
    ("Monday", "%A"),
    ("Mon", "%a"),
    ("MST", "%Z"),
    ("2006", "%Y"),
    ("-07:00", "%:z"),
    ("-0700", "%z"),
    ("002", "%j"),
    ("01", "%m"),
    ("02", "%d"),
    ("03", "%I"),
    ("04", "%M"),
    ("05", "%S"),
    ("06", "%y"),
    ("15", "%H"),
    ("PM", "%p"),
    ("pm", "%P"),
    ("_2", "%e"),
    ("1", "%-m"),
    ("2", "%-d"),
    ("3", "%-I"),
    ("4", "%-M"),
    ("5", "%-S"),
    // Handled apart, because UTC is written as Z.
    ("Z07:00", ""),
    ("Z0700", ""),
];

/// The time in a Go layout. Text that is no element stands for itself.
pub(super) fn written(layout: &str, at: &Zoned) -> String {
    let mut out = String::new();
    let mut rest = layout;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = fraction(rest, at, &mut out) {
            rest = after;
        } else if let Some((element, form)) = ELEMENTS
            .iter()
            .find(|(element, _)| rest.starts_with(element))
        {
            out.push_str(&filled(element, form, at));
            rest = &rest[element.len()..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

fn filled(element: &str, form: &str, at: &Zoned) -> String {
    match element {
        "Z07:00" | "Z0700" if at.offset().is_zero() => "Z".to_owned(),
        "Z07:00" => at.strftime("%:z").to_string(),
        "Z0700" => at.strftime("%z").to_string(),
        _ => at.strftime(form).to_string(),
    }
}

/// `.000` writes so many digits of the second, `.999` leaves zeros at the end out.
fn fraction<'a>(rest: &'a str, at: &Zoned, out: &mut String) -> Option<&'a str> {
    const DIGITS_MAX: usize = 9;
    let after = rest.strip_prefix(['.', ','])?;
    let digit = after
        .chars()
        .next()
        .filter(|digit| matches!(digit, '0' | '9'))?;
    let count = after.chars().take_while(|next| *next == digit).count();
    if count > DIGITS_MAX || after[count..].starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    let nanoseconds = format!("{:09}", at.subsec_nanosecond());
    let mut digits = &nanoseconds[..count];
    if digit == '9' {
        digits = digits.trim_end_matches('0');
    }
    if !digits.is_empty() {
        out.push_str(&rest[..1]);
        out.push_str(digits);
    }
    Some(&after[count..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: i8) -> Zoned {
        let zone = jiff::tz::Offset::constant(zone).to_time_zone();
        jiff::civil::date(2026, 3, 5)
            .at(14, 8, 7, 60_000_000)
            .to_zoned(zone)
            .unwrap()
    }

    #[test]
    fn common_layouts_read_as_go_writes_them() {
        for (layout, expected) in [
            ("2006/01/02 - 15:04:05.000", "2026/03/05 - 14:08:07.060"),
            ("2006-01-02T15:04:05.999Z07:00", "2026-03-05T14:08:07.06Z"),
            ("Mon Jan _2 15:04:05 2006", "Thu Mar  5 14:08:07 2026"),
            (
                "Monday, 02-January-06 3:04PM",
                "Thursday, 05-March-26 2:08PM",
            ),
            ("1/2/2006", "3/5/2026"),
            ("at 15h", "at 14h"),
            ("", ""),
        ] {
            assert_eq!(written(layout, &at(0)), expected, "{layout}");
        }
    }

    #[test]
    fn offsets_are_written_and_utc_is_z() {
        assert_eq!(written("Z07:00", &at(2)), "+02:00");
        assert_eq!(written("-0700", &at(2)), "+0200");
        assert_eq!(written("Z07:00", &at(0)), "Z");
    }
}
