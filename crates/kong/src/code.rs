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
    FORMAT_VERSION = "G0001": "the format version is missing or unknown",
    UNKNOWN_FIELD = "G0002": "unknown field",
    MISSING_FIELD = "G0003": "a required field is missing",
    WRONG_TYPE = "G0004": "a value of the wrong type",
    BAD_VALUE = "G0005": "a value that cannot be used",
    ENTITY_CHECK = "G0006": "fields that do not fit together",
    NOT_UNIQUE = "G0007": "two entities with one name",
    BAD_REFERENCE = "G0008": "a reference to nothing",
    UNKNOWN_PLUGIN = "G0009": "an unknown plugin",
    PARITY = "G0010": "a field that works otherwise than in Kong",
    NO_EFFECT = "G0011": "a field without effect",
    NOT_BUILT = "G0012": "known, but not built yet",
    SECRET = "G0013": "a secret that is not there",
    OLD_NAME = "G0014": "an older name of a field",
    MIGRATED = "G0015": "a path of an older format",
    BAD_SETTING = "G0016": "a setting that cannot be used",
    UNKNOWN_SETTING = "G0017": "an unknown setting",
    SETTING = "G0018": "a setting without effect",
    CHECK_MENDED = "G0019": "a health check that Kong gets wrong",
    RETRY_MENDED = "G0020": "retries that avoid the endpoint that failed",
    TWO_WAYS = "G0021": "an upstream that is spoken to in two ways",
    PLUGIN_PROTOCOL = "G0022": "a plugin for some of a route's protocols",
    BAD_COMPAT = "G0023": "an unusable compatibility level",
    TRAP_UNLISTED = "G0101": "a probe whose status counts for nothing",
    TRAP_NEVER_RESET = "G0102": "failures that are never forgotten",
    TRAP_UNNOTICED = "G0103": "a dead target that nobody notices",
    TRAP_NO_RETRIES = "G0104": "refused connections that are not counted",
    TRAP_BAD_GATEWAY = "G0105": "502 that is not counted",
    TRAP_TCP = "G0106": "probes over TCP that never go out",
    TRAP_GRPC = "G0107": "probes for gRPC that break Kong",
    TRAP_HTTP_1_0 = "G0108": "probes that modern servers refuse",
    TRAP_BORN_HEALTHY = "G0109": "targets that serve before they were asked",
    TRAP_THUNDERING = "G0110": "probes of many nodes at once",
    TRAP_PASSIVE_ONLY = "G0111": "an ejection that never ends",
    TRAP_NO_SUCCESSES = "G0112": "good probes that count for nothing",
    TRAP_TOO_MANY_REQUESTS = "G0113": "a limited target that is ejected",
    TRAP_TOO_LARGE = "G0114": "a limit that breaks Kong's library",
    TRAP_BY_HAND = "G0115": "a way back by hand that Kong 3 refuses",
    TRAP_HASHED = "G0116": "a hash that leads to the same dead target",
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

    /// Each hundred has a subject of its own: 0 reading, 1 traps of health checks.
    #[test]
    fn codes_are_in_order_and_each_hundred_has_no_gaps() {
        let numbers = ALL
            .iter()
            .map(|(code, _)| code[1..].parse::<u32>().unwrap());
        let numbers: Vec<u32> = numbers.collect();
        for pair in numbers.windows(2) {
            let next_hundred = (pair[0] / 100 + 1) * 100 + 1;
            assert!(
                pair[1] == pair[0] + 1 || pair[1] == next_hundred,
                "{pair:?}"
            );
        }
    }
}
