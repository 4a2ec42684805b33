//! The scenario: which endpoint does what from when to when, and which requests arrive.

mod read;

use haleway_document::{Diagnostic, Node, Sources, Span, glob};
use haleway_health::Command;

use crate::behaviour::{Does, Wish};

/// A scenario that was read.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Where time ends, in microseconds; it begins at 0.
    pub until_us: u64,
    /// What spreads probes and takes the place of chance.
    pub seed: u64,
    /// A request that takes longer is slow, in microseconds.
    pub slow_us: u64,
    pub(crate) names: Vec<Named>,
    pub(crate) endpoints: Vec<Behaviour>,
    pub(crate) requests: Vec<Stream>,
    pub(crate) commands: Vec<Ordered>,
}

/// The addresses of a name.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// Addresses, each with or without a port.
    pub(crate) addresses: Vec<String>,
}

/// A pattern on names, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl Pattern {
    pub(crate) fn fits(&self, name: &str) -> bool {
        glob(&self.text, name)
    }
}

/// What some endpoints do for a while.
#[derive(Clone, Debug)]
pub(crate) struct Behaviour {
    /// Addresses or names.
    pub(crate) endpoint: Pattern,
    pub(crate) pool: Option<Pattern>,
    pub(crate) from_us: u64,
    pub(crate) to_us: u64,
    pub(crate) does: Does,
    pub(crate) seen_by: SeenBy,
}

/// Who sees a behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeenBy {
    All,
    Requests,
    Probes,
}

/// Requests that arrive.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// Where the entry stands.
    pub(crate) span: Span,
    pub(crate) pool: Option<Pattern>,
    pub(crate) route: Option<Pattern>,
    pub(crate) method: String,
    pub(crate) arrives: Arrives,
    /// Clients that take turns; each is one key to hashing balances.
    pub(crate) clients: u64,
    pub(crate) wish: Wish,
    /// The status that each must get.
    pub(crate) expect: Option<u16>,
}

/// When requests arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrives {
    /// So many in each second, evenly.
    Evenly {
        from_us: u64,
        to_us: u64,
        per_second: u64,
    },
    /// One by one.
    Single {
        at_us: u64,
        times: u64,
        every_us: u64,
    },
}

impl Arrives {
    /// How many there are.
    pub(crate) fn count(self) -> u64 {
        match self {
            Self::Evenly {
                from_us,
                to_us,
                per_second,
            } => {
                let length_us = u128::from(to_us.saturating_sub(from_us));
                let count = (length_us * u128::from(per_second)).div_ceil(SECOND_US.into());
                u64::try_from(count).unwrap_or(u64::MAX)
            }
            Self::Single { times, .. } => times,
        }
    }

    /// When the one with this number arrives.
    pub(crate) fn at_us(self, number: u64) -> u64 {
        match self {
            Self::Evenly {
                from_us,
                per_second,
                ..
            } => {
                let after = u128::from(number) * u128::from(SECOND_US);
                let after = after / u128::from(per_second.max(1));
                from_us.saturating_add(u64::try_from(after).unwrap_or(u64::MAX))
            }
            Self::Single {
                at_us, every_us, ..
            } => at_us.saturating_add(every_us.saturating_mul(number)),
        }
    }

    /// They are told of one by one.
    pub(crate) fn is_told(self) -> bool {
        matches!(self, Self::Single { .. })
    }
}

pub(crate) const SECOND_US: u64 = 1_000_000;

/// What an operator does.
#[derive(Clone, Debug)]
pub(crate) struct Ordered {
    pub(crate) at_us: u64,
    pub(crate) endpoint: Pattern,
    pub(crate) pool: Option<Pattern>,
    pub(crate) command: Command,
}

/// Whether a document is a scenario: an object with the key `scenario`.
#[must_use]
pub fn detects(root: &Node) -> bool {
    root.get("scenario").is_some()
}

impl Scenario {
    /// Reads a scenario. Where a finding is an error, it must not be played.
    #[must_use]
    pub fn read(root: &Node, sources: &Sources) -> (Self, Vec<Diagnostic>) {
        read::scenario(root, sources)
    }
}

#[cfg(test)]
mod tests {
    use super::Arrives;

    #[test]
    fn requests_arrive_evenly_and_exactly() {
        let stream = Arrives::Evenly {
            from_us: 500_000,
            to_us: 2_500_000,
            per_second: 300,
        };
        assert_eq!(stream.count(), 600);
        assert_eq!(stream.at_us(0), 500_000);
        assert_eq!(stream.at_us(1), 503_333);
        assert_eq!(stream.at_us(599), 2_496_666);
        let none = Arrives::Evenly {
            from_us: 5,
            to_us: 5,
            per_second: 9,
        };
        assert_eq!(none.count(), 0);
    }
}
