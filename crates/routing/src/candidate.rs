//! A route with one of its matches, as the index finds it.

use crate::rule::Rule;

/// One match and the route that it leads to.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) route: usize,
    pub(crate) check: Check,
}

/// What is left to ask a request that has keys of the candidate.
#[derive(Debug)]
pub(crate) enum Check {
    /// Its method: the keys say all the rest, and how much of the path matched. Most matches are of
    /// this kind, which is found without another look at texts.
    Method {
        /// Bits of [`crate::method::slot`]s.
        methods: u16,
        matched: Option<u32>,
    },
    /// Everything.
    Rule(Box<Rule>),
}

impl Candidate {
    pub(crate) fn new(route: usize, rule: Rule) -> Self {
        let check = rule.left_to_ask();
        Self {
            route,
            check: check.unwrap_or_else(|| Check::Rule(Box::new(rule))),
        }
    }
}
