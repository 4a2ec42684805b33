//! Which entity of a document a fault is about: the innermost one that its place lies in.

use haleway_document::{Node, Value};

use crate::kong::kind::{self, KINDS, Kind};

/// An entity of a document, by the lists that lead to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place<'a> {
    /// From the outermost list to the entity's own: the kind of each list, the entity's index in
    /// it, and the entity.
    pub(super) steps: Vec<(&'static Kind, usize, &'a Node)>,
}

/// The entity at an offset; `None` where there is none.
pub(super) fn at(root: &Node, offset: u32) -> Option<Place<'_>> {
    let mut steps: Vec<(&'static Kind, usize, &Node)> = Vec::new();
    let mut node = root;
    while let Some(step) = step(node, steps.last().map(|(kind, ..)| *kind), offset) {
        steps.push(step);
        node = step.2;
    }
    (!steps.is_empty()).then_some(Place { steps })
}

/// The lists of other entities that stand in an entity.
pub(super) fn children(parent: &Kind) -> impl Iterator<Item = &'static Kind> {
    KINDS
        .iter()
        .filter(|kind| kind.field_to(parent.name).is_some())
}

fn step<'a>(
    node: &'a Node,
    parent: Option<&'static Kind>,
    offset: u32,
) -> Option<(&'static Kind, usize, &'a Node)> {
    for entry in node.as_object()? {
        let name = entry.key.text.as_str();
        let kind = match parent {
            None => kind::named(name),
            Some(parent) => children(parent).find(|kind| kind.name == name),
        };
        let (Some(kind), Value::Array(items)) = (kind, &entry.node.value) else {
            continue;
        };
        let holds = |item: &&Node| item.span.start <= offset && offset <= item.span.end;
        // Where one entity ends and another one begins, it is the latter.
        let found = items.iter().enumerate().rev().find(|(_, item)| holds(item));
        if let Some((at, item)) = found {
            return Some((kind, at, item));
        }
    }
    None
}
