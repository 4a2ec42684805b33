//! The tree that flatmap works on: nodes with labelled edges.

use std::collections::BTreeMap;

use crate::{Json, Object, Text};

/// The name of an edge: a key, or a position in a list. A key that spells a position is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Key(Text),
    Position(usize),
}

impl Label {
    pub(super) fn new(text: Text) -> Self {
        match text.as_str().parse::<usize>() {
            Ok(position) if position.to_string() == text.as_str() => Self::Position(position),
            _ => Self::Key(text),
        }
    }

    fn into_text(self) -> Text {
        match self {
            Self::Key(text) => text,
            Self::Position(position) => Text::from(position.to_string()),
        }
    }
}

/// A value with edges to its parts. Without edges it is a leaf and `value` is what it stands for:
/// a scalar, an empty list or object, or `null` for what lost its last edge.
#[derive(Debug, Default)]
pub(super) struct Node {
    value: Json,
    is_list: bool,
    edges: Vec<(Label, Node)>,
}

impl Node {
    pub(super) fn new(value: Json) -> Self {
        let mut node = Self::default();
        node.fill(value);
        node
    }

    /// Lays `value` over this node: parts go to the edges of their labels, which are kept.
    pub(super) fn fill(&mut self, value: Json) {
        self.is_list = matches!(value, Json::Array(_));
        match value {
            Json::Object(object) if !object.is_empty() => {
                self.fill_edges(
                    object
                        .into_iter()
                        .map(|(key, part)| (Label::new(key), part)),
                );
            }
            Json::Array(items) if !items.is_empty() => {
                let parts = items.into_iter().enumerate();
                self.fill_edges(parts.map(|(position, part)| (Label::Position(position), part)));
            }
            leaf => self.value = leaf,
        }
    }

    fn fill_edges(&mut self, parts: impl Iterator<Item = (Label, Json)>) {
        let mut known: BTreeMap<Label, usize> = BTreeMap::new();
        for (at, (label, _)) in self.edges.iter().enumerate() {
            known.entry(label.clone()).or_insert(at);
        }
        for (label, part) in parts {
            match known.get(&label) {
                Some(&at) => self.edges[at].1.fill(part),
                None => self.edges.push((label, Node::new(part))),
            }
        }
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.edges.is_empty()
    }

    pub(super) fn has(&self, label: &Label) -> bool {
        self.position(label).is_some()
    }

    pub(super) fn get(&self, label: &Label) -> Option<&Node> {
        self.position(label).map(|at| &self.edges[at].1)
    }

    pub(super) fn child(&mut self, label: &Label) -> Option<&mut Node> {
        self.position(label).map(|at| &mut self.edges[at].1)
    }

    pub(super) fn child_or_new(&mut self, label: &Label) -> &mut Node {
        let at = self.position(label).unwrap_or_else(|| {
            self.edges.push((label.clone(), Node::default()));
            self.edges.len() - 1
        });
        &mut self.edges[at].1
    }

    /// Where the edge with this label is. Items of an untouched list are found without a search.
    fn position(&self, label: &Label) -> Option<usize> {
        if let Label::Position(hint) = *label
            && self.edges.get(hint).is_some_and(|(name, _)| name == label)
        {
            return Some(hint);
        }
        self.edges.iter().position(|(name, _)| name == label)
    }

    pub(super) fn children(&mut self) -> impl Iterator<Item = (&Label, &mut Node)> {
        self.edges.iter_mut().map(|(label, child)| (&*label, child))
    }

    pub(super) fn edges(&self) -> impl Iterator<Item = &Node> {
        self.edges.iter().map(|(_, child)| child)
    }

    pub(super) fn push(&mut self, label: Label, child: Node) {
        self.edges.push((label, child));
    }

    /// Takes out the first edge with this label.
    pub(super) fn take(&mut self, label: &Label) -> Option<Node> {
        let at = self.position(label)?;
        Some(self.edges.remove(at).1)
    }

    /// Gives the first edge with this label another one. It keeps its place in a list; in an object
    /// it takes the place of the edge that had the new label.
    pub(super) fn rename(&mut self, label: &Label, new: &Label) {
        let Some(at) = self.position(label) else {
            return;
        };
        self.edges[at].0 = new.clone();
        if !self.is_list && label != new {
            let mut index = 0;
            self.edges.retain(|(name, _)| {
                index += 1;
                index == at + 1 || name != new
            });
        }
    }

    /// Drops all edges.
    pub(super) fn clear(&mut self) {
        self.edges.clear();
    }

    pub(super) fn into_json(self) -> Json {
        if self.edges.is_empty() {
            return self.value;
        }
        if self.is_list {
            return Json::Array(
                self.edges
                    .into_iter()
                    .map(|(_, node)| node.into_json())
                    .collect(),
            );
        }
        let entries = self.edges.into_iter();
        Json::Object(
            entries
                .map(|(label, node)| (label.into_text(), node.into_json()))
                .collect(),
        )
    }

    pub(super) fn to_json(&self) -> Json {
        if self.edges.is_empty() {
            return self.value.clone();
        }
        if self.is_list {
            return Json::Array(self.edges().map(Node::to_json).collect());
        }
        let object: Object = self
            .edges
            .iter()
            .map(|(label, node)| (label.clone().into_text(), node.to_json()))
            .collect();
        Json::Object(object)
    }
}
