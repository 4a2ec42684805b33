//! Flatmap: moves, deletions and appends anywhere in a body, lists included.
//!
//! The body becomes a tree whose edges carry labels (keys, or positions in a list), operations work
//! on edges, and the tree becomes a body again. Behaviour is that of the tree of KrakenD's flatmap
//! library 1.2 as lura 2.12 uses it, including what follows from the tree: a list whose first item
//! was deleted keeps the labels of the others, and an object that lost its last key becomes `null`.
//! Where the original depends on the random order of Go's maps (two edges with one label), the edge
//! that was moved last wins here.

use std::cmp::Ordering;

use super::tree::{Label, Node};
use crate::limits::PATH_SEGMENTS_MAX;
use crate::{Json, Object, Text};

/// One operation. Paths are split at their dots; `*` stands for every key or position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlatmapOp {
    /// Moves what `from` matches. With as many segments in `to`, the last segment is renamed; with
    /// fewer, values are lifted to the path `to` from the root; with more, values sink below their
    /// place, along the segments of `to` from the last position of `from` on.
    Move {
        /// Path of the values to move; its last segment is taken literally.
        from: Vec<String>,
        /// Where they go.
        to: Vec<String>,
    },
    /// Deletes what each path matches.
    Delete {
        /// Paths of the values to delete; here the last segment may be `*` too.
        paths: Vec<Vec<String>>,
    },
    /// Adds the items of the list at `from` to the end of the list at `to` and deletes `from`.
    /// Nothing happens unless both are lists.
    Append {
        /// Path of the list to take from.
        from: Vec<String>,
        /// Path of the list to add to.
        to: Vec<String>,
    },
}

/// Operations ready to be applied.
#[derive(Clone, Debug)]
pub struct Flatmap(Vec<Operation>);

#[derive(Clone, Debug)]
enum Operation {
    Move {
        from: Vec<Segment>,
        to: Vec<Segment>,
    },
    Delete(Vec<Segment>),
    Append {
        from: Vec<Segment>,
        to: Vec<Segment>,
    },
}

/// A segment of a path.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    label: Label,
    every: bool,
}

impl Flatmap {
    /// Operations without the paths they need, or with paths longer than
    /// [`PATH_SEGMENTS_MAX`](crate::limits::PATH_SEGMENTS_MAX), are left out.
    pub(super) fn new(operations: Vec<FlatmapOp>) -> Self {
        Self(operations.into_iter().flat_map(compile).collect())
    }

    pub(super) fn apply(&self, data: &mut Object) {
        let mut root = Node::new(Json::Object(std::mem::take(data)));
        for operation in &self.0 {
            match operation {
                Operation::Move { from, to } => move_edges(&mut root, from, to),
                Operation::Delete(path) => delete(&mut root, path),
                Operation::Append { from, to } => append(&mut root, from, to),
            }
        }
        if let Json::Object(object) = root.into_json() {
            *data = object;
        }
    }
}

fn compile(operation: FlatmapOp) -> Vec<Operation> {
    let usable = |path: &Vec<String>| !path.is_empty() && path.len() <= PATH_SEGMENTS_MAX;
    let segments = |path: Vec<String>| path.into_iter().map(Segment::new).collect();
    match operation {
        FlatmapOp::Move { from, to } if usable(&from) && usable(&to) => {
            vec![Operation::Move {
                from: segments(from),
                to: segments(to),
            }]
        }
        FlatmapOp::Append { from, to } if usable(&from) && usable(&to) => {
            vec![Operation::Append {
                from: segments(from),
                to: segments(to),
            }]
        }
        FlatmapOp::Delete { paths } => paths
            .into_iter()
            .filter(usable)
            .map(|path| Operation::Delete(segments(path)))
            .collect(),
        FlatmapOp::Move { .. } | FlatmapOp::Append { .. } => Vec::new(),
    }
}

impl Segment {
    fn new(text: String) -> Self {
        Self {
            every: text == "*",
            label: Label::new(Text::from(text)),
        }
    }
}

fn move_edges(root: &mut Node, from: &[Segment], to: &[Segment]) {
    let Some((source, parents)) = from.split_last() else {
        return;
    };
    match from.len().cmp(&to.len()) {
        Ordering::Equal => {
            let name = &to[to.len() - 1].label;
            at_each(root, parents, &mut |node| node.rename(&source.label, name));
        }
        Ordering::Less => {
            let below = &to[parents.len()..];
            at_each(root, parents, &mut |node| {
                if let Some(value) = node.take(&source.label) {
                    sink(node, below, value);
                }
            });
        }
        Ordering::Greater => {
            let mut lifted = Vec::new();
            take_each(root, parents, &source.label, &mut Vec::new(), &mut lifted);
            for (place, value) in lifted {
                lift(root, &place, to, value);
            }
        }
    }
}

/// Calls `act` on every node that `path` matches.
fn at_each(node: &mut Node, path: &[Segment], act: &mut dyn FnMut(&mut Node)) {
    match path.split_first() {
        None => act(node),
        Some((segment, rest)) if segment.every => {
            node.children()
                .for_each(|(_, child)| at_each(child, rest, act));
        }
        Some((segment, rest)) => {
            if let Some(child) = node.child(&segment.label) {
                at_each(child, rest, act);
            }
        }
    }
}

/// Takes the edge `source` of every node that `path` matches, with the labels that led there.
fn take_each(
    node: &mut Node,
    path: &[Segment],
    source: &Label,
    trail: &mut Vec<Label>,
    taken: &mut Vec<(Vec<Label>, Node)>,
) {
    let Some((segment, rest)) = path.split_first() else {
        taken.extend(node.take(source).map(|value| (trail.clone(), value)));
        return;
    };
    if !segment.every {
        if let Some(child) = node.child(&segment.label) {
            trail.push(segment.label.clone());
            take_each(child, rest, source, trail, taken);
            trail.pop();
        }
        return;
    }
    for (label, child) in node.children() {
        trail.push(label.clone());
        take_each(child, rest, source, trail, taken);
        trail.pop();
    }
}

/// Hangs `value` into `node` below `path`, making the nodes that are missing.
fn sink(mut node: &mut Node, path: &[Segment], value: Node) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    for segment in parents {
        node = node.child_or_new(&segment.label);
    }
    node.push(last.label.clone(), value);
}

/// Hangs `value` below the root at `to`, where `*` stands for the label that the value was found
/// under at that position. The walk stops at the first label that is missing, and the value is hung
/// there: that is how the original walks.
fn lift(root: &mut Node, place: &[Label], to: &[Segment], value: Node) {
    let Some((last, parents)) = to.split_last() else {
        return;
    };
    let mut node = root;
    for (segment, found) in parents.iter().zip(place) {
        let label = if segment.every { found } else { &segment.label };
        if !node.has(label) {
            break;
        }
        node = node.child_or_new(label);
    }
    node.push(last.label.clone(), value);
}

fn delete(node: &mut Node, path: &[Segment]) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    at_each(node, parents, &mut |node| {
        if last.every {
            node.clear();
        } else {
            node.take(&last.label);
        }
    });
}

fn append(root: &mut Node, from: &[Segment], to: &[Segment]) {
    let (Some(Json::Array(added)), Some(Json::Array(mut items))) =
        (lookup(root, from), lookup(root, to))
    else {
        return;
    };
    items.extend(added);
    let mut node = &mut *root;
    for segment in to {
        node = node.child_or_new(&segment.label);
    }
    node.fill(Json::Array(items));
    delete(root, from);
}

/// The value at `path`; `*` gathers what every edge leads to into a list.
fn lookup(node: &Node, path: &[Segment]) -> Option<Json> {
    let Some((segment, rest)) = path.split_first() else {
        return Some(node.to_json());
    };
    if node.is_leaf() {
        return None;
    }
    if segment.every {
        let items = node
            .edges()
            .map(|child| lookup(child, rest).unwrap_or_default());
        return Some(Json::Array(items.collect()));
    }
    lookup(node.get(&segment.label)?, rest)
}

#[cfg(test)]
#[path = "flatmap_tests.rs"]
mod tests;
