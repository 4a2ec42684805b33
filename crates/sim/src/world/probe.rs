//! Probes: the judge orders them, the world answers.

use haleway_blueprint::ProbeKind;
use haleway_health::{EndpointId, Event, ProbeOrder, ProbeReport, What};

use super::{Due, World};
use crate::behaviour::{Does, Wish, within};

impl World {
    /// A probe goes out.
    pub(super) fn probe(&mut self, order: ProbeOrder) {
        let now_us = self.now_us;
        let Some(place) = self.bench.place(order.endpoint) else {
            return;
        };
        let Some(member) = self.member_mut(place) else {
            return;
        };
        let Some(kind) = member.probe else {
            return;
        };
        member.probes += 1;
        let fate = member.seen_by_probes.fate(now_us, Wish::default());
        let step_us = Some(order.timeout_us);
        let ended = if kind == ProbeKind::Tcp {
            let connected = fate.connected_us.map(|at| (at, What::Connected));
            let fate = crate::behaviour::Fate {
                ends: connected.or(fate.ends),
                ..fate
            };
            within(fate, now_us, step_us, None)
        } else {
            // Each step has the limit to itself.
            let connected_us = fate.connected_us.unwrap_or(now_us);
            let whole_us = (connected_us - now_us).saturating_add(order.timeout_us);
            within(fate, now_us, step_us, Some(whole_us))
        };
        let Some((at_us, what)) = ended else {
            return;
        };
        let what = match (kind, what) {
            (ProbeKind::Grpc, What::Status(200)) => What::Serving,
            (ProbeKind::Grpc, What::Status(_)) => What::NotServing,
            (_, what) => what,
        };
        let due = Due::ProbeEnds {
            endpoint: order.endpoint,
            attempt: order.attempt,
            what,
            latency_us: at_us - now_us,
        };
        self.plan(at_us, due);
    }

    /// A probe comes back.
    pub(super) fn probe_ends(
        &mut self,
        endpoint: EndpointId,
        attempt: u64,
        what: What,
        latency_us: u64,
    ) {
        let report = ProbeReport {
            attempt,
            what,
            latency_us,
        };
        self.told.push_back((endpoint, Event::Probe(report)));
    }
}

/// What an endpoint does, in words for the timeline.
pub(super) fn in_words(does: Does, seen_by: &str) -> String {
    let ms = |us: u64| format!("{}.{:03} ms", us / 1000, us % 1000);
    let what = match does {
        Does::Answers { status, after_us } => format!("answers {status} after {}", ms(after_us)),
        Does::Refuses => "refuses connections".to_owned(),
        Does::Hangs => "hangs".to_owned(),
        Does::Resets { after_us } => format!("resets connections after {}", ms(after_us)),
        Does::Killed => "is killed".to_owned(),
        Does::Drops => "cannot be reached".to_owned(),
    };
    format!("{what}{seen_by}")
}
