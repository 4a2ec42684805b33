//! The codes of this dialect's diagnostics. They are stable: a code keeps its meaning for ever, and
//! each has a page `docs/errors/CODE.md`.

macro_rules! codes {
    ($($name:ident = $code:literal: $title:literal,)*) => {
        $(#[doc = $title] pub(crate) const $name: &str = $code;)*
        /// All codes with their titles.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$(($code, $title)),*];
    };
}

codes! {
    VERSION_MISSING = "K0001": "the document does not say its version",
    VERSION_UNSUPPORTED = "K0002": "unsupported version",
    WRONG_TYPE = "K0003": "a value of the wrong type refuses the document",
    WRONG_TYPE_IGNORED = "K0004": "a value of the wrong type is ignored",
    BAD_DURATION = "K0005": "a duration that cannot be read",
    UNKNOWN_KEY = "K0006": "unknown key",
    UNKNOWN_NAMESPACE = "K0007": "unknown namespace in extra_config",
    WRONG_LEVEL = "K0008": "a namespace at a level where it does nothing",
    ENTERPRISE = "K0009": "an Enterprise feature",
    GO_PLUGIN = "K0010": "a Go plugin",
    NOT_BUILT = "K0011": "known, but not built yet",
    NO_EFFECT = "K0012": "a key without effect",
    OTHER_SPELLING = "K0013": "the spelling of the other version",
    WRITTEN_TWICE = "K0014": "one setting under two names",
    OUT_OF_RANGE = "K0015": "a value that cannot be used",
    ENVIRONMENT = "K0016": "an environment variable that is not taken",
    RESERVED_PATH = "K0017": "a reserved endpoint path",
    PATH_FORM = "K0018": "parameters of an endpoint path",
    DUPLICATE_ROUTE = "K0019": "two endpoints with one route",
    PARAMETER_CONFLICT = "K0020": "two parameter names at one place",
    STATIC_BESIDE_PARAMETER = "K0021": "a literal beside a parameter in version 2",
    NO_BACKEND = "K0022": "an endpoint without backends",
    METHOD_SKIPPED = "K0023": "an endpoint with an unsupported method",
    NO_OP_WITH_MANY = "K0024": "no-op with several backends",
    UNKNOWN_PARAMETER = "K0025": "an unknown parameter in a url_pattern",
    UNFILLED_RESULT = "K0026": "a value of another answer that is never filled in",
    UNFILLED_CLAIM = "K0027": "a token claim that is never filled in",
    BAD_HOST = "K0028": "an invalid host",
    NO_HOST = "K0029": "a backend without hosts",
    UNKNOWN_ENCODING = "K0030": "an unknown encoding",
    UNKNOWN_VALUE = "K0031": "an unknown value",
    MERGE_ORDER = "K0032": "answers are merged in the order of the configuration",
    OWN_HEALTH = "K0033": "a backend that is the gateway's own health endpoint",
    TLS_ADAPTED = "K0034": "a TLS setting that is too old",
    FILE_UNREADABLE = "K0035": "a file that cannot be read",
    TLS_INCOMPLETE = "K0036": "TLS that cannot work",
    UPGRADE = "K0037": "connections may be upgraded",
    BAD_PATTERN = "K0038": "an invalid regular expression",
    BAD_NETWORK = "K0039": "an invalid network",
    ONLY_SHADOWS = "K0040": "an endpoint with shadow backends only",
    DISCOVERY = "K0041": "service discovery that differs",
    HTTP_PROXY = "K0042": "an HTTP proxy in the environment",
    HEALTH_BODY = "K0043": "the health answer of version 2",
    CLEARTEXT_HTTP2 = "K0044": "HTTP/2 without TLS to a backend",
    NO_OP_IGNORES = "K0045": "a setting that a passed answer has no use for",
    FLATMAP = "K0046": "a flatmap operation that does nothing",
    BAD_COMPAT = "K0047": "an unusable compatibility level",
    REMOVED = "K0048": "a namespace that KrakenD removed",
    NEVER_MATCHES = "K0049": "a path that no request can match",
    TOO_DEEP = "K0050": "a value that is nested too deeply",
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use std::path::Path;

    #[test]
    fn every_code_has_its_page() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
        for (code, title) in ALL {
            let page = std::fs::read_to_string(docs.join(format!("{code}.md"))).unwrap_or_default();
            assert_eq!(
                page.lines().next(),
                Some(&*format!("# {code}: {title}")),
                "{code}"
            );
            assert!(
                page.contains("How to mend it:"),
                "{code} does not say how to mend it"
            );
        }
    }

    #[test]
    fn codes_are_in_order_and_have_no_gaps() {
        for (index, (code, _)) in ALL.iter().enumerate() {
            assert_eq!(*code, format!("K{:04}", index + 1));
        }
    }
}
