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

mod forest;
mod leaf;
mod names;

use smallvec::SmallVec;

use self::forest::{Forest, Sapling, Tree};
use self::leaf::Leaf;
use self::names::{Names, NamesInMaking};
use crate::RequestView;
use crate::candidate::{Candidate, Check};
use crate::method;
use crate::rule::{Evidence, Keys, PathKey};

/// Number of a candidate: its place in the order of evaluation.
type Number = u32;

/// One request on its way through the index.
pub(crate) struct Search<'r, 'q> {
    request: &'q RequestView<'q>,
    candidates: &'r [Candidate],
    /// The bit of the request's method.
    method: u16,
    /// The first candidate so far that the request satisfies; behind the last one for none.
    best: Number,
    evidence: Evidence<'r>,
}

impl<'r, 'q> Search<'r, 'q> {
    pub(crate) fn new(request: &'q RequestView<'q>, candidates: &'r [Candidate]) -> Self {
        Self {
            request,
            candidates,
            method: 1 << method::slot(request.method.as_str()),
            best: Number::MAX,
            evidence: Evidence::default(),
        }
    }

    /// The first candidate that the request satisfies, and what showed it.
    pub(crate) fn found(self) -> Option<(&'r Candidate, Evidence<'r>)> {
        let candidate = self.candidates.get(self.best as usize)?;
        Some((candidate, self.evidence))
    }

    /// Tries a list that is in the order of evaluation; the request has keys of all that stand in
    /// it.
    fn try_list(&mut self, list: &[Number]) {
        for &number in list {
            if number >= self.best {
                return;
            }
            if let Some(evidence) = self.satisfies(&self.candidates[number as usize]) {
                self.best = number;
                self.evidence = evidence;
                return;
            }
        }
    }

    fn satisfies(&self, candidate: &'r Candidate) -> Option<Evidence<'r>> {
        match &candidate.check {
            Check::Method { methods, matched } => {
                let matched = matched.map(|bytes| bytes as usize);
                (methods & self.method != 0).then_some(Evidence {
                    matched,
                    pattern: None,
                })
            }
            Check::Rule(rule) => rule.matches(self.request),
        }
    }
}

/// All matches, by host and path.
#[derive(Debug)]
pub(crate) struct Index {
    hosts: Names<Paths>,
    places: Forest<Place<Leaf>>,
}

/// Matches by path: those that look at none, and the tree of the others.
#[derive(Debug)]
struct Paths {
    any: Leaf,
    some: Option<Tree>,
}

/// Matches by path, while they are gathered.
#[derive(Debug, Default)]
struct PathsInMaking {
    any: List,
    some: Sapling<Place<List>>,
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
        let mut hosts: NamesInMaking<PathsInMaking> = NamesInMaking::default();
        for (number, keys) in (0..).zip(keys) {
            let paths = keys.paths.as_deref();
            match keys.hosts_to_look_up() {
                [] => hosts.any().add(number, paths),
                names => {
                    for name in names {
                        hosts.entry(name).add(number, paths);
                    }
                }
            }
        }
        let leaf = |list: List| Leaf::new(list, keys);
        let mut places = Forest::default();
        let hosts = Names::new(hosts, |paths| Paths {
            any: leaf(paths.any),
            some: places.plant(paths.some, |place| Place {
                exact: leaf(place.exact),
                prefix: leaf(place.prefix),
            }),
        });
        Self { hosts, places }
    }

    pub(crate) fn search(&self, search: &mut Search<'_, '_>) {
        let path = search.request.path.as_bytes();
        self.hosts.each(search.request.host, |paths| {
            // The longest prefix first: it is what usually wins, and then the others need not be
            // tried.
            let places: SmallVec<[_; 16]> = self.places.prefixes(paths.some, path).collect();
            for (place, rest) in places.into_iter().rev() {
                if rest == 0 {
                    place.exact.search(search);
                }
                place.prefix.search(search);
            }
            paths.any.search(search);
        });
    }
}

impl PathsInMaking {
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
}

/// Numbers come in ascending order; the same host or path twice is once.
fn push(list: &mut List, number: Number) {
    if list.last() != Some(&number) {
        list.push(number);
    }
}
