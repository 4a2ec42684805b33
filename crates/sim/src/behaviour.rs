//! What endpoints do, and what becomes of a request that is sent to one.
//!
//! A scenario is known from beginning to end, so the fate of a request follows from the moment at
//! which it is sent: a pure function over the phases of its endpoint.

use haleway_health::What;

/// What an endpoint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// It answers with this status, this long after a request came.
    Answers {
        /// The status.
        status: u16,
        /// In microseconds.
        after_us: u64,
    },
    /// It takes no new connections; what it has taken it serves.
    Refuses,
    /// It takes connections and says nothing. When it goes on, so does every request it holds.
    Hangs,
    /// It breaks the connection this long after a request came.
    Resets {
        /// In microseconds.
        after_us: u64,
    },
    /// It is gone: what it held breaks, and nothing new is taken.
    Killed,
    /// Nothing reaches it.
    Drops,
}

/// A stretch of time in which an endpoint does one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phase {
    /// From this moment, in microseconds.
    pub(crate) from_us: u64,
    /// Until this moment.
    pub(crate) to_us: u64,
    /// What it does.
    pub(crate) does: Does,
}

/// What an endpoint does from the beginning to the end of time, without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phases(Vec<Phase>);

/// What a request asks for, where it is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    /// Another status than the endpoint's usual one.
    pub(crate) status: Option<u16>,
    /// Another latency.
    pub(crate) after_us: Option<u64>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    /// When it has a connection; `None` never.
    pub(crate) connected_us: Option<u64>,
    /// When it ends, and how; `None` never.
    pub(crate) ends: Option<(u64, What)>,
}

/// What an endpoint does where nothing is said: it answers 200 after a millisecond.
const USUAL: Does = Does::Answers {
    status: 200,
    after_us: 1_000,
};

impl Phases {
    /// The phases of these stretches; where several cover a moment the last one counts.
    pub(crate) fn new(stretches: &[Phase]) -> Self {
        let mut edges: Vec<u64> = stretches
            .iter()
            .flat_map(|it| [it.from_us, it.to_us])
            .chain([0, u64::MAX])
            .collect();
        edges.sort_unstable();
        edges.dedup();
        let mut phases: Vec<Phase> = Vec::with_capacity(edges.len());
        for pair in edges.windows(2) {
            let covers = |it: &&Phase| it.from_us <= pair[0] && pair[1] <= it.to_us;
            let does = stretches.iter().rev().find(covers);
            let does = does.map_or(USUAL, |it| it.does);
            match phases.last_mut() {
                Some(last) if last.does == does => last.to_us = pair[1],
                _ => phases.push(Phase {
                    from_us: pair[0],
                    to_us: pair[1],
                    does,
                }),
            }
        }
        Self(phases)
    }

    /// All of them, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Phase> {
        self.0.iter()
    }

    /// What becomes of a request that is sent now.
    pub(crate) fn fate(&self, sent_us: u64, wish: Wish) -> Fate {
        let begins = self.0.partition_point(|phase| phase.to_us <= sent_us);
        let mut connected_us = None;
        // Status, and microseconds of work that are left.
        let mut work: Option<(u16, u64)> = None;
        let mut now_us = sent_us;
        for phase in self.0.get(begins..).unwrap_or_default() {
            let connected = connected_us.is_some();
            let ends = |what| Fate {
                connected_us,
                ends: Some((now_us, what)),
            };
            match phase.does {
                Does::Killed if connected => return ends(What::Reset),
                Does::Killed => return ends(What::Refused),
                Does::Refuses if !connected => return ends(What::Refused),
                Does::Drops | Does::Refuses => {}
                Does::Hangs => connected_us = connected_us.or(Some(now_us)),
                Does::Resets { after_us } => {
                    connected_us = connected_us.or(Some(now_us));
                    let due_us = now_us.saturating_add(after_us);
                    if due_us <= phase.to_us {
                        return Fate {
                            connected_us,
                            ends: Some((due_us, What::Reset)),
                        };
                    }
                }
                Does::Answers { status, after_us } => {
                    connected_us = connected_us.or(Some(now_us));
                    work = work.or(Some((
                        wish.status.unwrap_or(status),
                        wish.after_us.unwrap_or(after_us),
                    )));
                }
            }
            if let Some((status, left_us)) = &mut work
                && matches!(phase.does, Does::Answers { .. } | Does::Refuses)
            {
                let due_us = now_us.saturating_add(*left_us);
                if due_us <= phase.to_us {
                    return Fate {
                        connected_us,
                        ends: Some((due_us, What::Status(*status))),
                    };
                }
                *left_us -= phase.to_us - now_us;
            }
            now_us = phase.to_us;
        }
        Fate {
            connected_us,
            ends: None,
        }
    }
}

/// What becomes of a request within time limits: a connection must come within `connect_us`, an end
/// within `whole_us` of its sending.
pub(crate) fn within(
    fate: Fate,
    sent_us: u64,
    connect_us: Option<u64>,
    whole_us: Option<u64>,
) -> Option<(u64, What)> {
    let by = |limit_us: Option<u64>| limit_us.map(|us| sent_us.saturating_add(us));
    let too_late = [
        by(connect_us)
            .filter(|at| fate.connected_us.is_none_or(|connected| connected > *at))
            .map(|at| (at, What::ConnectTimeout)),
        by(whole_us).map(|at| (at, What::AnswerTimeout)),
    ];
    let all = fate.ends.into_iter().chain(too_late.into_iter().flatten());
    // What happens at the moment of a limit happens in time.
    all.min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: Does = Does::Answers {
        status: 200,
        after_us: 10,
    };
    const BAD: Does = Does::Answers {
        status: 500,
        after_us: 20,
    };

    /// Answers, and does something else from 100 to 200.
    fn with(does: Does) -> Phases {
        let phase = |from_us, to_us, does| Phase {
            from_us,
            to_us,
            does,
        };
        Phases::new(&[phase(0, u64::MAX, OK), phase(100, 200, does)])
    }

    #[test]
    fn a_request_ends_as_its_endpoint_does() {
        use What::{Refused, Reset, Status};
        for (does, sent_us, ends) in [
            (BAD, 5, Some((15, Status(200)))),
            (BAD, 95, Some((105, Status(200)))),
            (BAD, 150, Some((170, Status(500)))),
            (BAD, 199, Some((219, Status(500)))),
            (Does::Refuses, 95, Some((105, Status(200)))),
            (Does::Refuses, 150, Some((150, Refused))),
            (Does::Killed, 95, Some((100, Reset))),
            (Does::Killed, 90, Some((100, Status(200)))),
            (Does::Killed, 150, Some((150, Refused))),
            (Does::Killed, 200, Some((210, Status(200)))),
            (Does::Hangs, 95, Some((205, Status(200)))),
            (Does::Hangs, 150, Some((210, Status(200)))),
            (Does::Drops, 95, Some((205, Status(200)))),
            (Does::Drops, 150, Some((210, Status(200)))),
            (Does::Resets { after_us: 5 }, 95, Some((105, Reset))),
            (Does::Resets { after_us: 5 }, 150, Some((155, Reset))),
        ] {
            let fate = with(does).fate(sent_us, Wish::default());
            assert_eq!(fate.ends, ends, "{does:?} {sent_us}");
        }
    }

    #[test]
    fn a_hang_without_an_end_is_never_answered() {
        let hang = Phase {
            from_us: 50,
            to_us: u64::MAX,
            does: Does::Hangs,
        };
        let phases = Phases::new(&[hang]);
        let fate = phases.fate(60, Wish::default());
        assert_eq!((fate.connected_us, fate.ends), (Some(60), None));
        assert_eq!(
            within(fate, 60, Some(5), Some(30)),
            Some((90, What::AnswerTimeout))
        );
        assert_eq!(within(fate, 60, Some(5), None), None);
    }

    #[test]
    fn a_connection_may_come_too_late() {
        let fate = with(Does::Drops).fate(150, Wish::default());
        let timeout = Some((160, What::ConnectTimeout));
        assert_eq!(within(fate, 150, Some(10), Some(100)), timeout);
        assert_eq!(
            within(fate, 150, Some(50), Some(100)),
            Some((210, What::Status(200)))
        );
    }

    #[test]
    fn a_request_may_ask_for_another_answer() {
        let wish = Wish {
            status: Some(404),
            after_us: Some(1),
        };
        let phases = with(Does::Killed);
        assert_eq!(phases.fate(5, wish).ends, Some((6, What::Status(404))));
        assert_eq!(phases.fate(150, wish).ends, Some((150, What::Refused)));
    }

    #[test]
    fn the_last_stretch_that_covers_a_moment_counts() {
        let phase = |from_us, to_us, does| Phase {
            from_us,
            to_us,
            does,
        };
        let phases = Phases::new(&[
            phase(0, 100, BAD),
            phase(50, 150, Does::Hangs),
            phase(60, 70, Does::Killed),
        ]);
        let edges: Vec<u64> = phases.iter().map(|it| it.from_us).collect();
        assert_eq!(edges, [0, 50, 60, 70, 150]);
    }
}
