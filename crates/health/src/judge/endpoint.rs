//! What the judge keeps of an endpoint and of a pool.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::EndpointId;
use crate::budget::PoolDecision;
use crate::config::PoolConfig;
use crate::fuse::{Fused, fuse};
use crate::gate::{Order, State};
use crate::input::Event;
use crate::machine::{Context, Machines};
use crate::outcome::Seen;
use crate::rules::LANES;
use crate::signal::{Source, Verdict};
use crate::time::{Tick, hash_texts, mix};

/// Things that happened to an endpoint, kept for whoever asks why.
pub(super) const HISTORY_MAX: usize = 16;

/// An endpoint's identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) pool: String,
    pub(super) address: String,
    pub(super) name: String,
}

wire_struct!(Key {
    pool,
    address,
    name
});

impl Key {
    /// What spreads and jitters this endpoint.
    pub(super) fn salt(&self, seed: u64) -> u64 {
        mix(seed, hash_texts(&[&self.pool, &self.address, &self.name]))
    }
}

/// What the judge believes of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Posture {
    pub(super) state: State,
    pub(super) trials: u8,
    pub(super) pinned: bool,
    pub(super) watch: bool,
    pub(super) era: u32,
}

wire_struct!(Posture {
    state,
    trials,
    pinned,
    watch,
    era
});

impl Posture {
    /// The order that makes a gate so.
    pub(super) fn order(self, renew: bool, runs: [u8; LANES]) -> Order {
        Order::Set {
            state: self.state,
            trials: self.trials,
            watch: self.watch,
            pinned: self.pinned,
            renew,
            runs,
        }
    }

    /// A new gate.
    pub(super) const OPEN: Self = Self {
        state: State::Open,
        trials: 0,
        pinned: false,
        watch: false,
        era: 0,
    };
}

/// Where the probes of an endpoint stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Probing {
    /// The interval and jitter that `due` was computed with.
    pub(super) rhythm: Option<(u64, u32)>,
    pub(super) due: Option<Tick>,
    /// Attempt under way, and when it is given up.
    pub(super) under_way: Option<(u64, Tick)>,
    /// Due, and waiting for one of the pool's lanes.
    pub(super) queued: bool,
    pub(super) attempts: u64,
    pub(super) last: Option<Seen>,
}

wire_struct!(Probing {
    rhythm,
    due,
    under_way,
    queued,
    attempts,
    last
});

/// One endpoint, member or remembered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Endpoint {
    pub(super) key: Key,
    /// Hash of seed and identity.
    pub(super) salt: u64,
    pub(super) weight: u32,
    /// Set while it is not configured but remembered: when it is forgotten.
    pub(super) forget_at: Option<Tick>,
    pub(super) birth: Tick,
    pub(super) machines: Machines,
    /// What its signals want.
    pub(super) fused: Fused,
    /// Since when they want it out.
    pub(super) out_since: Option<Tick>,
    /// It stays in because the ejection budget is spent.
    pub(super) spared: bool,
    /// What it is.
    pub(super) verdict: Verdict,
    pub(super) since: Tick,
    /// The signal that decided the last time conclusions were drawn.
    pub(super) decided: Source,
    pub(super) posture: Posture,
    pub(super) probing: Probing,
    /// Its entry among the judge's timers.
    pub(super) timer: Option<Tick>,
    pub(super) history: VecDeque<(Tick, Event)>,
}

wire_struct!(Endpoint {
    key,
    salt,
    weight,
    forget_at,
    birth,
    machines,
    fused,
    out_since,
    spared,
    verdict,
    since,
    decided,
    posture,
    probing,
    timer,
    history,
});

impl Endpoint {
    /// One that nothing is known of; it counts as healthy until its signals were fused.
    pub(super) fn new(key: Key, weight: u32, context: &Context<'_>) -> Self {
        Self {
            key,
            salt: context.salt,
            weight,
            forget_at: None,
            birth: context.now,
            machines: Machines::born(context),
            fused: fuse(&[], context.now),
            out_since: None,
            spared: false,
            verdict: Verdict::Healthy,
            since: context.now,
            decided: Source::Birth,
            posture: Posture::OPEN,
            probing: Probing::default(),
            timer: None,
            history: VecDeque::new(),
        }
    }

    pub(super) fn is_member(&self) -> bool {
        self.forget_at.is_none()
    }

    /// True if its signals want it out of the balance.
    pub(super) fn wants_out(&self) -> bool {
        !self.fused.verdict.is_available()
    }

    /// The interval it is probed in: by its counters' mode, else by its verdict.
    pub(super) fn counts_as_available(&self) -> bool {
        let counters = self.machines.counters.as_ref();
        counters.map_or(self.verdict.is_available(), |it| it.is_available())
    }

    pub(super) fn remember(&mut self, now: Tick, event: Event) {
        if self.history.len() >= HISTORY_MAX {
            self.history.pop_front();
        }
        self.history.push_back((now, event));
    }
}

/// One pool.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pool {
    pub(super) config: Arc<PoolConfig>,
    pub(super) members: Vec<EndpointId>,
    pub(super) decision: PoolDecision,
    /// Probes under way.
    pub(super) under_way: u32,
    /// Endpoints whose probe is due and waits.
    pub(super) queue: VecDeque<EndpointId>,
}

wire_struct!(Pool {
    config,
    members,
    decision,
    under_way,
    queue
});
