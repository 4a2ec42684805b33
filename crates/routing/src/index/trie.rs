//! Values by texts that other texts begin with: a radix tree of bytes.

const ROOT: u32 = 0;

/// Values by the beginning of a text.
#[derive(Debug)]
pub(super) struct Trie<T> {
    nodes: Vec<Node<T>>,
}

#[derive(Debug)]
struct Node<T> {
    /// What stands between the parent's text and this one's; empty at the root only.
    label: Box<[u8]>,
    /// By the first byte of their labels.
    children: Vec<(u8, u32)>,
    value: Option<T>,
}

impl<T> Default for Trie<T> {
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

    fn child(&self, first: u8) -> Option<u32> {
        let mut children = self.children.iter();
        children
            .find(|(byte, _)| *byte == first)
            .map(|&(_, child)| child)
    }
}

impl<T> Trie<T> {
    /// Whether no text has a value.
    pub(super) fn is_empty(&self) -> bool {
        let [root] = self.nodes.as_slice() else {
            return false;
        };
        root.value.is_none()
    }

    /// The value of a text.
    pub(super) fn entry(&mut self, text: &[u8]) -> &mut T
    where
        T: Default,
    {
        let node = self.node(text);
        self.nodes[node as usize].value.get_or_insert_default()
    }

    /// The node of a text, which is made where there is none.
    fn node(&mut self, text: &[u8]) -> u32 {
        let (mut node, mut left) = (ROOT, text);
        while let Some(&first) = left.first() {
            let Some(child) = self.nodes[node as usize].child(first) else {
                let child = self.add(Node::new(left));
                self.nodes[node as usize].children.push((first, child));
                return child;
            };
            let label = &self.nodes[child as usize].label;
            let same = label.iter().zip(left).take_while(|(a, b)| a == b).count();
            if same < label.len() {
                self.split(child, same);
            }
            (node, left) = (child, &left[same..]);
        }
        node
    }

    fn add(&mut self, node: Node<T>) -> u32 {
        let id = u32::try_from(self.nodes.len()).expect("fewer than 2^32 texts fit in memory");
        self.nodes.push(node);
        id
    }

    /// Leaves the first bytes of its label to a node, and the rest with all that was there to a
    /// new child.
    fn split(&mut self, node: u32, at: usize) {
        let head = &mut self.nodes[node as usize];
        let mut tail = Node::new(&head.label[at..]);
        head.label = head.label[..at].into();
        tail.children = std::mem::take(&mut head.children);
        tail.value = head.value.take();
        let first = tail.label[0];
        let tail = self.add(tail);
        self.nodes[node as usize].children = vec![(first, tail)];
    }

    /// The values of all texts that this one begins with, the shortest first, and how many bytes
    /// are behind each.
    pub(super) fn prefixes<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (&'t T, usize)> {
        let mut next = Some((&self.nodes[ROOT as usize], text));
        let nodes = std::iter::from_fn(move || {
            let (node, left) = next?;
            next = left.first().and_then(|&first| {
                let child = &self.nodes[node.child(first)? as usize];
                Some((child, left.strip_prefix(&*child.label)?))
            });
            Some((node, left.len()))
        });
        nodes.filter_map(|(node, left)| Some((node.value.as_ref()?, left)))
    }

    /// The same texts with other values.
    pub(super) fn map<U>(self, map: &impl Fn(T) -> U) -> Trie<U> {
        let nodes = self.nodes.into_iter().map(|node| Node {
            label: node.label,
            children: node.children,
            value: node.value.map(map),
        });
        Trie {
            nodes: nodes.collect(),
        }
    }
}
