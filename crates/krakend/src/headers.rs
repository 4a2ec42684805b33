//! Header names in the form that Go's `textproto` gives them.

/// `x-request-id` becomes `X-Request-Id`; a name with other than token characters stays as it is.
pub(crate) fn canonical(name: &str) -> String {
    if !is_token(name) {
        return name.to_owned();
    }
    let mut upper = true;
    name.chars()
        .map(|c| {
            let c = if upper {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            };
            upper = c == '-';
            c
        })
        .collect()
}

/// Whether a text is a token of HTTP: a header name or a method.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn names_are_written_as_go_writes_them() {
        for (name, expected) in [
            ("x-y-z", "X-Y-Z"),
            ("CONTENT-TYPE", "Content-Type"),
            ("x_api-KEY", "X_api-Key"),
            ("*", "*"),
            ("with space", "with space"),
            ("", ""),
        ] {
            assert_eq!(canonical(name), expected);
        }
    }
}
