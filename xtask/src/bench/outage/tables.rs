//! The drill's part of the report.

use std::time::Duration;

use super::super::client::{PATIENCE, RATE};
use super::super::report::{Goal, goals, grid};
use super::damage::SLOW;
use super::trouble::Trouble;
use super::{Outcome, Schedule};

const OURS: &str = "haleway";
const PEERS: [&str; 3] = ["nginx", "haproxy", "envoy"];
/// Where the trouble meets the rhythm of the load makes a difference of so many requests.
const PHASE: usize = 2;

/// All outcomes as Markdown.
pub(super) fn markdown(outcomes: &[Outcome], schedule: Schedule, about: &[String]) -> String {
    let seconds = |time: Duration| time.as_secs_f64();
    let mut text = format!(
        "## Outage drill\n\nWritten by `cargo xtask bench outage`: three endpoints, {RATE} \
         requests a second for {} s; from second {} to {} one of the endpoints is in trouble. \
         Probes every second, three failures in a row, two successes, tries of one second, two \
         further tries. A client waits {} s.\n\n",
        seconds(schedule.ends),
        seconds(schedule.breaks),
        seconds(schedule.mends),
        seconds(PATIENCE),
    );
    for line in about {
        text += &format!("- {line}\n");
    }
    let slow = format!("slower than {} ms", SLOW.as_millis());
    let titles = [
        "",
        "failed",
        &slow,
        "s to the end of the last of them",
        "s from recovery to its next answer",
        "failures",
    ];
    let reached = reached(outcomes);
    text += &goals(&reached).replace("## Goals", "### Goals of the drill");
    for trouble in Trouble::ALL {
        let of_trouble = outcomes.iter().filter(|one| one.trouble == *trouble);
        let rows: Vec<Vec<String>> = of_trouble.map(row).collect();
        if !rows.is_empty() {
            text += &format!("\n### {}\n\n{}", trouble.title(), grid(&titles, &rows));
        }
    }
    text
}

fn row(outcome: &Outcome) -> Vec<String> {
    let damage = &outcome.damage;
    let time = |time: Option<Duration>, none: &str| {
        time.map_or_else(
            || none.to_owned(),
            |time| format!("{:.2}", time.as_secs_f64()),
        )
    };
    let kinds: Vec<String> = damage
        .kinds
        .iter()
        .map(|(kind, times)| format!("{times} x {kind}"))
        .collect();
    vec![
        outcome.contestant.name.to_owned(),
        damage.failed.to_string(),
        damage.slow.to_string(),
        time(damage.last, "-"),
        time(damage.back, "not in time"),
        kinds.join(", "),
    ]
}

/// What should be reached, of what was run.
fn reached(outcomes: &[Outcome]) -> Vec<Goal> {
    let mut goals = Vec::new();
    let find = |name: &str, trouble| {
        let found = |one: &&Outcome| one.contestant.name == name && one.trouble == trouble;
        outcomes.iter().find(found).map(|one| &one.damage)
    };
    let mut goal = |what: &str, measured: f64, at_most: f64, unit| {
        goals.push(Goal {
            what: what.to_owned(),
            measured,
            at_most,
            unit,
        });
    };
    for (name, trouble, at_most) in [
        (OURS, Trouble::Kill, 0.0),
        (OURS, Trouble::Hang, 0.0),
        (OURS, Trouble::Errors, 3.0),
        ("haleway, 500 retried", Trouble::Errors, 0.0),
    ] {
        if let Some(damage) = find(name, trouble) {
            let what = format!("{}: {name}, failed", trouble.title());
            goal(&what, damage.failed as f64, at_most, "");
        }
    }
    let peers = PEERS.iter().filter_map(|peer| find(peer, Trouble::Hang));
    let best_peer = peers
        .filter(|peer| peer.failed == 0)
        .map(|peer| peer.slow)
        .min();
    if let (Some(ours), Some(peer)) = (find(OURS, Trouble::Hang), best_peer) {
        let what = "The endpoint hangs: haleway, slow, beside the best peer";
        goal(what, ours.slow as f64, (peer + PHASE) as f64, "");
    }
    if let Some(damage) = find("haleway, silence and hedge", Trouble::Hang) {
        let last = damage.last.unwrap_or_default();
        let silence = "The endpoint hangs: haleway, silence and hedge";
        goal(&format!("{silence}, failed"), damage.failed as f64, 0.0, "");
        goal(&format!("{silence}, slow"), damage.slow as f64, 5.0, "");
        goal(&format!("{silence}, last"), last.as_secs_f64(), 0.5, " s");
    }
    for outcome in outcomes
        .iter()
        .filter(|one| one.contestant.name.starts_with(OURS))
    {
        let back = outcome.damage.back.unwrap_or(Duration::MAX);
        let (title, name) = (outcome.trouble.title(), outcome.contestant.name);
        goal(
            &format!("{title}: {name}, back"),
            back.as_secs_f64(),
            2.5,
            " s",
        );
    }
    goals
}

#[cfg(test)]
mod tests {
    use super::super::contestants::Contestant;
    use super::super::damage::Damage;
    use super::*;

    fn outcomes(name: &str, slow: usize) -> Option<Outcome> {
        let contestant = Contestant::of(Trouble::Hang).find(|one| one.name == name)?;
        let damage = Damage {
            slow,
            back: Some(Duration::from_secs(2)),
            ..Damage::default()
        };
        Some(Outcome {
            contestant,
            trouble: Trouble::Hang,
            damage,
        })
    }

    #[test]
    fn compares_with_the_best_peer() {
        let all = [("nginx", 104), ("envoy", 206), (OURS, 107)];
        let all: Vec<Outcome> = all.iter().filter_map(|(n, s)| outcomes(n, *s)).collect();
        let text = markdown(&all, Schedule::FULL, &[]);
        assert!(
            text.contains("beside the best peer | 107.00 | 106 | no |"),
            "{text}"
        );
        assert!(text.contains("| envoy | 0 | 206 | - | 2.00 |"), "{text}");
    }
}
