//! The layout of a gate's word, and the pure steps on it.
//!
//! ```text
//!  bits   field        meaning
//!  0-1    state        0 open, 1 closed, 2 half-open, 3 suspect
//!  2      watch        every outcome is told to the judge
//!  3      pinned       does not close itself (the ejection budget is spent)
//!  4-9    under way    trials let through that have not come back
//!  10-15  trials       how many may be under way at once
//!  16-23  lane 0       run of HTTP failures      ┐ outcomes in a row,
//!  24-31  lane 1       run of TCP failures       │ saturating at 255;
//!  32-39  lane 2       run of timeouts           │ limits stand in the
//!  40-47  lane 3       run of any failures       ┘ pool's rules
//!  48-63  generation   counts the times the runs began anew, modulo 65,536
//! ```
//!
//! The limits of the runs are not in the word: they belong to the plan that a request holds, so a
//! reload changes them without touching a gate. Open and suspect are one generation: an answer that
//! was owed when suspicion arose still counts. Every other change of state begins a generation, and
//! results of an older one change nothing.

use crate::rules::LANES;

/// Most trials that a gate can let through at once.
pub const TRIALS_MAX: u8 = 63;

/// What a gate does with a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Lets everything through.
    #[default]
    Open,
    /// Lets nothing through.
    Closed,
    /// Lets trials through; one that fails closes it.
    HalfOpen,
    /// Lets trials through until the endpoint answers; runs go on as if it were open.
    Suspect,
}

wire_enum!(State {
    Open = "open",
    Closed = "closed",
    HalfOpen = "half-open",
    Suspect = "suspect",
});

impl State {
    /// Open and suspect count outcomes; nothing else does.
    pub(super) fn counts(self) -> bool {
        matches!(self, Self::Open | Self::Suspect)
    }
}

const WATCH: u64 = 1 << 2;
const PINNED: u64 = 1 << 3;
const UNDER_WAY: u32 = 4;
const TRIALS: u32 = 10;
const LANE: u32 = 16;
const GENERATION: u32 = 48;

/// A gate's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) u64);

impl Word {
    pub(super) fn state(self) -> State {
        match self.0 & 3 {
            0 => State::Open,
            1 => State::Closed,
            2 => State::HalfOpen,
            _ => State::Suspect,
        }
    }

    pub(super) fn with_state(self, state: State) -> Self {
        Self(self.0 & !3 | state as u64)
    }

    pub(super) fn watch(self) -> bool {
        self.0 & WATCH != 0
    }

    pub(super) fn pinned(self) -> bool {
        self.0 & PINNED != 0
    }

    pub(super) fn with_flags(self, watch: bool, pinned: bool) -> Self {
        let flags = if watch { WATCH } else { 0 } | if pinned { PINNED } else { 0 };
        Self(self.0 & !(WATCH | PINNED) | flags)
    }

    pub(super) fn under_way(self) -> u8 {
        self.field(UNDER_WAY, 6) as u8
    }

    pub(super) fn with_under_way(self, count: u8) -> Self {
        self.with_field(UNDER_WAY, 6, count.min(TRIALS_MAX).into())
    }

    pub(super) fn trials(self) -> u8 {
        self.field(TRIALS, 6) as u8
    }

    pub(super) fn with_trials(self, count: u8) -> Self {
        self.with_field(TRIALS, 6, count.min(TRIALS_MAX).into())
    }

    pub(super) fn lane(self, lane: usize) -> u8 {
        self.field(LANE + 8 * lane as u32, 8) as u8
    }

    pub(super) fn with_lane(self, lane: usize, run: u8) -> Self {
        self.with_field(LANE + 8 * lane as u32, 8, run.into())
    }

    pub(super) fn lanes(self) -> [u8; LANES] {
        core::array::from_fn(|lane| self.lane(lane))
    }

    pub(super) fn with_lanes(self, runs: [u8; LANES]) -> Self {
        (0..LANES).fold(self, |word, lane| word.with_lane(lane, runs[lane]))
    }

    pub(super) fn generation(self) -> u16 {
        self.field(GENERATION, 16) as u16
    }

    /// The next generation: its runs and trials begin at nothing.
    pub(super) fn next_generation(self) -> Self {
        let next = self.generation().wrapping_add(1);
        self.with_field(GENERATION, 16, next.into())
            .with_lanes([0; LANES])
            .with_under_way(0)
    }

    fn field(self, at: u32, bits: u32) -> u64 {
        self.0 >> at & ((1 << bits) - 1)
    }

    fn with_field(self, at: u32, bits: u32, value: u64) -> Self {
        let mask = ((1 << bits) - 1) << at;
        Self(self.0 & !mask | value << at & mask)
    }
}
