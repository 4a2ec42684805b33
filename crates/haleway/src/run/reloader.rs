//! Reads the documents again and swaps the blueprint, if they are good.
//!
//! SIGHUP, the watch and the admin side share one reloader: reloads come one after the other, and
//! a refused one changes nothing. The command line's options and the environment stay those of
//! the start.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use haleway_blueprint::Blueprint;
use haleway_blueprint::runtime::{Reload, ReloadOutcome};
use haleway_document::Diagnostic;
use haleway_engine::{Engine, StartError};
use haleway_krakend::Purpose;
use haleway_supply::Seen;

use super::notify;
use crate::assemble::{Assembler, Assembly};
use crate::findings;
use crate::log::Log;

/// What a blueprint is swapped in with.
type Apply = Box<dyn Fn(Arc<Blueprint>) -> Result<(), Vec<StartError>> + Send + Sync>;

/// The one place that reloads.
pub(crate) struct Reloader {
    /// Held for the whole of a reload.
    work: Mutex<Work>,
    apply: Apply,
    log: Log,
    /// Held only to read or replace it, so that the admin side never waits for a reload.
    last: Mutex<ReloadOutcome>,
    last_accepted_unix_s: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
}

struct Work {
    assembler: Assembler,
    seen: Vec<Seen>,
    hash: String,
}

impl Reloader {
    /// A reloader for what serves now.
    pub(crate) fn new(
        assembler: Assembler,
        engine: Arc<Engine>,
        log: Log,
        serving: &Blueprint,
    ) -> Self {
        let apply = move |blueprint: Arc<Blueprint>| engine.apply(blueprint);
        Self::with(assembler, Box::new(apply), log, serving.hash())
    }

    fn with(assembler: Assembler, apply: Apply, log: Log, hash: String) -> Self {
        let now = now_unix_s();
        let last = outcome(hash.clone(), now, Vec::new());
        Self {
            work: Mutex::new(Work {
                assembler,
                seen: Vec::new(),
                hash,
            }),
            apply,
            log,
            last: Mutex::new(last),
            last_accepted_unix_s: AtomicU64::new(now),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// The files that the last reload read.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        locked(&self.work).seen.clone()
    }

    fn attempt(&self, work: &mut Work) -> Result<(), Vec<String>> {
        let Assembly {
            sources,
            findings,
            mut blueprints,
            seen,
            ..
        } = work.assembler.assemble(Purpose::Run);
        work.seen = seen;
        let blueprint = match blueprints.pop() {
            Some(blueprint) if !findings.iter().any(Diagnostic::is_error) => Arc::new(blueprint),
            _ => return Err(reasons(findings::error_lines(&sources, &findings))),
        };
        let hash = blueprint.hash();
        if hash == work.hash {
            return Ok(());
        }
        (self.apply)(blueprint.clone()).map_err(|errors| {
            let errors = findings::of_start_errors("S0011", &errors, &sources);
            reasons(findings::error_lines(&sources, &errors))
        })?;
        self.log.configure(&blueprint.logging);
        work.hash = hash;
        Ok(())
    }

    /// Books an outcome before it is told: whoever reads the log may ask at once.
    fn book(&self, outcome: &ReloadOutcome) {
        if outcome.accepted {
            self.accepted.fetch_add(1, Ordering::Relaxed);
            self.last_accepted_unix_s
                .store(outcome.at_unix_s, Ordering::Relaxed);
        } else {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        locked(&self.last).clone_from(outcome);
    }

    fn tell(&self, ReloadOutcome { hash, errors, .. }: &ReloadOutcome) {
        if errors.is_empty() {
            return tracing::info!(%hash, "the configuration was reloaded");
        }
        for error in errors {
            self.log.say(tracing::Level::ERROR, error);
        }
        tracing::error!(errors = errors.len(), serving = %hash, "the reload was refused");
    }
}

impl Reload for Reloader {
    fn reload(&self) -> ReloadOutcome {
        let mut work = locked(&self.work);
        notify::reloading();
        let result = self.attempt(&mut work);
        let outcome = outcome(
            work.hash.clone(),
            now_unix_s(),
            result.err().unwrap_or_default(),
        );
        self.book(&outcome);
        self.tell(&outcome);
        notify::ready();
        outcome
    }

    fn last(&self) -> ReloadOutcome {
        locked(&self.last).clone()
    }

    fn last_accepted_unix_s(&self) -> u64 {
        self.last_accepted_unix_s.load(Ordering::Relaxed)
    }

    fn counts(&self) -> (u64, u64) {
        (
            self.accepted.load(Ordering::Relaxed),
            self.refused.load(Ordering::Relaxed),
        )
    }
}

/// A refusal always has a reason to show.
fn reasons(mut lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() {
        lines.push("error: the documents give nothing that can serve".to_owned());
    }
    lines
}

/// A reload that panicked left the old state in place: it is good to use.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An outcome is accepted exactly where there are no errors.
fn outcome(hash: String, at_unix_s: u64, errors: Vec<String>) -> ReloadOutcome {
    ReloadOutcome {
        accepted: errors.is_empty(),
        hash,
        at_unix_s,
        errors,
        faults: Vec::new(),
    }
}

fn now_unix_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
