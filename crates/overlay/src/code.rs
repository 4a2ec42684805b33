//! The codes of findings about overlays. They are stable: a code keeps its meaning for ever, and
//! each has a page `docs/errors/CODE.md`.

use haleway_document::strict::StrictCodes;

macro_rules! codes {
    ($($name:ident = $code:literal: $title:literal,)*) => {
        $(#[doc = $title] pub(crate) const $name: &str = $code;)*
        /// All codes with their titles.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$(($code, $title)),*];
    };
}

codes! {
    VERSION = "O0001": "unsupported version of the overlay",
    UNKNOWN_KEY = "O0002": "unknown key in an overlay",
    WRONG_TYPE = "O0003": "a value of the wrong type in an overlay",
    BAD_VALUE = "O0004": "a value that an overlay cannot use",
    MISSING_KEY = "O0005": "a key is missing in an overlay",
    NO_POOL = "O0006": "an entry that fits no pool",
    ALONE = "O0007": "an overlay without a configuration",
    WAITS = "O0008": "endpoints that no check lets in",
}

/// Those that reading gives.
pub(crate) const STRICT: StrictCodes = StrictCodes {
    unknown_key: UNKNOWN_KEY,
    wrong_type: WRONG_TYPE,
    bad_value: BAD_VALUE,
    missing_key: MISSING_KEY,
};

#[cfg(test)]
mod tests {
    use super::ALL;
    use std::path::Path;

    #[test]
    fn every_code_has_its_page() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
        for (code, title) in ALL {
            let page = std::fs::read_to_string(docs.join(format!("{code}.md"))).unwrap_or_default();
            let first = format!("# {code}: {title}");
            assert_eq!(page.lines().next(), Some(first.as_str()), "{code}");
            assert!(
                page.contains("How to mend it:"),
                "{code} does not say how to mend it"
            );
        }
    }

    #[test]
    fn codes_are_in_order_and_have_no_gaps() {
        for (index, (code, _)) in ALL.iter().enumerate() {
            assert_eq!(*code, format!("O{:04}", index + 1));
        }
    }
}
