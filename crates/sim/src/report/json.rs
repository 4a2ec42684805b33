//! A report for programs: one JSON object. Moments are microseconds from the beginning.

use serde_json::{Value, json};

use super::{Counts, Happened, Report};

/// Version of this form; it grows when a field changes its meaning.
const SCHEMA_VERSION: u32 = 1;

impl Report {
    /// The report as JSON, pretty-printed, with a line's end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let pools = self.pools.iter().map(|pool| {
            let endpoints = pool.endpoints.iter().map(|endpoint| {
                json!({
                    "address": endpoint.address,
                    "name": endpoint.name,
                    "verdict": endpoint.verdict,
                    "tries": counts(&endpoint.tries),
                    "probes": endpoint.probes,
                })
            });
            json!({
                "name": pool.name,
                "requests": counts(&pool.requests),
                "hedged": pool.hedged,
                "endpoints": endpoints.collect::<Value>(),
            })
        });
        let unmet = self.unmet.iter().map(|it| {
            json!({
                "request": it.request,
                "line": it.line,
                "expected": it.expected,
                "got": it.got,
            })
        });
        let report = json!({
            "schema": SCHEMA_VERSION,
            "until_us": self.until_us,
            "seed": self.seed,
            "slow_us": self.slow_us,
            "timeline": self.timeline.iter().map(happened).collect::<Value>(),
            "left_out": self.left_out,
            "requests": counts(&self.requests),
            "unfinished": self.unfinished,
            "pools": pools.collect::<Value>(),
            "unmet": unmet.collect::<Value>(),
        });
        format!("{report:#}\n")
    }
}

fn counts(counts: &Counts) -> Value {
    let times = |count: u64, times: super::Times| {
        (count > 0).then(|| json!({"first_us": times.first_us, "last_us": times.last_us}))
    };
    json!({
        "all": counts.all,
        "failed": counts.failed,
        "failed_at": times(counts.failed, counts.failed_at),
        "slow": counts.slow,
        "slow_at": times(counts.slow, counts.slow_at),
    })
}

fn happened(happened: &Happened) -> Value {
    match happened {
        Happened::Behaviour {
            at_us,
            pool,
            endpoint,
            does,
        } => json!({
            "kind": "behaviour", "at_us": at_us, "pool": pool, "endpoint": endpoint, "does": does,
        }),
        Happened::Command {
            at_us,
            pool,
            endpoint,
            command,
        } => json!({
            "kind": "command", "at_us": at_us, "pool": pool, "endpoint": endpoint,
            "command": command,
        }),
        Happened::Request {
            at_us,
            number,
            began_us,
            pool,
            method,
            status,
            tries,
            failure,
        } => {
            let tries = tries
                .iter()
                .map(|(endpoint, how)| json!({"endpoint": endpoint, "outcome": how}));
            json!({
                "kind": "request", "at_us": at_us, "number": number, "began_us": began_us,
                "pool": pool, "method": method, "status": status,
                "tries": tries.collect::<Value>(), "failure": failure,
            })
        }
        Happened::Transition {
            at_us,
            pool,
            endpoint,
            from,
            to,
            cause,
        } => json!({
            "kind": "transition", "at_us": at_us, "pool": pool, "endpoint": endpoint,
            "from": from, "to": to, "text": cause.to_string(), "cause": cause,
        }),
        Happened::Pool {
            at_us,
            pool,
            decision,
        } => json!({"kind": "pool", "at_us": at_us, "pool": pool, "decision": decision}),
    }
}
