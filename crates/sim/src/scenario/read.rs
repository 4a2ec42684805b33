//! Reads a scenario: every key is known, and all that is wrong is said in one run.

use haleway_document::strict::{Fields, Strict};
use haleway_document::{Diagnostic, Node, Sources, Span};
use haleway_health::Command;

use super::{Arrives, Behaviour, Named, Ordered, Pattern, SECOND_US, Scenario, SeenBy, Stream};
use crate::behaviour::{Does, Wish};
use crate::code;

/// Keys of the document.
const ROOT_KEYS: &[&str] = &[
    "scenario",
    "until",
    "seed",
    "slow",
    "names",
    "endpoints",
    "requests",
    "commands",
];

/// Keys of an entry of `endpoints`.
const ENDPOINT_KEYS: &[&str] = &[
    "match", "pool", "from", "to", "does", "status", "after", "seen_by",
];

/// Keys of an entry of `requests`.
const REQUEST_KEYS: &[&str] = &[
    "pool",
    "route",
    "method",
    "per_second",
    "from",
    "to",
    "at",
    "times",
    "every",
    "clients",
    "status",
    "after",
    "expect",
];

/// Keys of an entry of `commands`.
const COMMAND_KEYS: &[&str] = &["at", "pool", "match", "command"];

/// The longest time that is played: thirty days.
const UNTIL_US_MAX: u64 = 30 * 24 * 3600 * SECOND_US;

/// Where nothing is said, a request is slow that takes longer.
const SLOW_US: u64 = 300_000;

/// Entries of one list.
const ENTRIES_MAX: usize = 10_000;

/// Requests of one scenario.
const REQUESTS_MAX: u64 = 5_000_000;

/// How long an answer takes where nothing is said.
const AFTER_US: u64 = 1_000;

const METHODS: &[(&str, &str)] = &[
    ("GET", "GET"),
    ("HEAD", "HEAD"),
    ("POST", "POST"),
    ("PUT", "PUT"),
    ("PATCH", "PATCH"),
    ("DELETE", "DELETE"),
    ("OPTIONS", "OPTIONS"),
];

pub(super) fn scenario(root: &Node, sources: &Sources) -> (Scenario, Vec<Diagnostic>) {
    let strict = Strict::new(sources, code::STRICT);
    let mut scenario = Scenario {
        until_us: 0,
        seed: 1,
        slow_us: SLOW_US,
        names: Vec::new(),
        endpoints: Vec::new(),
        requests: Vec::new(),
        commands: Vec::new(),
    };
    if !super::detects(root) {
        let begins = Span {
            end: root.span.start,
            ..root.span
        };
        strict.report(of_version("this is no scenario".to_owned(), begins));
    } else if let Some(fields) = strict.fields(root, ROOT_KEYS, "").filter(version) {
        fill(&mut scenario, &fields);
    }
    (scenario, strict.finish())
}

fn version(fields: &Fields<'_>) -> bool {
    let node = fields.node("scenario");
    let fits = node.is_some_and(|node| node.as_number() == Some("1"));
    if !fits {
        let (shown, span) = match node {
            None => ("nothing".to_owned(), fields.span()),
            Some(node) => (node.to_json(), node.span),
        };
        let message = format!("the scenario says version {shown}, and only 1 is known");
        fields.strict().report(of_version(message, span));
    }
    fits
}

fn of_version(message: String, span: Span) -> Diagnostic {
    Diagnostic::error(code::VERSION, message)
        .at(span, "")
        .help("a scenario begins with `scenario: 1`")
}

fn fill(scenario: &mut Scenario, fields: &Fields<'_>) {
    if fields.require("until", "write how long to play, such as `until: 30s`")
        && let Some(until) = fields.duration_us("until")
    {
        if until.value > UNTIL_US_MAX || until.value == 0 {
            bad(fields, "until", "write a time of at most 30 days (`720h`)");
        }
        scenario.until_us = until.value.min(UNTIL_US_MAX);
    }
    let seed = fields.count("seed", 0, u64::MAX);
    scenario.seed = seed.map_or(scenario.seed, |it| it.value);
    let slow = fields.duration_us("slow");
    scenario.slow_us = slow.map_or(scenario.slow_us, |it| it.value);
    scenario.names = names(fields);
    let entries = fields.objects("endpoints", ENDPOINT_KEYS, ENTRIES_MAX);
    scenario.endpoints = entries.iter().filter_map(behaviour).collect();
    let entries = fields.objects("requests", REQUEST_KEYS, ENTRIES_MAX);
    let until_us = scenario.until_us;
    let streams = entries.iter().filter_map(|it| stream(it, until_us));
    scenario.requests = streams.collect();
    let counts = scenario.requests.iter().map(|it| it.arrives.count());
    let count = counts.fold(0_u64, u64::saturating_add);
    if count > REQUESTS_MAX {
        let help = format!("let {REQUESTS_MAX} arrive at most, here there are {count}");
        bad(fields, "requests", &help);
    }
    let entries = fields.objects("commands", COMMAND_KEYS, ENTRIES_MAX);
    scenario.commands = entries.iter().filter_map(command).collect();
}

fn names(fields: &Fields<'_>) -> Vec<Named> {
    let Some(node) = fields.node("names") else {
        return Vec::new();
    };
    let Some(entries) = node.as_object() else {
        fields.wrong_type("names", node, "an object of names with lists of addresses");
        return Vec::new();
    };
    let mut names = Vec::new();
    for entry in entries {
        let items = entry.node.as_array().unwrap_or_default();
        let addresses: Vec<String> = items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect();
        if entry.node.as_array().is_none() || addresses.len() != items.len() {
            let name = format!("names.{}", entry.key.text);
            fields.wrong_type(&name, &entry.node, "a list of addresses");
        }
        names.push(Named {
            name: entry.key.text.clone(),
            addresses,
        });
    }
    names
}

fn behaviour(fields: &Fields<'_>) -> Option<Behaviour> {
    let words = [
        ("answers", "answers"),
        ("refuses", "refuses"),
        ("hangs", "hangs"),
        ("resets", "resets"),
        ("killed", "killed"),
        ("drops", "drops"),
    ];
    let word = fields.word("does", &words);
    let is_bad = word.is_none() && fields.node("does").is_some();
    let word = word.map_or("answers", |it| it.value);
    let status = fields.count("status", 100, 599);
    let after = fields.duration_us("after");
    if word != "answers" && fields.node("status").is_some() {
        bad(fields, "status", "`status` goes with `does: answers` only");
    }
    if !matches!(word, "answers" | "resets") && fields.node("after").is_some() {
        bad(
            fields,
            "after",
            "`after` goes with `does: answers` and `does: resets` only",
        );
    }
    let after_us = after.map_or(AFTER_US, |it| it.value);
    let does = match word {
        "refuses" => Does::Refuses,
        "hangs" => Does::Hangs,
        "resets" => Does::Resets { after_us },
        "killed" => Does::Killed,
        "drops" => Does::Drops,
        _ => Does::Answers {
            status: status.map_or(200, |it| it.value as u16),
            after_us,
        },
    };
    let (from_us, to_us) = stretch(fields, u64::MAX);
    let seen_by = [
        ("all", SeenBy::All),
        ("requests", SeenBy::Requests),
        ("probes", SeenBy::Probes),
    ];
    let seen_by = fields.word("seen_by", &seen_by);
    let behaviour = Behaviour {
        endpoint: pattern(fields, "match").unwrap_or_else(|| everything(fields)),
        pool: pattern(fields, "pool"),
        from_us,
        to_us,
        does,
        seen_by: seen_by.map_or(SeenBy::All, |it| it.value),
    };
    (!is_bad).then_some(behaviour)
}

fn stream(fields: &Fields<'_>, until_us: u64) -> Option<Stream> {
    let method = fields.word("method", METHODS);
    let clients = fields.count("clients", 1, 1_000_000);
    let status = fields.count("status", 100, 599);
    let after = fields.duration_us("after");
    let expect = fields.count("expect", 100, 599);
    let arrives = arrives(fields, until_us)?;
    if !arrives.is_told() && fields.node("expect").is_some() {
        bad(fields, "expect", "`expect` goes with `at` only");
    }
    Some(Stream {
        span: fields.span(),
        pool: pattern(fields, "pool"),
        route: pattern(fields, "route"),
        method: method.map_or("GET", |it| it.value).to_owned(),
        arrives,
        clients: clients.map_or(1, |it| it.value),
        wish: Wish {
            status: status.map(|it| it.value as u16),
            after_us: after.map(|it| it.value),
        },
        expect: expect.map(|it| it.value as u16),
    })
}

fn arrives(fields: &Fields<'_>, until_us: u64) -> Option<Arrives> {
    let single = ["at", "times", "every"];
    let evenly = ["per_second", "from", "to"];
    if fields.node("at").is_none() && fields.node("per_second").is_none() {
        let help = "write `per_second: 100`, or `at: 2s` for a single request";
        fields.require("per_second", help);
        return None;
    }
    if fields.node("at").is_some() {
        for name in evenly
            .into_iter()
            .filter(|name| fields.node(name).is_some())
        {
            bad(fields, name, "it does not go with `at`");
        }
        let times = fields.count("times", 1, REQUESTS_MAX);
        let every = fields.duration_us("every");
        return Some(Arrives::Single {
            at_us: fields.duration_us("at")?.value,
            times: times.map_or(1, |it| it.value),
            every_us: every.map_or(SECOND_US / 10, |it| it.value),
        });
    }
    for name in single
        .into_iter()
        .filter(|name| fields.node(name).is_some())
    {
        bad(fields, name, "it goes with `at` only");
    }
    let (from_us, to_us) = stretch(fields, until_us);
    Some(Arrives::Evenly {
        from_us,
        to_us: to_us.min(until_us),
        per_second: fields.count("per_second", 1, REQUESTS_MAX)?.value,
    })
}

fn command(fields: &Fields<'_>) -> Option<Ordered> {
    let words = [
        ("set_healthy", Command::SetHealthy),
        ("set_unhealthy", Command::SetUnhealthy),
        ("hold_healthy", Command::HoldHealthy),
        ("hold_unhealthy", Command::HoldUnhealthy),
        ("release", Command::Release),
    ];
    let is_whole = fields.require("at", "write when, such as `at: 20s`")
        & fields.require("command", "write what, such as `command: set_healthy`");
    if !is_whole {
        return None;
    }
    Some(Ordered {
        endpoint: pattern(fields, "match").unwrap_or_else(|| everything(fields)),
        pool: pattern(fields, "pool"),
        command: fields.word("command", &words)?.value,
        at_us: fields.duration_us("at")?.value,
    })
}

/// From when to when.
fn stretch(fields: &Fields<'_>, end_us: u64) -> (u64, u64) {
    let from_us = fields.duration_us("from").map_or(0, |it| it.value);
    let to_us = fields.duration_us("to").map_or(end_us, |it| it.value);
    if from_us >= to_us && fields.node("to").is_some() {
        bad(fields, "to", "it must lie behind `from`");
    }
    (from_us, to_us.max(from_us))
}

fn pattern(fields: &Fields<'_>, name: &str) -> Option<Pattern> {
    let text = fields.text(name)?;
    Some(Pattern {
        text: text.value.to_owned(),
        span: text.span,
    })
}

fn everything(fields: &Fields<'_>) -> Pattern {
    Pattern {
        text: "*".to_owned(),
        span: fields.span(),
    }
}

fn bad(fields: &Fields<'_>, name: &str, help: &str) {
    if let Some(node) = fields.node(name) {
        let shown = match node.as_array() {
            Some(items) => format!("a list of {} items", items.len()),
            None => format!("`{}`", node.to_json().trim_matches('"')),
        };
        fields.bad_value(
            name,
            node,
            &format!("{shown}, which cannot be used here"),
            help,
        );
    }
}
