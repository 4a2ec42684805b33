//! The router of requests.

use std::error::Error;
use std::fmt;

use haleway_blueprint::RequestMatch;
use regex::Regex;

use crate::candidate::Candidate;
use crate::index::{Index, Search};
use crate::rule::{Keys, Rule};
use crate::{PathCaptures, RequestView};

/// More matches than this are refused: they are numbered with 32 bits.
const MATCHES_MAX: usize = u32::MAX as usize - 1;

/// Finds the route of a request.
///
/// What it finds is the route of the match with the lowest position among all that the request
/// satisfies, as if it tried them one by one; of two with the same position, the one given first.
#[derive(Debug)]
pub struct RequestRouter {
    /// In the order of evaluation: a candidate's number says who comes before whom.
    candidates: Box<[Candidate]>,
    index: Index,
}

/// A match that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterError {
    /// Index of its route.
    pub route: usize,
    /// What is wrong, for people.
    pub message: String,
}

impl fmt::Display for RouterError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "route {}: {}", self.route, self.message)
    }
}

impl Error for RouterError {}

/// The route of a request.
#[derive(Clone, Copy, Debug)]
pub struct Found<'r> {
    /// Index of the route.
    pub route: usize,
    /// How many bytes of the path matched: the prefix, or all that the pattern caught. `None` where
    /// the match does not look at the path.
    pub matched_path: Option<usize>,
    pattern: Option<(&'r Regex, bool)>,
}

impl<'r> Found<'r> {
    /// What the groups of the path's pattern caught; `path` is the one that was looked up. `None`
    /// without a pattern, and where no group caught anything. It matches once more and allocates.
    #[must_use]
    pub fn captures(&self, path: &str) -> Option<PathCaptures<'r>> {
        let (regex, lower) = self.pattern?;
        PathCaptures::new(regex, lower, path)
    }
}

impl RequestRouter {
    /// Compiles matches, each with the index of its route.
    ///
    /// # Errors
    /// On a pattern, a header's name or an expression that is none; on the first of them.
    pub fn new(entries: &[(usize, &RequestMatch)]) -> Result<Self, RouterError> {
        let mut sorted = entries.to_vec();
        sorted.sort_by_key(|(_, entry)| entry.position);
        if let Some(&(route, _)) = sorted.get(MATCHES_MAX) {
            let message = format!("there are more than {MATCHES_MAX} matches");
            return Err(RouterError { route, message });
        }
        let rules: Vec<(usize, Rule)> = sorted
            .into_iter()
            .map(|(route, entry)| match Rule::new(&entry.rule) {
                Ok(rule) => Ok((route, rule)),
                Err(message) => Err(RouterError { route, message }),
            })
            .collect::<Result<_, _>>()?;
        let keys: Vec<Keys<'_>> = rules.iter().map(|(_, rule)| rule.keys()).collect();
        let index = Index::new(&keys);
        let candidates = rules.into_iter();
        let candidates = candidates
            .map(|(route, rule)| Candidate::new(route, rule))
            .collect();
        Ok(Self { candidates, index })
    }

    /// The route of a request. It allocates only for header values and paths that are to be
    /// compared in lower case and are not, for query arguments with escapes, and for more than
    /// sixteen prefixes of one path.
    #[must_use]
    pub fn find(&self, request: &RequestView<'_>) -> Option<Found<'_>> {
        let mut search = Search::new(request, &self.candidates);
        self.index.search(&mut search);
        let (candidate, evidence) = search.found()?;
        Some(Found {
            route: candidate.route,
            matched_path: evidence.matched,
            pattern: evidence.pattern,
        })
    }
}
