//! The macro that declares the codes of a crate's findings.

/// Declares the codes of a crate's findings as constants, and tests that each has its page: a code
/// keeps its meaning for ever, and `docs/errors/CODE.md` says how to mend what it is about. Codes
/// stand in ascending order; each hundred has a subject of its own, and no gaps.
///
/// ```ignore
/// haleway_document::finding_codes! {
///     WRONG_TYPE = "X0001": "a value of the wrong type",
/// }
/// ```
#[macro_export]
macro_rules! finding_codes {
    ($($name:ident = $code:literal: $title:literal,)*) => {
        $(#[doc = $title] pub(crate) const $name: &str = $code;)*

        #[cfg(test)]
        mod tests {
            /// All codes with their titles.
            const ALL: &[(&str, &str)] = &[$(($code, $title)),*];

            #[test]
            fn every_code_has_its_page() {
                let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
                for (code, title) in ALL {
                    let page = std::fs::read_to_string(format!("{docs}/{code}.md"));
                    let page = page.unwrap_or_default();
                    let first = format!("# {code}: {title}");
                    assert_eq!(page.lines().next(), Some(first.as_str()), "{code}");
                    let mends = page.contains("How to mend it:");
                    assert!(mends, "{code} does not say how to mend it");
                }
            }

            #[test]
            fn codes_are_in_order_and_each_hundred_has_no_gaps() {
                let number = |(code, _): &(&str, &str)| code[1..].parse::<u32>().unwrap();
                let numbers: Vec<u32> = ALL.iter().map(number).collect();
                for pair in numbers.windows(2) {
                    let next_hundred = (pair[0] / 100 + 1) * 100 + 1;
                    let next = pair[1] == pair[0] + 1 || pair[1] == next_hundred;
                    assert!(next, "{pair:?}");
                }
            }
        }
    };
}
