//! The routes of one method as a tree of segments.
//!
//! The nodes stand in one list and refer to each other by index; every walk keeps its own stack of
//! branches that it passed by. Nothing recurses, and since each node stands for one sequence of
//! segments and is visited at most once, a walk is bounded by the number of nodes.

use haleway_blueprint::{PathPattern, Segment};
use smallvec::SmallVec;

use super::params::Ranges;
use crate::hash::TextMap;

mod fold;

use self::fold::{fold, strip_prefix_folded};

type NodeId = u32;

/// A literal segment as its pattern writes it, and where it leads.
type Written = (Box<str>, NodeId);

const ROOT: NodeId = 0;

/// Paths longer than this match nothing: their ranges would not fit. Listeners accept far less.
const PATH_BYTES_MAX: usize = u32::MAX as usize;

/// The routes of one method.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// What may follow after the segments that lead here.
#[derive(Debug, Default)]
struct Node {
    /// The route whose pattern ends here.
    route: Option<usize>,
    /// Literal segments, exactly.
    literals: TextMap<NodeId>,
    /// Literal segments without letter case, as they are written.
    folded: TextMap<SmallVec<[Written; 1]>>,
    /// Parameters by what the segment begins with, the longest first.
    parameters: Vec<(Box<str>, NodeId)>,
    /// The route that takes whatever is left.
    rest: Option<usize>,
}

/// A node that a walk stands at, and how it got there.
#[derive(Clone, Copy)]
struct Visit {
    node: NodeId,
    /// First byte of the segment to look at.
    start: usize,
    /// Parameters on the way here.
    params: usize,
    /// The next branch to try: 0 is the literal one, then the parameters, then the rest.
    branch: usize,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }

    /// Adds a pattern. An equal one that is already there stays.
    pub(super) fn insert(&mut self, pattern: &PathPattern, route: usize) {
        let mut node = ROOT;
        for segment in &pattern.segments {
            node = match segment {
                Segment::Literal(text) => self.literal(node, text),
                Segment::Parameter { prefix, .. } => self.parameter(node, prefix),
                Segment::Rest(_) => {
                    self.node_mut(node).rest.get_or_insert(route);
                    return;
                }
            };
        }
        self.node_mut(node).route.get_or_insert(route);
    }

    fn literal(&mut self, parent: NodeId, text: &str) -> NodeId {
        if let Some(&child) = self.node(parent).literals.get(text) {
            return child;
        }
        let child = self.add();
        let parent = self.node_mut(parent);
        parent.literals.insert(text.into(), child);
        parent
            .folded
            .entry(fold(text).into())
            .or_default()
            .push((text.into(), child));
        child
    }

    fn parameter(&mut self, parent: NodeId, prefix: &str) -> NodeId {
        let known = self
            .node(parent)
            .parameters
            .iter()
            .find(|(known, _)| **known == *prefix);
        if let Some(&(_, child)) = known {
            return child;
        }
        let child = self.add();
        let parameters = &mut self.node_mut(parent).parameters;
        let place = parameters.partition_point(|(other, _)| other.len() >= prefix.len());
        parameters.insert(place, (prefix.into(), child));
        child
    }

    fn add(&mut self) -> NodeId {
        let id =
            NodeId::try_from(self.nodes.len()).expect("fewer segments than 2^32 fit in memory");
        self.nodes.push(Node::default());
        id
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id as usize]
    }

    /// The route of exactly this path, and where its parameters' values stand.
    pub(super) fn find(&self, path: &str) -> Option<(usize, Ranges)> {
        if !path.starts_with('/') || path.len() > PATH_BYTES_MAX {
            return None;
        }
        let mut ranges = Ranges::new();
        let mut passed: SmallVec<[Visit; 8]> = SmallVec::new();
        let mut visit = Visit {
            node: ROOT,
            start: 1,
            params: 0,
            branch: 0,
        };
        loop {
            match self.step(path, &mut visit, &mut ranges) {
                Step::Found(route) => return Some((route, ranges)),
                Step::Down(next) => {
                    if visit.branch <= self.node(visit.node).branch_last() {
                        passed.push(visit);
                    }
                    visit = next;
                }
                Step::Stuck => {
                    visit = passed.pop()?;
                    ranges.truncate(visit.params);
                }
            }
        }
    }

    /// Takes the first branch from `visit.branch` on that fits, and moves `visit.branch` behind it.
    fn step(&self, path: &str, visit: &mut Visit, ranges: &mut Ranges) -> Step {
        let node = self.node(visit.node);
        let left = &path[visit.start..];
        let (segment, last) = match left.as_bytes().iter().position(|&byte| byte == b'/') {
            Some(end) => (&left[..end], false),
            None => (left, true),
        };
        while visit.branch <= node.branch_last() {
            let branch = visit.branch;
            visit.branch += 1;
            let child = if branch == 0 {
                node.literals.get(segment).copied()
            } else if let Some((prefix, child)) = node.parameters.get(branch - 1) {
                let taken = segment
                    .strip_prefix(&**prefix)
                    .filter(|value| !last || !value.is_empty());
                taken.map(|value| {
                    let end = visit.start + segment.len();
                    ranges.push(((end - value.len()) as u32, end as u32));
                    *child
                })
            } else if let Some(route) = node.rest {
                ranges.push((visit.start as u32, path.len() as u32));
                return Step::Found(route);
            } else {
                None
            };
            let Some(child) = child else { continue };
            if !last {
                let start = visit.start + segment.len() + 1;
                return Step::Down(Visit {
                    node: child,
                    start,
                    params: ranges.len(),
                    branch: 0,
                });
            }
            if let Some(route) = self.node(child).route {
                return Step::Found(route);
            }
            ranges.truncate(visit.params);
        }
        Step::Stuck
    }

    /// The path, as its route writes it, of a route that serves this path but for letter case.
    /// Values of parameters keep theirs. Allocates: it is for paths that have no route.
    pub(super) fn find_folded(&self, path: &str) -> Option<String> {
        let left = Some(path.strip_prefix('/')?);
        let mut trails = vec![Trail::At {
            node: ROOT,
            left,
            written: String::new(),
        }];
        while let Some(trail) = trails.pop() {
            let (node, left, written) = match trail {
                Trail::Served(written) => return Some(written),
                Trail::At {
                    node,
                    left,
                    written,
                } => (self.node(node), left, written),
            };
            match left {
                Some(left) => node.follow_folded(left, &written, &mut trails),
                None if node.route.is_some() => return Some(written),
                None => {}
            }
        }
        None
    }
}

impl Node {
    /// The last branch that a walk may try here.
    fn branch_last(&self) -> usize {
        self.parameters.len() + usize::from(self.rest.is_some())
    }

    /// Puts everything that may follow on the stack, what is to be tried first on top.
    fn follow_folded<'a>(&self, left: &'a str, written: &str, trails: &mut Vec<Trail<'a>>) {
        let (segment, next) = match left.split_once('/') {
            Some((segment, next)) => (segment, Some(next)),
            None => (left, None),
        };
        if self.rest.is_some() {
            trails.push(Trail::Served(format!("{written}/{left}")));
        }
        for (prefix, node) in self.parameters.iter().rev() {
            if let Some(value) = strip_prefix_folded(segment, prefix)
                && (next.is_some() || !value.is_empty())
            {
                let written = format!("{written}/{prefix}{value}");
                trails.push(Trail::At {
                    node: *node,
                    left: next,
                    written,
                });
            }
        }
        for (text, node) in self.folded.get(&*fold(segment)).into_iter().flatten().rev() {
            let written = format!("{written}/{text}");
            trails.push(Trail::At {
                node: *node,
                left: next,
                written,
            });
        }
    }
}

/// What became of one look at a node.
enum Step {
    /// This route serves the path.
    Found(usize),
    /// The segment fits; the next one is looked for here.
    Down(Visit),
    /// Nothing is left to try here.
    Stuck,
}

/// A branch of a walk without letter case.
enum Trail<'a> {
    /// A route takes all that is left.
    Served(String),
    /// What is left (`None`: nothing, not even a slash) is looked for here.
    At {
        node: NodeId,
        left: Option<&'a str>,
        written: String,
    },
}
