//! A report for people.

use std::fmt;

use haleway_health::PoolDecision;

use super::{Counts, Happened, Report, Times};

/// Seconds of a moment, without a float.
struct Seconds(u64);

impl fmt::Display for Seconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03} s", self.0 / 1_000_000, self.0 / 1000 % 1000);
        out.pad(&text)
    }
}

/// A line with its moment in front.
fn line(out: &mut fmt::Formatter<'_>, at_us: u64, text: fmt::Arguments<'_>) -> fmt::Result {
    writeln!(out, "{:>11}  {text}", Seconds(at_us))
}

fn more(out: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>) -> fmt::Result {
    writeln!(out, "{:>11}  {text}", "")
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for happened in &self.timeline {
            write!(out, "{happened}")?;
        }
        if self.left_out > 0 {
            writeln!(out, "{:>11}  {} more were left out", "", self.left_out)?;
        }
        if !self.timeline.is_empty() {
            writeln!(out)?;
        }
        self.table(out)?;
        let (until, slow) = (Seconds(self.until_us), Seconds(self.slow_us));
        let seed = self.seed;
        writeln!(
            out,
            "\n{until} were played with seed {seed}; slow is more than {slow}"
        )?;
        let span = |out: &mut fmt::Formatter<'_>, what: &str, times: Times| {
            let (first, last) = (Seconds(times.first_us), Seconds(times.last_us));
            writeln!(out, "{what} requests ended from {first} to {last}")
        };
        if self.requests.failed > 0 {
            span(out, "failed", self.requests.failed_at)?;
        }
        if self.requests.slow > 0 {
            span(out, "slow", self.requests.slow_at)?;
        }
        if self.unfinished > 0 {
            writeln!(
                out,
                "{} requests were still under way at the end",
                self.unfinished
            )?;
        }
        for unmet in &self.unmet {
            let got = match unmet.got {
                Some(status) => format!("got {status}"),
                None => "was still under way".to_owned(),
            };
            let (line, number, expected) = (&unmet.line, unmet.request, unmet.expected);
            writeln!(
                out,
                "not as expected: request {number} {got}, {expected} was expected at {line}"
            )?;
        }
        Ok(())
    }
}

impl Report {
    /// A row per pool and endpoint.
    fn table(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.pools.iter().flat_map(|pool| {
            let endpoints = pool.endpoints.iter();
            let endpoints = endpoints.map(|it| it.address.chars().count() + 2);
            endpoints.chain([pool.name.chars().count()])
        });
        let width = names.max().unwrap_or(0).clamp(8, 60);
        let head = ["requests", "failed", "slow", "probes"];
        write!(out, "{:width$}", "")?;
        for word in head {
            write!(out, " {word:>9}")?;
        }
        writeln!(out, "  at the end")?;
        let row = |out: &mut fmt::Formatter<'_>, name: &str, counts: &Counts| {
            write!(out, "{name:width$}")?;
            for count in [counts.all, counts.failed, counts.slow] {
                write!(out, " {count:>9}")?;
            }
            Ok(())
        };
        for pool in &self.pools {
            row(out, &pool.name, &pool.requests)?;
            match pool.hedged {
                0 => writeln!(out)?,
                hedged => writeln!(out, "            {hedged} hedged")?,
            }
            for endpoint in &pool.endpoints {
                row(out, &format!("  {}", endpoint.address), &endpoint.tries)?;
                let verdict = endpoint.verdict.map_or("not watched", |it| it.as_str());
                writeln!(out, " {:>9}  {verdict}", endpoint.probes)?;
            }
        }
        row(out, "all", &self.requests)?;
        writeln!(out)
    }
}

impl fmt::Display for Happened {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Behaviour {
                at_us,
                endpoint,
                does,
                ..
            } => line(out, *at_us, format_args!("{endpoint} {does}")),
            Self::Command {
                at_us,
                endpoint,
                command,
                ..
            } => line(out, *at_us, format_args!("operator: {command} {endpoint}")),
            Self::Request { .. } => self.request(out),
            Self::Transition {
                at_us,
                pool,
                endpoint,
                from,
                to,
                cause,
            } => {
                let (from, to) = (from.as_str(), to.as_str());
                line(
                    out,
                    *at_us,
                    format_args!("{endpoint} in pool {pool}: {from} -> {to}"),
                )?;
                more(out, format_args!("{cause}"))
            }
            Self::Pool {
                at_us,
                pool,
                decision,
            } => {
                let state = state(decision);
                let (available, total) = (decision.available_weight, decision.total_weight);
                line(
                    out,
                    *at_us,
                    format_args!("pool {pool} {state}: weight {available} of {total} available"),
                )
            }
        }
    }
}

fn state(decision: &PoolDecision) -> &'static str {
    match (decision.panic, decision.serves, decision.trials > 0) {
        (true, ..) => "panics and asks all endpoints",
        (false, true, _) => "serves",
        (false, false, true) => "serves trials only",
        (false, false, false) => "serves nobody",
    }
}

impl Happened {
    fn request(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Request {
            at_us,
            number,
            began_us,
            pool,
            method,
            status,
            tries,
            failure,
        } = self
        else {
            return Ok(());
        };
        let took_us = at_us - began_us;
        let (ms, us) = (took_us / 1000, took_us % 1000);
        line(
            out,
            *at_us,
            format_args!(
                "request {number}: {method} to pool {pool} got {status} after {ms}.{us:03} ms"
            ),
        )?;
        let all: Vec<String> = tries
            .iter()
            .map(|(address, how)| format!("{address}: {how}"))
            .collect();
        let said = match (all.is_empty(), failure.is_empty()) {
            (true, _) => failure.clone(),
            (false, true) => all.join("; "),
            (false, false) => format!("{}; {failure}", all.join("; ")),
        };
        more(out, format_args!("{said}"))
    }
}
