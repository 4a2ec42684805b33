//! Values by texts that other texts begin with: radix trees of bytes.
//!
//! A tree is planted text by text ([`Sapling`]) and then moved into a forest, where all trees stand
//! in a few lists: a walk down a tree meets the memory of its neighbours, not of the allocator.

#[cfg(test)]
mod tests;

use std::ops::Range;

/// A node's number within its list.
type NodeId = u32;

const ROOT: usize = 0;

/// A tree that grows.
#[derive(Debug)]
pub(super) struct Sapling<T> {
    nodes: Vec<Node<T>>,
}

#[derive(Debug)]
struct Node<T> {
    /// What stands between the parent's text and this one's; empty at the root only.
    label: Box<[u8]>,
    children: Vec<usize>,
    value: Option<T>,
}

impl<T> Default for Sapling<T> {
    fn default() -> Self {
        Self {
            nodes: vec![Node::new(b"")],
        }
    }
}

impl<T> Node<T> {
    fn new(label: &[u8]) -> Self {
        Self {
            label: label.into(),
            children: Vec::new(),
            value: None,
        }
    }
}

impl<T: Default> Sapling<T> {
    /// The value of a text.
    pub(super) fn entry(&mut self, text: &[u8]) -> &mut T {
        let node = self.node(text);
        self.nodes[node].value.get_or_insert_default()
    }

    /// The node of a text, which is made where there is none.
    fn node(&mut self, text: &[u8]) -> usize {
        let (mut node, mut left) = (ROOT, text);
        while let Some(&first) = left.first() {
            let children = self.nodes[node].children.iter();
            let child = children
                .copied()
                .find(|&child| self.nodes[child].label[0] == first);
            let Some(child) = child else {
                let child = self.add(Node::new(left));
                self.nodes[node].children.push(child);
                return child;
            };
            let label = &self.nodes[child].label;
            let same = label.iter().zip(left).take_while(|(a, b)| a == b).count();
            if same < label.len() {
                self.split(child, same);
            }
            (node, left) = (child, &left[same..]);
        }
        node
    }

    fn add(&mut self, node: Node<T>) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Leaves the first bytes of its label to a node, and the rest with all that was there to a
    /// new child.
    fn split(&mut self, node: usize, at: usize) {
        let head = &mut self.nodes[node];
        let mut tail = Node::new(&head.label[at..]);
        head.label = head.label[..at].into();
        tail.children = std::mem::take(&mut head.children);
        tail.value = head.value.take();
        let tail = self.add(tail);
        self.nodes[node].children = vec![tail];
    }
}

/// Trees that no longer grow.
#[derive(Debug)]
pub(super) struct Forest<T> {
    nodes: Vec<Slot>,
    /// The first byte of each node's label.
    firsts: Vec<u8>,
    /// What follows the first bytes of labels.
    labels: Vec<u8>,
    values: Vec<T>,
}

/// A node of a forest; ranges as first and behind the last.
#[derive(Debug)]
struct Slot {
    /// In the list of labels.
    label: (u32, u32),
    /// In the list of nodes.
    children: (NodeId, NodeId),
    /// In the list of values; behind it for none.
    value: u32,
}

/// A tree of a forest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tree {
    root: NodeId,
}

impl<T> Default for Forest<T> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            firsts: Vec::new(),
            labels: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl<T> Forest<T> {
    /// Moves a tree here, with other values; `None` if it has none.
    pub(super) fn plant<S>(
        &mut self,
        sapling: Sapling<S>,
        mut map: impl FnMut(S) -> T,
    ) -> Option<Tree> {
        if let [root] = sapling.nodes.as_slice()
            && root.value.is_none()
        {
            return None;
        }
        let mut growing: Vec<Option<Node<S>>> = sapling.nodes.into_iter().map(Some).collect();
        let root = self.nodes.len();
        let mut planted = vec![ROOT];
        let mut next = 0;
        // Level by level, so that the children of a node stand together.
        while let Some(&from) = planted.get(next) {
            let Some(node) = growing.get_mut(from).and_then(Option::take) else {
                break;
            };
            let children = root + planted.len()..root + planted.len() + node.children.len();
            planted.extend(&node.children);
            next += 1;
            self.add(&node.label, children, node.value.map(&mut map));
        }
        Some(Tree { root: number(root) })
    }

    fn add(&mut self, label: &[u8], children: Range<usize>, value: Option<T>) {
        let (first, rest) = label.split_first().unwrap_or((&0, &[]));
        let label = self.labels.len()..self.labels.len() + rest.len();
        self.firsts.push(*first);
        self.labels.extend(rest);
        self.nodes.push(Slot {
            label: (number(label.start), number(label.end)),
            children: (number(children.start), number(children.end)),
            value: match value {
                Some(_) => number(self.values.len()),
                None => u32::MAX,
            },
        });
        self.values.extend(value);
    }

    /// The values of all texts of a tree that this one begins with, the shortest first, and how
    /// many bytes are behind each.
    pub(super) fn prefixes<'t>(
        &'t self,
        tree: Option<Tree>,
        text: &'t [u8],
    ) -> impl Iterator<Item = (&'t T, usize)> {
        let mut next = tree.and_then(|tree| Some((self.nodes.get(tree.root as usize)?, text)));
        let nodes = std::iter::from_fn(move || {
            let (node, left) = next?;
            next = self.child(node, left);
            Some((node, left.len()))
        });
        nodes.filter_map(|(node, left)| Some((self.values.get(node.value as usize)?, left)))
    }

    /// The child whose label comes next in a text, and what is behind that.
    fn child<'t>(&'t self, node: &Slot, text: &'t [u8]) -> Option<(&'t Slot, &'t [u8])> {
        let (first, rest) = text.split_first()?;
        let (start, end) = node.children;
        let firsts = self.firsts.get(start as usize..end as usize)?;
        let child = start as usize + firsts.iter().position(|byte| byte == first)?;
        let child = self.nodes.get(child)?;
        let (start, end) = child.label;
        let label = self.labels.get(start as usize..end as usize)?;
        Some((child, rest.strip_prefix(label)?))
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).expect("fewer than 2^32 bytes of paths and names fit in memory")
}
