//! The endpoint with the fewest requests under way for its weight.

use core::cmp::Ordering;

/// What an endpoint carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Requests under way.
    pub open: u32,
    /// Its weight.
    pub weight: u32,
}

impl Load {
    /// Compares (open + 1) / weight. The one more is the request to come: with nothing under way
    /// the heaviest goes first (Kong 3.x, `least_connections.lua`).
    #[must_use]
    pub fn compare(self, other: Self) -> Ordering {
        let crossed = |a: Self, b: Self| (u64::from(a.open) + 1) * u64::from(b.weight);
        crossed(self, other).cmp(&crossed(other, self))
    }
}

/// The endpoint that carries least; of equal ones the first. Weight 0 is passed over.
#[must_use]
pub fn least(loads: impl IntoIterator<Item = (usize, Load)>) -> Option<usize> {
    let candidates = loads.into_iter().filter(|(_, load)| load.weight > 0);
    let least = candidates.min_by(|(_, a), (_, b)| a.compare(*b));
    least.map(|(index, _)| index)
}
