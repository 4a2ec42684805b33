//! The codes of findings about scenarios. They are stable: a code keeps its meaning for ever, and
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
    VERSION = "W0001": "no scenario, or one of an unsupported version",
    UNKNOWN_KEY = "W0002": "unknown key in a scenario",
    WRONG_TYPE = "W0003": "a value of the wrong type in a scenario",
    BAD_VALUE = "W0004": "a value that a scenario cannot use",
    MISSING_KEY = "W0005": "a key is missing in a scenario",
    NO_POOL = "W0006": "a scenario names a pool that does not exist",
    NO_ENDPOINT = "W0007": "a scenario names an endpoint that does not exist",
    TOO_LONG = "W0008": "a scenario with more steps than are played",
    NO_ROUTE = "W0009": "a scenario names a route that does not exist",
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
            assert_eq!(*code, format!("W{:04}", index + 1));
        }
    }
}
