//! The codes of findings about overlays. They are stable: a code keeps its meaning for ever, and
//! each has a page `docs/errors/CODE.md`.

use haleway_document::strict::StrictCodes;

haleway_document::finding_codes! {
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
