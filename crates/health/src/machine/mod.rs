//! The machines of an endpoint: each takes events and gives a signal, knowing nothing of the others.
//!
//! A machine's state and its parameters are kept apart: parameters come with each call, so that a
//! new configuration keeps the state. A machine stands as long as its part of the configuration
//! does; when that goes, its state and its signal go along. What one machine must learn of another
//! is a [`Note`], handed to all. A new machine is a file here and a line in the list below.

mod breaker;
mod discovery;
mod flap;
mod half_open;
mod kong_counters;
mod operator;
mod silence;

use alloc::vec::Vec;
use core::fmt::Debug;

use crate::config::PoolConfig;
use crate::input::Event;
use crate::rules::LANES;
use crate::signal::{Signal, Verdict};
use crate::time::Tick;
use crate::wire::Wire;

pub(crate) use breaker::Breaker;
pub(crate) use discovery::Discovery;
pub(crate) use flap::Flaps;
pub(crate) use half_open::HalfOpen;
pub(crate) use kong_counters::KongCounters;
pub(crate) use operator::Operator;
pub(crate) use silence::Silence;

/// What every machine is given.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) now: Tick,
    pub(crate) config: &'a PoolConfig,
    /// Hash of seed and endpoint: what stands in for chance.
    pub(crate) salt: u64,
}

/// What machines learn of one another and of the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The counters made it unhealthy.
    Ejected { by_traffic: bool },
    /// The counters made it healthy.
    Readmitted,
    /// The trials passed.
    Recovered,
    /// The verdict changed.
    Flipped { from: Verdict, to: Verdict },
}

/// One mechanism over one endpoint.
pub(crate) trait Machine: Sized + Clone + Debug + PartialEq + Wire {
    /// True if the configuration asks for it.
    fn present(config: &PoolConfig) -> bool;

    /// For an endpoint that nothing is known of.
    fn born(context: &Context<'_>) -> Self;

    /// Something happened.
    fn observe(&mut self, context: &Context<'_>, event: &Event) -> Option<Note>;

    /// Another machine, or the verdict, has news.
    fn note(&mut self, _context: &Context<'_>, _note: &Note) -> Option<Note> {
        None
    }

    /// Its deadline has come.
    fn advance(&mut self, _context: &Context<'_>) -> Option<Note> {
        None
    }

    /// When it wants to be advanced.
    fn deadline(&self) -> Option<Tick> {
        None
    }

    /// The configuration changed around it.
    fn reconfigured(&mut self, _context: &Context<'_>) -> Option<Note> {
        None
    }

    /// The endpoint left the configuration, to be remembered for a while.
    fn removed(&mut self) {}

    /// What it says; `None` if it has nothing to say.
    fn signal(&self, context: &Context<'_>) -> Option<Signal>;

    /// The runs as it counts them, for a gate that begins anew.
    fn runs(&self) -> [u8; LANES] {
        [0; LANES]
    }

    /// A number that changes when the gate must begin a new generation.
    fn era(&self) -> u32 {
        0
    }

    /// It must hear of every outcome.
    fn watches(&self) -> bool {
        false
    }
}

macro_rules! machines {
    ($($field:ident: $kind:ident),* $(,)?) => {
        /// The machines of one endpoint, as far as its pool is configured to have them.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) struct Machines {
            $( pub(crate) $field: Option<$kind>, )*
        }

        wire_struct!(Machines { $($field),* });

        impl Machines {
            pub(crate) fn born(context: &Context<'_>) -> Self {
                Self {
                    $( $field: $kind::present(context.config).then(|| $kind::born(context)), )*
                }
            }

            fn each_observe(&mut self, context: &Context<'_>, event: &Event, notes: &mut Vec<Note>) {
                $( notes.extend(self.$field.as_mut().and_then(|it| it.observe(context, event))); )*
            }

            fn each_note(&mut self, context: &Context<'_>, note: &Note, notes: &mut Vec<Note>) {
                $( notes.extend(self.$field.as_mut().and_then(|it| it.note(context, note))); )*
            }

            fn each_advance(&mut self, context: &Context<'_>, notes: &mut Vec<Note>) {
                $(
                    let due = self.$field.as_ref().and_then(Machine::deadline);
                    if due.is_some_and(|due| due <= context.now) {
                        notes.extend(self.$field.as_mut().and_then(|it| it.advance(context)));
                    }
                )*
            }

            fn each_reconfigured(&mut self, context: &Context<'_>, notes: &mut Vec<Note>) {
                $(
                    if !$kind::present(context.config) {
                        self.$field = None;
                    } else if let Some(machine) = &mut self.$field {
                        notes.extend(machine.reconfigured(context));
                    } else {
                        self.$field = Some($kind::born(context));
                    }
                )*
            }

            /// The endpoint left the configuration.
            pub(crate) fn removed(&mut self) {
                $( if let Some(machine) = &mut self.$field { machine.removed(); } )*
            }

            /// What they say, in the order of the list.
            pub(crate) fn signals(&self, context: &Context<'_>) -> Vec<Signal> {
                let mut signals = Vec::new();
                $( signals.extend(self.$field.as_ref().and_then(|it| it.signal(context))); )*
                signals
            }

            /// The earliest deadline.
            pub(crate) fn deadline(&self) -> Option<Tick> {
                let mut earliest: Option<Tick> = None;
                $(
                    let due = self.$field.as_ref().and_then(Machine::deadline);
                    earliest = match (earliest, due) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                )*
                earliest
            }

            /// The runs, each lane from the machine that counts it.
            pub(crate) fn runs(&self) -> [u8; LANES] {
                let mut runs = [0; LANES];
                $(
                    if let Some(machine) = &self.$field {
                        let own = machine.runs();
                        runs = core::array::from_fn(|lane| runs[lane].max(own[lane]));
                    }
                )*
                runs
            }

            /// A number that changes with any machine's era.
            pub(crate) fn era(&self) -> u32 {
                let mut era = 0_u32;
                $( era = era.wrapping_add(self.$field.as_ref().map_or(0, Machine::era)); )*
                era
            }

            /// Some machine must hear of every outcome.
            pub(crate) fn watches(&self) -> bool {
                false $( || self.$field.as_ref().is_some_and(Machine::watches) )*
            }
        }
    };
}

machines! {
    operator: Operator,
    discovery: Discovery,
    counters: KongCounters,
    half_open: HalfOpen,
    breaker: Breaker,
    flaps: Flaps,
    silence: Silence,
}

/// Notes that one event may set off in all: far more than the machines have to say.
const NOTES_MAX: usize = 16;

impl Machines {
    /// Hands an event to all.
    pub(crate) fn observe(&mut self, context: &Context<'_>, event: &Event) {
        let mut notes = Vec::new();
        self.each_observe(context, event, &mut notes);
        self.spread(context, notes);
    }

    /// Hands news of the verdict to all.
    pub(crate) fn note(&mut self, context: &Context<'_>, note: Note) {
        self.spread(context, alloc::vec![note]);
    }

    /// Advances those whose deadline has come.
    pub(crate) fn advance(&mut self, context: &Context<'_>) {
        let mut notes = Vec::new();
        self.each_advance(context, &mut notes);
        self.spread(context, notes);
    }

    /// Fits them to a changed configuration.
    pub(crate) fn reconfigured(&mut self, context: &Context<'_>) {
        let mut notes = Vec::new();
        self.each_reconfigured(context, &mut notes);
        self.spread(context, notes);
    }

    fn spread(&mut self, context: &Context<'_>, mut notes: Vec<Note>) {
        let mut next = 0;
        while next < notes.len().min(NOTES_MAX) {
            let note = notes[next];
            self.each_note(context, &note, &mut notes);
            next += 1;
        }
    }
}
