//! What stands behind the name of an authentication scheme.

/// What stands behind the first occurrence of a scheme, wherever it is, and at least so many
/// blanks; Kong searches for it and does not ask what comes before. Only the first letter may be
/// upper case.
pub(crate) fn behind<'a>(header: &'a [u8], scheme: &[u8], blanks_min: usize) -> Option<&'a [u8]> {
    let mut places = header.windows(scheme.len()).enumerate();
    places.find_map(|(at, window)| {
        let (first, rest) = window.split_first()?;
        let (scheme_first, scheme_rest) = scheme.split_first()?;
        if !first.eq_ignore_ascii_case(scheme_first) || rest != scheme_rest {
            return None;
        }
        let behind = &header[at + scheme.len()..];
        let text = behind.trim_ascii_start();
        let blanks = behind.len() - text.len();
        (blanks >= blanks_min && !text.is_empty()).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn the_scheme_is_searched_for() {
        for (header, text) in [
            ("Bearer abc", Some("abc")),
            ("bearer   abc", Some("abc")),
            ("Basic x, Bearer abc d", Some("abc d")),
            ("Bearerabc Bearer d", Some("d")),
            ("BEARER abc", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("", None),
        ] {
            let found = behind(header.as_bytes(), b"bearer", 1);
            assert_eq!(found, text.map(str::as_bytes), "{header}");
        }
        assert_eq!(behind(b"Basicabc", b"basic", 0), Some(&b"abc"[..]));
    }
}
