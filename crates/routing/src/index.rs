//! Where the matches of a request are looked up.
//!
//! A match stands in the buckets of its hosts, below them at its path or the head of its pattern,
//! and there in a list, which is split by method, header or name in the handshake where it is long.
//! A request walks through the few buckets that it could be in and tries what stands there.
//!
//! Invariants: every match that a request satisfies stands in one of the lists that the request
//! sees, since its keys are promises ([`Keys`]); a list is in the order of evaluation, and no
//! candidate behind the best one so far is tried. So the result is that of a scan of all matches,
//! and whatever the index does not know costs time only.

mod leaf;
mod names;
mod trie;

use smallvec::SmallVec;

use self::leaf::Leaf;
use self::names::Names;
use self::trie::Trie;
use crate::RequestView;
use crate::router::Candidate;
use crate::rule::{Evidence, Keys, PathKey};

/// A match with more pairs of host and path than this stands below its paths only, for any host.
const PAIRS_MAX: usize = 1024;

/// Number of a candidate: its place in the order of evaluation.
type Number = u32;

/// One request on its way through the index.
pub(crate) struct Search<'r, 'q> {
    request: &'q RequestView<'q>,
    candidates: &'r [Candidate],
    /// The first candidate so far that the request satisfies; behind the last one for none.
    best: Number,
    evidence: Evidence<'r>,
}

impl<'r, 'q> Search<'r, 'q> {
    pub(crate) fn new(request: &'q RequestView<'q>, candidates: &'r [Candidate]) -> Self {
        Self {
            request,
            candidates,
            best: Number::MAX,
            evidence: Evidence::default(),
        }
    }

    /// The first candidate that the request satisfies, and what showed it.
    pub(crate) fn found(self) -> Option<(&'r Candidate, Evidence<'r>)> {
        let candidate = self.candidates.get(self.best as usize)?;
        Some((candidate, self.evidence))
    }

    /// Tries a list that is in the order of evaluation.
    fn try_list(&mut self, list: &[Number]) {
        for &number in list {
            if number >= self.best {
                return;
            }
            let candidate = &self.candidates[number as usize];
            if let Some(evidence) = candidate.rule.matches(self.request) {
                self.best = number;
                self.evidence = evidence;
                return;
            }
        }
    }
}

/// All matches, by host.
#[derive(Debug)]
pub(crate) struct Index {
    hosts: Names<Paths<Leaf>>,
}

/// Matches by path: those that look at none, and the others.
#[derive(Debug, Default)]
struct Paths<L> {
    any: L,
    some: Trie<Place<L>>,
}

/// Matches of one path.
#[derive(Debug, Default)]
struct Place<L> {
    /// The path is this text.
    exact: L,
    /// The path begins with this text.
    prefix: L,
}

type List = Vec<Number>;

impl Index {
    /// Builds it for the keys of all candidates, in their order.
    pub(crate) fn new(keys: &[Keys<'_>]) -> Self {
        let mut hosts: Names<Paths<List>> = Names::default();
        for (number, keys) in (0..).zip(keys) {
            let paths = keys.paths.as_deref();
            let names = keys.hosts.as_deref().unwrap_or_default();
            let pairs = names.len().saturating_mul(paths.map_or(1, <[_]>::len));
            if names.is_empty() || pairs > PAIRS_MAX {
                hosts.any().add(number, paths);
            } else {
                for name in names {
                    hosts.entry(name).add(number, paths);
                }
            }
        }
        let leaf = |list: List| Leaf::new(list, keys);
        Self {
            hosts: hosts.map(&|paths| paths.map(&leaf)),
        }
    }

    pub(crate) fn search(&self, search: &mut Search<'_, '_>) {
        let host = search.request.host;
        self.hosts.each(host, |paths| paths.search(search));
    }
}

impl Paths<List> {
    fn add(&mut self, number: Number, paths: Option<&[PathKey<'_>]>) {
        let Some(paths) = paths else {
            return push(&mut self.any, number);
        };
        for path in paths {
            match path {
                PathKey::Exact(text) => push(&mut self.some.entry(text.as_bytes()).exact, number),
                PathKey::Prefix(text) => push(&mut self.some.entry(text.as_bytes()).prefix, number),
            }
        }
    }

    fn map(self, leaf: &impl Fn(List) -> Leaf) -> Paths<Leaf> {
        Paths {
            any: leaf(self.any),
            some: self.some.map(&|place| Place {
                exact: leaf(place.exact),
                prefix: leaf(place.prefix),
            }),
        }
    }
}

/// Numbers come in ascending order; the same host or path twice is once.
fn push(list: &mut List, number: Number) {
    if list.last() != Some(&number) {
        list.push(number);
    }
}

impl Paths<Leaf> {
    /// The longest prefix first: it is what usually wins, and then the others need not be tried.
    fn search(&self, search: &mut Search<'_, '_>) {
        let path = search.request.path.as_bytes();
        let places: SmallVec<[_; 16]> = self.some.prefixes(path).collect();
        for (place, rest) in places.into_iter().rev() {
            if rest == 0 {
                place.exact.search(search);
            }
            place.prefix.search(search);
        }
        self.any.search(search);
    }
}
