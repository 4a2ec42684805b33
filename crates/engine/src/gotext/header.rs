//! Header names as Go writes them.

/// The canonical form of a header name: the first letter and those behind a `-` in upper case, the
/// rest in lower case (Go's `http.CanonicalHeaderKey`). A text that is no header name stays as it
/// is.
pub(crate) fn canonical_header_name(name: &str) -> String {
    if !name.bytes().all(is_token) {
        return name.to_owned();
    }
    let mut upper = true;
    let canonical = |byte: u8| {
        let byte = if upper {
            byte.to_ascii_uppercase()
        } else {
            byte.to_ascii_lowercase()
        };
        upper = byte == b'-';
        char::from(byte)
    };
    name.bytes().map(canonical).collect()
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_go_makes_of_them() {
        // Go 1.26: http.CanonicalHeaderKey(name)
        for (name, expected) in [
            ("content-type", "Content-Type"),
            ("X-REQUEST-ID", "X-Request-Id"),
            ("x_under-score", "X_under-Score"),
            ("www-authenticate", "Www-Authenticate"),
            ("has space", "has space"),
            ("", ""),
        ] {
            assert_eq!(canonical_header_name(name), expected, "{name}");
        }
    }
}
