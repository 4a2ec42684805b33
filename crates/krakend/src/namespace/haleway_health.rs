//! `haleway/health`: checks of hosts, by probes and by requests, and what follows from them. KrakenD
//! has nothing like it. A backend's block wins over the service's, key by key.

mod build;
mod parts;
mod scope;

use haleway_blueprint::{Balance, HashBalance, HashInput, Origin};
use haleway_document::{Diagnostic, Node, Span};
use haleway_health::Initial;
use haleway_overlay::Settings;

pub(crate) use build::Health;
use parts::{Active, Passive};
use scope::Scope;

use crate::code;
use crate::context::Context;
use crate::key::{Key, key};
use crate::reader::{Reader, Strictness};

/// Its keys.
pub(crate) static KEYS: &[Key] = &[
    key("active"),
    key("passive"),
    key("balance"),
    key("retries"),
    key("recover"),
    key("initial"),
    key("jitter"),
    key("probes"),
    key("panic"),
    key("eject_at_most"),
    key("slow_start"),
    key("damp_flaps"),
    key("silence"),
    key("hedge"),
];

pub(crate) use parts::{ACTIVE_KEYS, PASSIVE_KEYS};
pub(crate) use scope::{
    FLAPS_KEYS, HALF_OPEN_KEYS, HEDGE_KEYS, PROBES_KEYS, RECOVER_KEYS, SILENCE_KEYS,
};

/// Places on the ring of `client-address`.
const RING_SLOTS: u32 = 10_000;

/// How a host may be chosen.
fn balances() -> [(&'static str, Balance); 5] {
    let by_address = HashBalance {
        slots: RING_SLOTS,
        on: HashInput::ClientAddress,
        fallback: HashInput::Nothing,
    };
    [
        ("round-robin", Balance::RoundRobin),
        ("random", Balance::Random),
        ("least-connections", Balance::LeastConnections),
        ("latency", Balance::Latency),
        ("client-address", Balance::Hash(by_address)),
    ]
}

/// Tries after the first one that are taken.
const RETRIES_MAX: u32 = 10;

/// A block as it is written: what is absent may stand in the service's.
#[derive(Clone, Default)]
pub(crate) struct Written {
    active: Option<Active>,
    passive: Option<Passive>,
    balance: Option<Balance>,
    retries: Option<u32>,
    /// What an overlay could say as well.
    settings: Settings,
    origin: Option<Origin>,
}

impl Written {
    /// Reads a block, or gives an empty one.
    pub(crate) fn read(context: &Context<'_>, node: Option<&Node>, place: &str) -> Self {
        let reader =
            node.and_then(|node| Reader::new(context, node, KEYS, place, Strictness::Ignores));
        let Some(reader) = reader else {
            return Self::default();
        };
        let scope = Scope {
            context,
            reader: &reader,
        };
        let written = Self {
            active: reader
                .node("active")
                .and_then(|node| Active::read(context, node, place)),
            passive: reader
                .node("passive")
                .and_then(|node| Passive::read(context, node, place)),
            balance: scope.word("balance", &balances()),
            retries: scope.count("retries", 0, RETRIES_MAX).map(|it| it.value),
            settings: Settings::read(&scope),
            origin: node.map(|node| context.origin(node.span)),
        };
        reader.finish();
        written
    }

    /// Says that hosts would wait for ever, where no probe goes out that could let them in.
    pub(crate) fn warn_of_waiting(&self, service: &Self, context: &Context<'_>, span: Span) {
        let written = self.over(service);
        let waits =
            written.settings.initial == Some(Initial::Unhealthy) && written.passive.is_some();
        if waits && written.active.is_none() {
            let message = "haleway/health: `initial` is `unhealthy`, and without `active` no host \
                           ever gets a request";
            let finding = Diagnostic::warning(code::NO_EFFECT, message)
                .at(span, "these hosts wait for ever")
                .help("add `active` checks, or leave `initial` out");
            context.report(finding);
        }
    }

    /// This block over the service's.
    fn over(&self, service: &Self) -> Self {
        let (own, other) = (self.clone(), service);
        Self {
            active: Active::over(own.active, other.active.as_ref()),
            passive: Passive::over(own.passive, other.passive.as_ref()),
            balance: own.balance.or_else(|| other.balance.clone()),
            retries: own.retries.or(other.retries),
            settings: own.settings.over(&other.settings),
            origin: own.origin.or_else(|| other.origin.clone()),
        }
    }
}
