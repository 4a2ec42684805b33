//! The watch for silence: told once, never in vain, never late.

use haleway_health::silence::{Facts, LOOK_AGAIN_MIN_US, Look, Watch};
use haleway_health::{Class, Event, Limit, SilenceConfig, State, Tally, Tick};
use proptest::prelude::*;

const CORES: usize = 2;

fn config(factor: u32, at_least_us: u64) -> SilenceConfig {
    SilenceConfig {
        factor: Limit {
            value: factor,
            ..Limit::default()
        },
        at_least_us,
    }
}

/// An endpoint that is asked and looked at.
struct Watched {
    tally: Tally,
    watch: Watch,
    config: SilenceConfig,
}

impl Watched {
    fn new(config: SilenceConfig) -> Self {
        Self {
            tally: Tally::new(CORES),
            watch: Watch::default(),
            config,
        }
    }

    fn facts(&self, state: State) -> Facts {
        Facts {
            owing: self.tally.owing(),
            totals: self.tally.totals(),
            state,
        }
    }

    fn look(&mut self, now: u64, state: State) -> Look {
        let facts = self.facts(state);
        self.watch.look(Tick(now), &facts, &self.config)
    }

    fn told(&mut self, now: u64, state: State) -> Option<Event> {
        self.look(now, state).event
    }

    fn answered(&self, at: u64, latency_us: u64) {
        self.tally.asked(0, Tick(at - latency_us));
        let class = Class::Neutral;
        self.tally.ended(0, Tick(at), class, true, latency_us);
    }
}

#[test]
fn silence_is_told_once_when_it_has_lasted() {
    let mut it = Watched::new(config(8, 50_000));
    let first = it.look(0, State::Open);
    assert_eq!(first.event, None, "nothing is owed");
    assert_eq!(first.again_at, Tick(50_000));
    it.tally.asked(1, Tick(10_000));
    let early = it.look(50_000, State::Open);
    assert_eq!((early.event, early.again_at), (None, Tick(60_000)));
    let owing = Event::Owing {
        answers: 1,
        since: Tick(10_000),
        usual_us: 0,
    };
    assert_eq!(it.told(60_000, State::Open), Some(owing));
    assert_eq!(it.told(70_000, State::Suspect), None, "told once");
    let class = Class::Success;
    it.tally.ended(1, Tick(75_000), class, true, 65_000);
    assert_eq!(it.told(80_000, State::Suspect), Some(Event::Heard));
    assert_eq!(it.told(90_000, State::Open), None);
}

#[test]
fn a_suspicion_that_ended_otherwise_begins_the_silence_anew() {
    let mut it = Watched::new(config(1, 50_000));
    it.tally.asked(0, Tick(1));
    assert!(it.told(60_000, State::Open).is_some());
    assert!(it.told(70_000, State::Suspect).is_none());
    let after = it.told(80_000, State::Open);
    assert!(after.is_none(), "a probe had an answer");
    assert!(it.told(129_999, State::Open).is_none());
    assert!(it.told(130_000, State::Open).is_some());
}

#[test]
fn who_is_out_anyway_is_not_told_of() {
    let mut it = Watched::new(config(1, 50_000));
    it.tally.asked(0, Tick(1));
    for state in [State::Closed, State::HalfOpen] {
        assert_eq!(it.told(90_000, state), None);
    }
}

#[test]
fn the_usual_latency_rises_at_once_and_falls_slowly() {
    let mut it = Watched::new(config(10, 1_000));
    let mut patiences = Vec::new();
    for (at, latency_us) in [(100_000, 1_000), (200_000, 9_000), (300_000, 1_000)] {
        it.answered(at, latency_us);
        patiences.push(it.look(at, State::Open).patience_us);
    }
    assert_eq!(patiences, [10_000, 90_000, 80_000]);
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Pass(u64),
    Ask(usize),
    /// A request of a core ends; the endpoint said something, or did not.
    End(usize, bool),
    /// Somebody looks at a gate that is so.
    Look(State),
}

fn act() -> impl Strategy<Value = Act> {
    let states = prop::sample::select(vec![
        State::Open,
        State::Open,
        State::Suspect,
        State::Suspect,
        State::HalfOpen,
        State::Closed,
    ]);
    prop_oneof![
        (1..80_000_u64).prop_map(Act::Pass),
        (0..CORES).prop_map(Act::Ask),
        (0..CORES, any::<bool>()).prop_map(|(core, heard)| Act::End(core, heard)),
        states.prop_map(Act::Look),
    ]
}

/// What is known of a run beside the watch itself.
#[derive(Default)]
struct Known {
    now: u64,
    /// The moments at which the requests of each core began.
    begun: [Vec<u64>; CORES],
    slowest_us: u64,
    /// When silence was told of, until something ended it.
    told_at: Option<Tick>,
    was_suspect: bool,
}

impl Known {
    fn play(&mut self, it: &mut Watched, act: Act) {
        match act {
            Act::Pass(us) => self.now += us,
            Act::Ask(core) => {
                it.tally.asked(core, Tick(self.now));
                self.begun[core].push(self.now);
            }
            Act::End(core, heard) => {
                let Some(began) = self.begun[core].pop() else {
                    return;
                };
                let latency_us = self.now - began;
                if heard {
                    self.slowest_us = self.slowest_us.max(latency_us);
                }
                let now = Tick(self.now);
                it.tally.ended(core, now, Class::Neutral, heard, latency_us);
            }
            Act::Look(state) => self.look(it, state),
        }
    }

    fn look(&mut self, it: &mut Watched, state: State) {
        let (now, facts) = (Tick(self.now), it.facts(state));
        let look = it.look(self.now, state);
        self.bounds(it, &look);
        if self.was_suspect && state != State::Suspect {
            self.told_at = None;
        }
        self.was_suspect = state == State::Suspect;
        let heard_since = self.told_at.is_some_and(|told| facts.owing.heard_at > told);
        match look.event {
            None => {}
            Some(Event::Heard) => assert_eq!(state, State::Suspect),
            Some(Event::Owing {
                answers,
                since,
                usual_us,
            }) => {
                assert_eq!(state, State::Open);
                assert!(answers > 0 && answers == facts.owing.answers);
                assert!(since >= facts.owing.since, "not longer than it lasted");
                let limit_us = it.config.limit_us(usual_us);
                assert!(now.since(since) >= limit_us, "the judge would not mind");
                assert_eq!(self.told_at, None, "told twice");
                self.told_at = Some(now);
                return;
            }
            Some(other) => panic!("looks tell nothing such as {other:?}"),
        }
        if heard_since {
            self.told_at = None;
        }
    }

    fn bounds(&self, it: &Watched, look: &Look) {
        let most_us = it.config.limit_us(self.slowest_us).max(LOOK_AGAIN_MIN_US);
        assert!(look.patience_us >= it.config.at_least_us.max(LOOK_AGAIN_MIN_US));
        assert!(look.patience_us <= most_us, "slower than the slowest");
        let wait_us = look.again_at.since(Tick(self.now));
        assert!((LOOK_AGAIN_MIN_US..=look.patience_us).contains(&wait_us));
    }
}

proptest! {
    #[test]
    fn what_is_told_is_true_and_told_once(
        factor in 0..10_u32,
        at_least_us in 0..100_000_u64,
        acts in prop::collection::vec(act(), 1..200),
    ) {
        let mut it = Watched::new(config(factor, at_least_us));
        let mut known = Known::default();
        for act in acts {
            known.play(&mut it, act);
        }
    }

    /// Whoever looks when the look before it asks for it finds each silence the moment that it has
    /// lasted long enough, or as soon after as looks may follow one another.
    #[test]
    fn no_silence_is_told_late(
        factor in 1..10_u32,
        at_least_us in 0..100_000_u64,
        latency_us in 1..20_000_u64,
        answers in 0..50_u64,
        pause_us in 0..200_000_u64,
    ) {
        let mut it = Watched::new(config(factor, at_least_us));
        let hangs_from = answers * latency_us + pause_us;
        let (mut now, mut answered) = (0, 0);
        let (told_at, patience_us) = loop {
            while answered < answers && (answered + 1) * latency_us <= now {
                answered += 1;
                it.answered(answered * latency_us, latency_us);
            }
            if now >= hangs_from && it.tally.owing().answers == 0 {
                it.tally.asked(1, Tick(hangs_from));
            }
            let look = it.look(now, State::Open);
            if look.event.is_some() {
                break (now, look.patience_us);
            }
            prop_assert!(look.again_at.0 > now);
            now = look.again_at.0;
        };
        let lasted_us = told_at - hangs_from;
        prop_assert!(lasted_us >= patience_us, "{lasted_us} {patience_us}");
        let late_us = lasted_us - patience_us;
        prop_assert!(late_us < LOOK_AGAIN_MIN_US, "{late_us}");
    }

    #[test]
    fn no_numbers_make_it_panic(
        now: u64,
        counts: [u64; 5],
        factor: u32,
        at_least_us: u64,
    ) {
        let [answers, since, heard_at, heard, latency_us] = counts;
        let mut watch = Watch::default();
        for state in [State::Open, State::Suspect, State::Open, State::HalfOpen] {
            let facts = Facts {
                owing: haleway_health::Owing {
                    answers,
                    since: Tick(since),
                    heard_at: Tick(heard_at),
                },
                totals: haleway_health::Totals { heard, latency_us, ..Default::default() },
                state,
            };
            let look = watch.look(Tick(now), &facts, &config(factor, at_least_us));
            prop_assert!(look.again_at >= Tick(now));
        }
    }
}
