//! The codes of findings about scenarios. They are stable: a code keeps its meaning for ever, and
//! each has a page `docs/errors/CODE.md`.

use haleway_document::strict::StrictCodes;

haleway_document::finding_codes! {
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
