//! `kong.conf`: lines of `name = value`. A `#` begins a comment, unless a backslash stands before
//! it.

use std::collections::BTreeMap;

use super::Written;

/// The settings of a file.
pub(super) fn read(file: &str, bytes: &[u8]) -> BTreeMap<String, Written> {
    let text = text_of(bytes);
    let lines = text.lines().enumerate().filter_map(|(at, line)| {
        let line = uncommented(line);
        let (name, value) = line.split_once('=')?;
        let written = Written {
            text: value.trim().trim_matches(['"', '\'']).to_owned(),
            place: format!("{file}:{}", at + 1),
        };
        Some((name.trim().to_ascii_lowercase(), written))
    });
    lines.collect()
}

/// Bytes as a text; what is no UTF-8 becomes U+FFFD.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn uncommented(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'#') => {
                letters.next();
                out.push('#');
            }
            '#' => break,
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn comments_and_marks_are_taken_off() {
        let text = b"# all\n proxy_listen = 0.0.0.0:80 # plain\npg_password = a\\#b\n\nbad line\nheaders=\"off\"";
        let values = read("kong.conf", text);
        assert_eq!(values["proxy_listen"].text, "0.0.0.0:80");
        assert_eq!(values["proxy_listen"].place, "kong.conf:2");
        assert_eq!(values["pg_password"].text, "a#b");
        assert_eq!(values["headers"].text, "off");
        assert_eq!(values.len(), 3);
    }
}
