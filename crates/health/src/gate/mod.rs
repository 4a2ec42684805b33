//! The gate before an endpoint: one atomic word that says whether a request may go there.
//!
//! [`Gate::enter`] answers at once; [`Gate::settle`] books what came of it. The outcome whose run
//! reaches its limit closes the gate in the same step, before the answer goes on to the client and
//! before the request's next try, so no request enters after it. The judge hears of it, confirms or
//! overrules, and explains. Results of an older generation change nothing.
//!
//! Whoever got a [`Permit`] gives it back exactly once: with `settle`, or with [`Gate::abandon`]
//! when nothing can be said (the client left). The word's layout stands in [`word`].

mod word;

use crate::rules::{LANES, Manner, Rule};
use crate::sync::{AtomicU64, Ordering};

use word::Word;
pub use word::{State, TRIALS_MAX};

/// One endpoint's gate. New ones are open.
#[derive(Debug)]
pub struct Gate(AtomicU64);

/// The right to send one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a permit is settled or abandoned"]
pub struct Permit {
    generation: u16,
    trial: bool,
}

impl Permit {
    /// True if this request is a trial of an endpoint in doubt.
    #[must_use]
    pub fn is_trial(self) -> bool {
        self.trial
    }
}

/// Why a request may not go there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The endpoint is unhealthy.
    Closed,
    /// It is in doubt, and as many trials as allowed are under way.
    TrialsUnderWay,
}

/// How an outcome closed the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Closing {
    /// The run in this lane reached its limit.
    Run(u8),
    /// A trial failed.
    Trial,
}

wire_enum!(Closing { Run(lane) = "run", Trial = "trial" });

/// What settling did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The outcome belongs to an older generation and changed nothing.
    pub stale: bool,
    /// The judge must hear of this outcome.
    pub tell: bool,
    /// The outcome closed the gate.
    pub closed: Option<Closing>,
}

impl Settled {
    const STALE: Self = Self {
        stale: true,
        tell: false,
        closed: None,
    };
}

/// What the judge wants of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Take this state.
    Set {
        /// The state.
        state: State,
        /// Trials at once, where the state lets trials through.
        trials: u8,
        /// Tell every outcome.
        watch: bool,
        /// Do not close yourself.
        pinned: bool,
        /// Begin a new generation with these runs even where the state stays. A change of state
        /// other than between open and suspect begins one anyway.
        renew: bool,
        /// Runs a new generation begins with.
        runs: [u8; LANES],
    },
    /// A probe added these numbers to the runs.
    Add([u8; LANES]),
    /// A probe set these lanes back to zero, as bits.
    Reset(u8),
}

/// What stands in a gate's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// What it does with a request.
    pub state: State,
    /// Its generation.
    pub generation: u16,
    /// Trials under way.
    pub under_way: u8,
    /// Trials allowed at once.
    pub trials: u8,
    /// Runs, per lane.
    pub runs: [u8; LANES],
    /// It does not close itself.
    pub pinned: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// An open gate.
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// May a request go there?
    ///
    /// # Errors
    /// Why it may not.
    pub fn enter(&self) -> Result<Permit, Refusal> {
        let mut word = self.load();
        loop {
            match word.state() {
                State::Open => return Ok(permit(word, false)),
                State::Closed => return Err(Refusal::Closed),
                State::HalfOpen | State::Suspect => {}
            }
            if word.under_way() >= word.trials() {
                return Err(Refusal::TrialsUnderWay);
            }
            let next = word.with_under_way(word.under_way() + 1);
            match self.replace(word, next) {
                Ok(()) => return Ok(permit(next, true)),
                Err(newer) => word = newer,
            }
        }
    }

    /// A permit whatever the state: for a pool that serves all rather than none.
    pub fn enter_anyway(&self) -> Permit {
        permit(self.load(), false)
    }

    /// Books what came of a request, by the rule of its class.
    pub fn settle(&self, permit: Permit, rule: &Rule) -> Settled {
        let mut word = self.load();
        loop {
            if word.generation() != permit.generation {
                return Settled::STALE;
            }
            let (next, settled) = settled(word, permit, rule);
            if next == word {
                return settled;
            }
            match self.replace(word, next) {
                Ok(()) => return settled,
                Err(newer) => word = newer,
            }
        }
    }

    /// Gives a permit back without a word about the endpoint.
    pub fn abandon(&self, permit: Permit) {
        self.change(|word| {
            if permit.trial && word.generation() == permit.generation {
                released(word)
            } else {
                word
            }
        });
    }

    /// Carries out an order of the judge.
    pub fn apply(&self, order: Order) {
        self.change(|word| ordered(word, order));
    }

    /// What stands in the word.
    #[must_use]
    pub fn view(&self) -> View {
        let word = self.load();
        View {
            state: word.state(),
            generation: word.generation(),
            under_way: word.under_way(),
            trials: word.trials(),
            runs: word.lanes(),
            pinned: word.pinned(),
        }
    }

    fn load(&self) -> Word {
        Word(self.0.load(Ordering::Acquire))
    }

    fn replace(&self, word: Word, next: Word) -> Result<(), Word> {
        self.0
            .compare_exchange_weak(word.0, next.0, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
            .map_err(Word)
    }

    fn change(&self, step: impl Fn(Word) -> Word) {
        let mut word = self.load();
        loop {
            let next = step(word);
            if next == word {
                return;
            }
            match self.replace(word, next) {
                Ok(()) => return,
                Err(newer) => word = newer,
            }
        }
    }
}

fn permit(word: Word, trial: bool) -> Permit {
    Permit {
        generation: word.generation(),
        trial,
    }
}

fn released(word: Word) -> Word {
    word.with_under_way(word.under_way().saturating_sub(1))
}

/// One outcome of the word's own generation.
fn settled(word: Word, permit: Permit, rule: &Rule) -> (Word, Settled) {
    let freed = if permit.trial { released(word) } else { word };
    let told = |tell| Settled {
        stale: false,
        tell,
        closed: None,
    };
    match word.state() {
        State::Closed => (freed, told(true)),
        State::HalfOpen if permit.trial && rule.manner == Manner::Failing => {
            close(freed, Closing::Trial)
        }
        State::HalfOpen => (freed, told(true)),
        State::Open | State::Suspect => counted(freed, rule),
    }
}

/// The runs after an outcome, and the gate closed where one reached its limit.
fn counted(word: Word, rule: &Rule) -> (Word, Settled) {
    let mut next = word;
    let mut crossed = None;
    for lane in 0..LANES {
        if rule.reset >> lane & 1 == 1 {
            next = next.with_lane(lane, 0);
        }
        if rule.add >> lane & 1 == 1 {
            let run = word.lane(lane).saturating_add(1);
            next = next.with_lane(lane, run);
            if rule.limits[lane] > 0 && run >= rule.limits[lane] {
                crossed = crossed.or(Some(lane));
            }
        }
    }
    match crossed {
        Some(lane) if !word.pinned() => close(next, Closing::Run(lane as u8)),
        _ => {
            let in_doubt = word.state() == State::Suspect;
            let tell = word.watch() || in_doubt || rule.add != 0 || next != word;
            let settled = Settled {
                stale: false,
                tell,
                closed: None,
            };
            (next, settled)
        }
    }
}

fn close(word: Word, closing: Closing) -> (Word, Settled) {
    let settled = Settled {
        stale: false,
        tell: true,
        closed: Some(closing),
    };
    let next = word.next_generation().with_state(State::Closed);
    (next.with_flags(word.watch(), false), settled)
}

fn ordered(word: Word, order: Order) -> Word {
    match order {
        Order::Add(runs) if word.state().counts() => (0..LANES).fold(word, |word, lane| {
            word.with_lane(lane, word.lane(lane).saturating_add(runs[lane]))
        }),
        Order::Reset(lanes) if word.state().counts() => (0..LANES)
            .filter(|lane| lanes >> lane & 1 == 1)
            .fold(word, |word, lane| word.with_lane(lane, 0)),
        Order::Add(_) | Order::Reset(_) => word,
        Order::Set {
            state,
            trials,
            watch,
            pinned,
            renew,
            runs,
        } => {
            let same = state == word.state() || state.counts() && word.state().counts();
            if state.counts() && !same && !renew {
                // It closed itself since; the judge will hear of that and order anew.
                return word;
            }
            let next = if same && !renew {
                word
            } else {
                word.next_generation().with_lanes(runs)
            };
            next.with_state(state)
                .with_trials(trials)
                .with_flags(watch, pinned)
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
