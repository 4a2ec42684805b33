//! Refuses requests by their `User-Agent` (krakend-botdetector 2).

use std::collections::HashSet;

use haleway_blueprint::UserAgentFilter;
use http::header::USER_AGENT;
use http::{HeaderMap, StatusCode};
use regex::bytes::{RegexSet, RegexSetBuilder};

use crate::plan::status;

/// Bytes that the compiled patterns of one filter may take.
const PATTERN_BYTES_MAX: usize = 10 << 20;

/// A [`UserAgentFilter`], ready to run. A decision allocates nothing.
#[derive(Debug)]
pub(crate) struct UserAgentFilterPlan {
    allow: HashSet<Box<[u8]>>,
    deny: HashSet<Box<[u8]>>,
    /// Matched anywhere in the value, as Go's `MatchString` does.
    patterns: RegexSet,
    refuse_empty: bool,
    status: StatusCode,
}

impl UserAgentFilterPlan {
    pub(crate) fn compile(filter: &UserAgentFilter) -> Result<Self, String> {
        let patterns = RegexSetBuilder::new(&filter.patterns)
            .size_limit(PATTERN_BYTES_MAX)
            .build()
            .map_err(|error| format!("a pattern of the User-Agent filter is refused: {error}"))?;
        let set = |values: &[String]| values.iter().map(|value| value.as_bytes().into()).collect();
        Ok(Self {
            allow: set(&filter.allow),
            deny: set(&filter.deny),
            patterns,
            refuse_empty: filter.refuse_empty,
            status: status(filter.status)?,
        })
    }

    /// The status of the refusal, if it is one. Of several headers the first counts.
    pub(crate) fn apply(&self, headers: &HeaderMap) -> Option<StatusCode> {
        let agent = headers
            .get(USER_AGENT)
            .map_or(&b""[..], |value| value.as_bytes());
        self.refuses(agent).then_some(self.status)
    }

    fn refuses(&self, agent: &[u8]) -> bool {
        if agent.is_empty() {
            return self.refuse_empty;
        }
        if self.allow.contains(agent) {
            return false;
        }
        self.deny.contains(agent) || self.patterns.is_match(agent)
    }
}

#[cfg(test)]
mod tests {
    use haleway_blueprint::Origin;
    use http::HeaderValue;

    use super::*;

    fn filter() -> UserAgentFilter {
        UserAgentFilter {
            allow: vec!["Pingdom Bot".to_owned()],
            deny: vec!["a".to_owned(), "b".to_owned()],
            patterns: vec![
                "(Pingdom)/(\\d+)".to_owned(),
                "bot$".to_owned(),
                "Bot".to_owned(),
            ],
            refuse_empty: false,
            status: 403,
            origin: Origin::default_value(),
        }
    }

    fn decide(filter: &UserAgentFilter, agent: Option<&[u8]>) -> Option<u16> {
        let plan = UserAgentFilterPlan::compile(filter).unwrap();
        let mut headers = HeaderMap::new();
        if let Some(agent) = agent {
            headers.insert(USER_AGENT, HeaderValue::from_bytes(agent).unwrap());
        }
        plan.apply(&headers).map(|status| status.as_u16())
    }

    #[test]
    fn allowed_comes_before_denied_and_patterns() {
        for (agent, expected) in [
            ("Pingdom Bot", None),
            ("Another Bot", Some(403)),
            ("a", Some(403)),
            ("A", None),
            ("ab", None),
            ("x Pingdom/12 y", Some(403)),
            ("x Pingdom/y", None),
            ("googlebot", Some(403)),
            ("googlebot/2", None),
        ] {
            assert_eq!(
                decide(&filter(), Some(agent.as_bytes())),
                expected,
                "{agent}"
            );
        }
    }

    #[test]
    fn empty_and_absent_are_one() {
        for refuse_empty in [false, true] {
            let filter = UserAgentFilter {
                refuse_empty,
                status: 429,
                ..filter()
            };
            let expected = refuse_empty.then_some(429);
            assert_eq!(decide(&filter, None), expected);
            assert_eq!(decide(&filter, Some(b"")), expected);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_matched_too() {
        assert_eq!(decide(&filter(), Some(b"\xff\xfebot")), Some(403));
        assert_eq!(decide(&filter(), Some(b"\xff\xfe")), None);
    }

    #[test]
    fn a_broken_pattern_is_named() {
        let broken = UserAgentFilter {
            patterns: vec!["(".to_owned()],
            ..filter()
        };
        let error = UserAgentFilterPlan::compile(&broken).unwrap_err();
        assert!(error.contains("User-Agent filter"), "{error}");
    }
}
