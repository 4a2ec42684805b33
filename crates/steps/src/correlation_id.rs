//! Ids that tell requests apart (Kong 3, `kong/plugins/correlation-id/handler.lua`).

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

use haleway_blueprint::{CorrelationId, IdGenerator};
use http::{HeaderName, HeaderValue};

use crate::plan::header_name;
use crate::{Facts, Passage};

/// A [`CorrelationId`], ready to run.
#[derive(Debug)]
pub(crate) struct CorrelationIdPlan {
    header: HeaderName,
    generator: IdGenerator,
    echo: bool,
    logged_as: Option<String>,
}

impl CorrelationIdPlan {
    pub(crate) fn compile(step: &CorrelationId) -> Result<Self, String> {
        Ok(Self {
            header: header_name(&step.header)?,
            generator: step.generator,
            echo: step.echo,
            logged_as: step.logged_as.clone(),
        })
    }

    pub(crate) fn on_request(&self, passage: &mut Passage<'_>) {
        let headers = &mut passage.head.headers;
        let brought = headers.get(&self.header).filter(|id| !id.is_empty());
        let id = match brought {
            Some(id) => id.clone(),
            None => {
                let id = fresh(self.generator, passage.facts);
                let Ok(id) = HeaderValue::try_from(id) else {
                    return;
                };
                headers.insert(&self.header, id.clone());
                id
            }
        };
        let notes = &mut passage.notes;
        if let Some(name) = &self.logged_as {
            let shown = String::from_utf8_lossy(id.as_bytes()).into_owned();
            notes.logged.push((name.clone(), shown));
        }
        if self.echo {
            notes.replace.insert(&self.header, id);
        }
    }
}

/// What makes ids on one core.
struct Core {
    seed: RandomState,
    /// Ids made so far.
    made: Cell<u64>,
    /// Half of a UUID each.
    uuid: (u64, u64),
}

impl Core {
    fn new() -> Self {
        let seed = RandomState::new();
        let uuid = (seed.hash_one("head"), seed.hash_one("tail"));
        Self {
            seed,
            made: Cell::new(0),
            uuid,
        }
    }

    fn next(&self) -> u64 {
        let made = self.made.get() + 1;
        self.made.set(made);
        made
    }
}

thread_local! {
    static CORE: Core = Core::new();
}

/// A fresh id.
fn fresh(generator: IdGenerator, facts: &Facts<'_>) -> String {
    CORE.with(|core| {
        let made = core.next();
        match generator {
            // The hash is a keyed pseudo-random function: nobody can tell the next one.
            IdGenerator::Uuid => uuid(core.seed.hash_one((made, 0)), core.seed.hash_one((made, 1))),
            IdGenerator::UuidCounter => format!("{}#{made}", uuid(core.uuid.0, core.uuid.1)),
            IdGenerator::Tracker => tracker(made, facts),
        }
    })
}

/// Where and when a request came in. In the place of the connection and of the requests on it
/// stands a number that no other request of this core has.
fn tracker(made: u64, facts: &Facts<'_>) -> String {
    let (server, port) = (facts.listener.ip(), facts.listener.port());
    let process = std::process::id();
    let now_ms = (facts.began_unix_us)() / 1_000;
    let (now_s, now_ms) = (now_ms / 1_000, now_ms % 1_000);
    format!("{server}-{port}-{process}-{made}-1-{now_s}.{now_ms:03}")
}

/// A UUID of version 4 (RFC 9562).
fn uuid(head: u64, tail: u64) -> String {
    let head = head & !0xf000 | 0x4000;
    let tail = tail & !(0b11 << 62) | 0b10 << 62;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        head >> 32,
        head >> 16 & 0xffff,
        head & 0xffff,
        tail >> 48,
        tail & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;
    use crate::rehearsal::Rehearsal;

    fn plan(generator: IdGenerator, echo: bool) -> CorrelationIdPlan {
        CorrelationIdPlan::compile(&CorrelationId {
            header: "Kong-Request-ID".to_owned(),
            generator,
            echo,
            logged_as: Some("correlation_id".to_owned()),
        })
        .unwrap()
    }

    fn run(plan: &CorrelationIdPlan, mut rehearsal: Rehearsal) -> (String, Rehearsal) {
        rehearsal.pass(|passage| plan.on_request(passage));
        let id = rehearsal.head.headers["kong-request-id"].to_str().unwrap();
        (id.to_owned(), rehearsal)
    }

    #[test]
    fn ids_have_the_form_of_their_generator() {
        const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
        let table = [
            (IdGenerator::Uuid, format!("^{UUID}$")),
            (IdGenerator::UuidCounter, format!("^{UUID}#[0-9]+$")),
            (
                IdGenerator::Tracker,
                format!(
                    r"^10\.0\.0\.7-8000-{}-[0-9]+-1-1700000000\.000$",
                    std::process::id()
                ),
            ),
        ];
        for (generator, pattern) in table {
            let (first, _) = run(&plan(generator, false), Rehearsal::get("/"));
            let (second, _) = run(&plan(generator, false), Rehearsal::get("/"));
            let pattern = Regex::new(&pattern).unwrap();
            assert!(pattern.is_match(&first), "{first}");
            assert_ne!(first, second);
        }
    }

    #[test]
    fn counters_count_behind_one_uuid() {
        let plan = plan(IdGenerator::UuidCounter, false);
        let ids = [(); 2].map(|()| run(&plan, Rehearsal::get("/")).0);
        let parts = ids.each_ref().map(|id| id.split_once('#').unwrap());
        assert_eq!(parts[0].0, parts[1].0);
        let counts = parts.map(|(_, count)| count.parse::<u64>().unwrap());
        assert_eq!(counts[0] + 1, counts[1]);
    }

    #[test]
    fn a_brought_id_stays_and_an_empty_one_does_not() {
        let plan = plan(IdGenerator::Uuid, true);
        let (id, rehearsal) = run(&plan, Rehearsal::get("/").header("kong-request-id", "mine"));
        assert_eq!(id, "mine");
        assert_eq!(rehearsal.notes.replace["kong-request-id"], "mine");
        assert_eq!(
            rehearsal.notes.logged,
            [("correlation_id".to_owned(), "mine".to_owned())]
        );
        let (id, rehearsal) = run(&plan, Rehearsal::get("/").header("kong-request-id", ""));
        assert_eq!(id.len(), 36);
        assert_eq!(rehearsal.notes.replace["kong-request-id"], id);
    }

    #[test]
    fn nothing_is_echoed_unless_asked_for() {
        let plan = plan(IdGenerator::Uuid, false);
        let (_, rehearsal) = run(&plan, Rehearsal::get("/").header("kong-request-id", "mine"));
        assert!(rehearsal.notes.replace.is_empty());
    }
}
