//! Header names in the form that Go's `textproto` gives them.

use haleway_document::Diagnostic;

use crate::code;
use crate::reader::Reader;

/// The header names of a key, each once; `None` where nothing is written. What is no header name is
/// reported and left out.
pub(crate) fn names(reader: &Reader<'_>, key: &str) -> Option<Vec<String>> {
    let written = reader.texts(key);
    if written.is_empty() {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for written in written {
        let name = canonical(&written.value);
        if !is_token(&name) {
            let message = format!(
                "`{}` in `{key}` is no header name and is left out",
                written.value
            );
            let finding = Diagnostic::warning(code::OUT_OF_RANGE, reader.says(&message));
            reader.report(finding.at(written.span, "no request can carry it"));
        } else if !names.contains(&name) {
            names.push(name);
        }
    }
    Some(names)
}

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
