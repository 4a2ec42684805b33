//! Names of headers as Kong spells them on HTTP/1.1.

use std::collections::BTreeMap;

use super::attach::Attachments;

/// What the proxy writes itself (Kong 3: the proxy location of its nginx template). All its other
/// names begin each word with a capital.
const OWN: &[&str] = &["TE", "X-Real-IP"];

/// The names that go out otherwise than with a capital at the begin of each word, sorted. The
/// proxy's own spelling counts before those of plugins, and of these the first.
pub(super) fn header_names(attachments: &Attachments<'_>) -> Vec<String> {
    let own = OWN.iter().map(|name| (*name).to_owned());
    unusual(own.chain(attachments.header_names()))
}

fn unusual(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut spelled: BTreeMap<String, String> = BTreeMap::new();
    for name in names {
        let known = spelled.entry(name.to_ascii_lowercase());
        known.or_insert(name);
    }
    let spelled = spelled.into_values();
    spelled.filter(|name| *name != capitalised(name)).collect()
}

/// A name with a capital at the begin of each word.
fn capitalised(name: &str) -> String {
    let mut begins = true;
    let letters = name.chars().map(|letter| {
        let first = std::mem::replace(&mut begins, letter == '-');
        if first {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        }
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[&str]) -> Vec<String> {
        unusual(names.iter().map(|name| (*name).to_owned()))
    }

    #[test]
    fn words_begin_with_a_capital() {
        for (name, expected) in [
            ("x-request-id", "X-Request-Id"),
            ("X-REAL-IP", "X-Real-Ip"),
            ("ratelimit-limit", "Ratelimit-Limit"),
            ("x_a-b2c--d", "X_a-B2c--D"),
            ("", ""),
        ] {
            assert_eq!(capitalised(name), expected);
        }
    }

    #[test]
    fn names_are_sorted_and_the_first_spelling_counts() {
        let names = ["X-b", "WWW-Authenticate", "x-A", "X-B", "X-Usual"];
        assert_eq!(listed(&names), ["WWW-Authenticate", "x-A", "X-b"]);
        // A usual spelling that stands first hides an unusual one.
        assert_eq!(listed(&["X-B", "x-b"]), Vec::<String>::new());
    }
}
