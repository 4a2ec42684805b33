//! One compiled match: whether a request satisfies it, what that shows of the path, and under which
//! keys it can be looked up.

use std::borrow::Cow;

use haleway_blueprint::MatchRule;
use http::HeaderName;
use regex::Regex;

use crate::RequestView;
use crate::candidate::Check;
use crate::expression::Expression;
use crate::fields::Fields;
use crate::name::Name;

/// One compiled match.
#[derive(Debug)]
pub(crate) enum Rule {
    Fields(Fields),
    Expression(Expression),
}

/// What a match shows of the path.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Evidence<'r> {
    /// Bytes of the path that matched.
    pub(crate) matched: Option<usize>,
    /// The pattern that matched, and whether it was tried on the path in lower case.
    pub(crate) pattern: Option<(&'r Regex, bool)>,
}

/// A rule with more pairs of host and path than this is looked up by its paths only.
const PAIRS_MAX: usize = 1024;

/// Where a rule may be looked up. Each part that is there is a promise: a request that satisfies
/// the rule has one of these keys. It need not hold the other way round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys<'r> {
    pub(crate) hosts: Option<Vec<Cow<'r, Name>>>,
    pub(crate) paths: Option<Vec<PathKey<'r>>>,
    pub(crate) methods: Option<Vec<&'r str>>,
    /// Values that one line of the header has, letter case of ASCII aside.
    pub(crate) headers: Vec<(&'r HeaderName, Vec<&'r str>)>,
    /// The promise is for requests over TLS.
    pub(crate) snis: Option<Vec<Cow<'r, Name>>>,
}

impl Keys<'_> {
    /// The hosts under which the rule stands; none for any host.
    pub(crate) fn hosts_to_look_up(&self) -> &[Cow<'_, Name>] {
        let hosts = self.hosts.as_deref().unwrap_or_default();
        let paths = self.paths.as_ref().map_or(1, Vec::len);
        match hosts.len().saturating_mul(paths) <= PAIRS_MAX {
            true => hosts,
            false => &[],
        }
    }
}

/// A path to look up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PathKey<'r> {
    Exact(&'r str),
    Prefix(&'r str),
}

impl Rule {
    /// Compiles a rule; an error is a sentence for people.
    pub(crate) fn new(rule: &MatchRule) -> Result<Self, String> {
        Ok(match rule {
            MatchRule::Fields(fields) => Self::Fields(Fields::new(fields)?),
            MatchRule::Expression(text) => Self::Expression(Expression::new(text)?),
        })
    }

    /// What a request shows that satisfies the rule; `None` for one that does not.
    pub(crate) fn matches<'r>(&'r self, request: &RequestView<'_>) -> Option<Evidence<'r>> {
        match self {
            Self::Fields(fields) => fields.matches(request),
            Self::Expression(expression) => expression.matches(request),
        }
    }

    /// What is left to ask a request that was found under the rule's keys; `None` for everything.
    pub(crate) fn left_to_ask(&self) -> Option<Check> {
        match self {
            Self::Fields(fields) => fields.left_to_ask(),
            Self::Expression(_) => None,
        }
    }

    pub(crate) fn keys(&self) -> Keys<'_> {
        match self {
            Self::Fields(fields) => fields.keys(),
            Self::Expression(expression) => expression.keys(),
        }
    }
}
