//! Values of a route's parameters.

use smallvec::SmallVec;

/// Where a value stands in a path: first byte and the byte behind the last one.
pub(super) type Range = (u32, u32);

/// Ranges of one match.
pub(super) type Ranges = SmallVec<[Range; 4]>;

/// Values of a route's parameters, in the order of its pattern, as ranges of the matched path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    ranges: Ranges,
    /// The path that the ranges refer to, where it is not the one that was asked for.
    moved: Option<Box<str>>,
}

impl Params {
    pub(super) fn new(ranges: Ranges, moved: Option<Box<str>>) -> Self {
        Self { ranges, moved }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// The value of the parameter at `index`; `path` is the one that was looked up. A rest has no
    /// leading slash.
    #[must_use]
    pub fn value<'a>(&'a self, index: usize, path: &'a str) -> Option<&'a str> {
        let &(start, end) = self.ranges.get(index)?;
        self.moved
            .as_deref()
            .unwrap_or(path)
            .get(start as usize..end as usize)
    }

    /// All values; `path` is the one that was looked up.
    pub fn values<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        (0..self.len()).filter_map(move |index| self.value(index, path))
    }
}
