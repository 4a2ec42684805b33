//! Arguments in the form of a query: `a=1&b=c+d`.

use crate::percent::percent_decoded;

/// Arguments that are read; those behind are left out.
const ARGUMENTS_MAX: usize = 100;

/// The arguments of a request, in their order.
#[derive(Debug, Default)]
pub(super) struct Arguments(Vec<(String, String)>);

impl Arguments {
    /// Reads a query, or a body of the same form. A name without a value is `true`, as in nginx.
    pub(super) fn of(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let read = pairs
            .take(ARGUMENTS_MAX)
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => (unescaped(name), unescaped(value)),
                None => (unescaped(pair), "true".to_owned()),
            });
        Self(read.collect())
    }

    /// The first argument of a name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    /// Whether an argument says yes in one of Kong's ways.
    pub(super) fn says_yes(&self, name: &str) -> bool {
        let value = self.value(name).unwrap_or_default().to_ascii_lowercase();
        matches!(value.as_str(), "1" | "true" | "on" | "yes")
    }
}

/// A text as it stands in a query.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn unescaped(text: &str) -> String {
    percent_decoded(&text.replace('+', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_found_by_name() {
        let arguments = Arguments::of("size=2&tags=a%2Cb+c&check_hash&&=x&flatten_errors=On");
        assert_eq!(arguments.value("size"), Some("2"));
        assert_eq!(arguments.value("tags"), Some("a,b c"));
        assert_eq!(arguments.value("check_hash"), Some("true"));
        assert_eq!(arguments.value("none"), None);
        assert!(arguments.says_yes("flatten_errors"));
        assert!(!arguments.says_yes("size"));
    }

    #[test]
    fn escapes_come_back() {
        for text in ["MTAw", "a b/c=d&e+f%", "ä"] {
            assert_eq!(unescaped(&escaped(text)), text);
        }
    }
}
