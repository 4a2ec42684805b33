//! Signals to one verdict: a pure function.
//!
//! 1. A hold of the operator decides, whichever way.
//! 2. Trials after an ejection by traffic set the counters' word aside: that is their purpose.
//! 3. Of what is left the gravest opinion decides; among equals the first [`Source`].
//!
//! Every signal whose opinion did not become the verdict is overridden and named.

use alloc::vec::Vec;

use crate::cause::Code;
use crate::signal::{Opinion, Signal, Source, Verdict};
use crate::time::Tick;

/// What all signals together say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fused {
    /// What the endpoint is.
    pub verdict: Verdict,
    /// Requests at once, where the verdict lets only trials through; else 0.
    pub trials: u8,
    /// The signal that decided.
    pub decided: Signal,
    /// Sources of signals that wanted something else.
    pub overridden: Vec<Source>,
}

wire_struct!(Fused {
    verdict,
    trials,
    decided,
    overridden
});

/// Fuses the signals of one endpoint. Without any the endpoint is healthy since `birth`.
#[must_use]
pub fn fuse(signals: &[Signal], birth: Tick) -> Fused {
    let held = signals.iter().find(|it| it.source == Source::Operator);
    let gravest = || {
        let on_trial = signals.iter().any(is_trial_after_ejection);
        signals
            .iter()
            .filter(|it| !(on_trial && it.source == Source::Counters))
            .min_by_key(|it| (core::cmp::Reverse(it.opinion), it.source))
    };
    let decided = held
        .or_else(gravest)
        .cloned()
        .unwrap_or_else(|| Signal::new(Source::Birth, Opinion::Healthy, birth, Code::Birth));
    let verdict = Verdict::from(decided.opinion);
    Fused {
        verdict,
        trials: match decided.opinion {
            Opinion::Suspect { trials } | Opinion::Trial { trials } => trials,
            Opinion::Healthy | Opinion::Unhealthy => 0,
        },
        overridden: signals
            .iter()
            .filter(|it| Verdict::from(it.opinion) != verdict)
            .map(|it| it.source)
            .collect(),
        decided,
    }
}

fn is_trial_after_ejection(signal: &Signal) -> bool {
    signal.source == Source::HalfOpen && matches!(signal.opinion, Opinion::Trial { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(source: Source, opinion: Opinion) -> Signal {
        Signal::new(source, opinion, Tick(5), Code::Birth)
    }

    #[test]
    fn nothing_said_is_healthy_and_explained() {
        let fused = fuse(&[], Tick(3));
        assert_eq!(fused.verdict, Verdict::Healthy);
        assert_eq!(
            (fused.decided.source, fused.decided.since),
            (Source::Birth, Tick(3))
        );
    }

    #[test]
    fn the_gravest_decides_and_the_others_are_named() {
        let fused = fuse(
            &[
                signal(Source::Counters, Opinion::Healthy),
                signal(Source::Silence, Opinion::Suspect { trials: 1 }),
                signal(Source::Breaker, Opinion::Unhealthy),
            ],
            Tick::ZERO,
        );
        assert_eq!(fused.verdict, Verdict::Unhealthy);
        assert_eq!(fused.decided.source, Source::Breaker);
        assert_eq!(fused.overridden, [Source::Counters, Source::Silence]);
    }

    #[test]
    fn the_operator_decides_either_way() {
        let bad = signal(Source::Counters, Opinion::Unhealthy);
        let held = signal(Source::Operator, Opinion::Healthy);
        let fused = fuse(&[held, bad], Tick::ZERO);
        assert_eq!(fused.verdict, Verdict::Healthy);
        assert_eq!(fused.overridden, [Source::Counters]);
    }

    #[test]
    fn a_trial_sets_only_the_counters_aside() {
        let counters = signal(Source::Counters, Opinion::Unhealthy);
        let trial = signal(Source::HalfOpen, Opinion::Trial { trials: 2 });
        let fused = fuse(&[counters.clone(), trial.clone()], Tick::ZERO);
        assert_eq!((fused.verdict, fused.trials), (Verdict::Trial, 2));
        let gone = signal(Source::Discovery, Opinion::Unhealthy);
        let fused = fuse(&[gone, counters, trial], Tick::ZERO);
        assert_eq!(fused.verdict, Verdict::Unhealthy);
        assert_eq!(fused.decided.source, Source::Discovery);
    }
}
