//! The court's answers to people: what an endpoint is, and why.

use std::fmt::Write as _;

use haleway_blueprint::runtime::{HealthEvent, HealthStatus, PoolVerdict, Why};
use haleway_health::{Brief, EndpointId, Explanation, Recovery, Source, Tick};
use serde_json::{Value, json};

use super::clock::Clock;
use super::court::{Court, Inner};
use super::meant::is_meant;
use super::report::{Line, moment, sentence, setting, way_back, word};

impl Court {
    /// The events behind a number.
    pub(crate) fn events(&self, since: u64) -> Vec<HealthEvent> {
        self.sit().events.since(since)
    }

    /// Why an endpoint is what it is; `None` where the court knows none that is meant.
    pub(crate) fn why(&self, pool: &str, endpoint: &str) -> Option<Why> {
        let inner = self.sit();
        let id = inner.meant(pool, endpoint).next()?;
        let explained = inner.judge.explain(id)?;
        Some(why(&explained, &self.clock))
    }

    /// The verdict on each endpoint of a pool, by address and name, in the pool's order.
    pub(crate) fn statuses(&self, pool: &str) -> Vec<(String, String, HealthStatus)> {
        let inner = self.sit();
        let members = inner.judge.members(pool).iter();
        members
            .filter_map(|id| {
                let brief = inner.judge.verdict(*id)?;
                let recovery = inner.judge.way_back(*id)?;
                let status = HealthStatus {
                    verdict: brief.verdict.as_str(),
                    since: moment(&self.clock, brief.since),
                    cause: in_brief(&brief, &recovery, &self.clock),
                };
                Some((brief.address.to_owned(), brief.name.to_owned(), status))
            })
            .collect()
    }

    /// What holds for a pool as a whole.
    pub(crate) fn pool_verdict(&self, pool: &str) -> Option<PoolVerdict> {
        let decision = self.sit().judge.pool(pool)?;
        Some(PoolVerdict {
            serves: decision.serves || decision.trials > 0,
            panic: decision.panic,
            available_weight: decision.available_weight,
            total_weight: decision.total_weight,
        })
    }
}

impl Inner {
    /// The endpoints of a pool that somebody means.
    pub(super) fn meant<'a>(
        &'a self,
        pool: &str,
        endpoint: &'a str,
    ) -> impl Iterator<Item = EndpointId> + 'a {
        let members = self.judge.members(pool).iter().copied();
        members.filter(move |id| {
            let brief = self.judge.verdict(*id);
            brief.is_some_and(|brief| is_meant(endpoint, brief.address, brief.name))
        })
    }
}

fn in_brief(brief: &Brief<'_>, recovery: &Recovery, clock: &Clock) -> String {
    let signal = brief.decided;
    let line = Line {
        compact: &brief.compact(),
        code: brief.code,
        limit: signal.limit.as_ref(),
        count: signal.count,
        last: signal.seen.last(),
        recovery,
    };
    line.text(clock)
}

fn why(it: &Explanation, clock: &Clock) -> Why {
    let mut json = json!(it);
    if let Value::Object(fields) = &mut json {
        let further = [
            ("since_at", json!(moment(clock, it.since))),
            ("text", json!(sentence(&it.cause, clock))),
            ("origin_unix_us", json!(clock.unix_us(Tick::ZERO))),
        ];
        fields.extend(further.map(|(name, value)| (name.to_owned(), value)));
    }
    Why {
        json,
        text: page(it, clock),
    }
}

/// An explanation for people.
fn page(it: &Explanation, clock: &Clock) -> String {
    let mut out = format!("{} in pool {}\n", it.address, it.pool);
    let mut row = |name: &str, text: String| {
        let _ = writeln!(out, "  {name:<10} {text}");
    };
    let verdict = it.verdict.as_str();
    row(
        "verdict",
        format!("{verdict} since {}", moment(clock, it.since)),
    );
    let cause = &it.cause;
    row(
        "because",
        format!("{}: {}", cause.compact, cause.code.as_text()),
    );
    row("decided by", word(&cause.source));
    for source in &cause.overridden {
        row("overridden", word(source));
    }
    if let Some(limit) = &cause.limit {
        let seen = format!(", {} seen", cause.count);
        row(
            "limit",
            setting(&limit.name, limit.value, &limit.line) + &seen,
        );
    }
    for seen in &cause.seen {
        row("seen", format!("{seen}, at {}", moment(clock, seen.at)));
    }
    row("way back", way_back(&cause.recovery, clock));
    for limit in &it.settings {
        row("setting", setting(&limit.name, limit.value, &limit.line));
    }
    if !it.is_checked && cause.source != Source::Breaker {
        row("note", "nothing can make it unhealthy".to_owned());
    }
    if let Some(probe) = &it.last_probe {
        row(
            "last probe",
            format!("{probe}, at {}", moment(clock, probe.at)),
        );
    }
    if let Some(at) = it.next_probe {
        row("next probe", moment(clock, at));
    }
    out
}
