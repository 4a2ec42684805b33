//! `haleway/health`: checks of hosts, by probes and by requests, and what follows from them. KrakenD
//! has nothing like it. A backend's block wins over the service's, key by key.

mod build;
mod parts;

use haleway_blueprint::{Balance, Origin};
use haleway_document::{Diagnostic, Node, Span};

pub(crate) use build::Health;
use parts::{Active, Flaps, Passive, Recover};

use crate::code;
use crate::context::Context;
use crate::key::{Key, key, not_built};
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
    key("panic"),
    key("eject_at_most"),
    key("slow_start"),
    key("damp_flaps"),
    not_built("silence"),
];

pub(crate) use parts::{ACTIVE_KEYS, FLAPS_KEYS, PASSIVE_KEYS, RECOVER_KEYS};

/// Tries after the first one that are taken.
const RETRIES_MAX: i64 = 10;

/// A value and the place that set it.
#[derive(Clone, Debug)]
pub(crate) struct Placed<T> {
    value: T,
    line: String,
}

/// A block as it is written: what is absent may stand in the service's.
#[derive(Clone, Default)]
pub(crate) struct Written {
    active: Option<Active>,
    passive: Option<Passive>,
    recover: Option<Recover>,
    flaps: Option<Flaps>,
    balance: Option<Balance>,
    retries: Option<u32>,
    starts_unhealthy: Option<bool>,
    jitter_ppm: Option<u32>,
    panic_ppm: Option<u32>,
    eject_at_most_ppm: Option<u32>,
    slow_start_us: Option<u64>,
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
            recover: reader
                .node("recover")
                .and_then(|node| Recover::read(context, node, place)),
            flaps: reader
                .node("damp_flaps")
                .and_then(|node| Flaps::read(context, node, place)),
            balance: scope.word(
                "balance",
                &[
                    ("round-robin", Balance::RoundRobin),
                    ("random", Balance::Random),
                ],
            ),
            retries: scope.count("retries", 0, RETRIES_MAX).map(|it| it.value),
            starts_unhealthy: scope.word("initial", &[("healthy", false), ("unhealthy", true)]),
            jitter_ppm: scope.share("jitter"),
            panic_ppm: scope.share("panic"),
            eject_at_most_ppm: scope.share("eject_at_most"),
            slow_start_us: reader.duration("slow_start").map(|it| it.micros()),
            origin: node.map(|node| context.origin(node.span)),
        };
        reader.finish();
        written
    }

    /// Says that hosts would wait for ever, where no probe goes out that could let them in.
    pub(crate) fn warn_of_waiting(&self, service: &Self, context: &Context<'_>, span: Span) {
        let written = self.over(service);
        let waits = written.starts_unhealthy == Some(true) && written.passive.is_some();
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
            recover: Recover::over(own.recover, other.recover.as_ref()),
            flaps: Flaps::over(own.flaps, other.flaps.as_ref()),
            balance: own.balance.or_else(|| other.balance.clone()),
            retries: own.retries.or(other.retries),
            starts_unhealthy: own.starts_unhealthy.or(other.starts_unhealthy),
            jitter_ppm: own.jitter_ppm.or(other.jitter_ppm),
            panic_ppm: own.panic_ppm.or(other.panic_ppm),
            eject_at_most_ppm: own.eject_at_most_ppm.or(other.eject_at_most_ppm),
            slow_start_us: own.slow_start_us.or(other.slow_start_us),
            origin: own.origin.or_else(|| other.origin.clone()),
        }
    }
}

/// Reads the kinds of values that these blocks have.
struct Scope<'s, 'r> {
    context: &'s Context<'s>,
    reader: &'s Reader<'r>,
}

impl Scope<'_, '_> {
    /// A whole number between two others.
    fn count(&self, name: &str, least: i64, most: i64) -> Option<Placed<u32>> {
        let written = self.reader.integer(name)?;
        let value = (least..=most).contains(&written.value);
        let value = value.then(|| u32::try_from(written.value).ok()).flatten();
        if value.is_none() {
            let message = format!("`{name}` is {}, and is ignored", written.value);
            let finding = Diagnostic::warning(code::OUT_OF_RANGE, self.reader.says(&message))
                .at(written.span, "")
                .help(format!("write a whole number from {least} to {most}"));
            self.context.report(finding);
        }
        value.map(|value| Placed {
            value,
            line: self.context.origin(written.span).to_string(),
        })
    }

    /// A duration and its place.
    fn duration_us(&self, name: &str) -> Option<Placed<u64>> {
        let value = self.reader.duration(name)?;
        let span = self.reader.node(name)?.span;
        Some(Placed {
            value: value.micros(),
            line: self.context.origin(span).to_string(),
        })
    }

    /// A share such as `20%` or `61.1%`, in parts per million.
    fn share(&self, name: &str) -> Option<u32> {
        let written = self.reader.text(name)?;
        let share = ppm(&written.value);
        if share.is_none() {
            let message = format!(
                "`{name}` is {:?}, which is no share, and is ignored",
                written.value
            );
            let finding = Diagnostic::warning(code::OUT_OF_RANGE, self.reader.says(&message))
                .at(written.span, "")
                .help("write a share from \"0%\" to \"100%\"");
            self.context.report(finding);
        }
        share
    }

    /// One of several words.
    fn word<T: Clone>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let written = self.reader.text(name)?;
        let found = words.iter().find(|(word, _)| *word == written.value);
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word);
            let hint = haleway_document::nearest(&written.value, known.clone());
            let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
            let message = format!(
                "`{name}` is `{}`, which is unknown, and is ignored",
                written.value
            );
            let list: Vec<&str> = known.collect();
            let finding = Diagnostic::warning(code::UNKNOWN_VALUE, self.reader.says(&message))
                .at(written.span, label)
                .help(format!("write one of: {}", list.join(", ")));
            self.context.report(finding);
        }
        found.map(|(_, value)| value.clone())
    }
}

/// Parts per million of a percentage with up to four decimals.
fn ppm(text: &str) -> Option<u32> {
    let number = text.strip_suffix('%')?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 4 || whole.len() > 3 {
        return None;
    }
    let scaled: u32 = format!("{decimals:0<4}").parse().ok()?;
    let ppm = whole.parse::<u32>().ok()? * 10_000 + scaled;
    (ppm <= 1_000_000).then_some(ppm)
}

#[cfg(test)]
mod tests {
    use super::ppm;

    #[test]
    fn shares_are_exact() {
        assert_eq!(ppm("20%"), Some(200_000));
        assert_eq!(ppm("61.1%"), Some(611_000));
        assert_eq!(ppm("0.0001%"), Some(1));
        assert_eq!(ppm("100%"), Some(1_000_000));
        for wrong in [
            "", "%", "20", "-1%", "100.1%", "1.00001%", "1.%", "x%", "9999%",
        ] {
            assert_eq!(ppm(wrong), None, "{wrong}");
        }
    }
}
