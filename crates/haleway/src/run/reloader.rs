//! Reads the documents again and swaps the blueprint, if they are good.
//!
//! SIGHUP, the watch and the admin side share one reloader: reloads come one after the other, and
//! a refused one changes nothing. The command line's options and the environment stay those of
//! the start.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use haleway_blueprint::Blueprint;
use haleway_blueprint::runtime::{DocumentFault, Reload, ReloadOutcome};
use haleway_control::kong::Views;
use haleway_document::{Diagnostic, SourceId};
use haleway_engine::{Engine, StartError};
use haleway_krakend::Purpose;
use haleway_supply::Seen;

use super::notify;
use crate::assemble::{Assembler, Assembly};
use crate::cli::Dialect;
use crate::findings;
use crate::log::Log;

/// What a blueprint is swapped in with.
type Apply = Box<dyn Fn(Arc<Blueprint>) -> Result<(), Vec<StartError>> + Send + Sync>;

/// What a posted document is called in messages.
const POSTED: &str = "/config";

/// Why documents were refused.
#[derive(Debug, Default)]
struct Refusal {
    /// One line for each error.
    lines: Vec<String>,
    /// The same for whoever shows them in another form.
    faults: Vec<DocumentFault>,
}

/// The one place that reloads.
pub(crate) struct Reloader {
    /// Held for the whole of a reload.
    work: Mutex<Work>,
    apply: Apply,
    log: Log,
    /// What Kong's Admin API shows, where there is one.
    views: Option<Arc<Views>>,
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

    /// The same that shows what is accepted, and takes a configuration that is posted.
    pub(crate) fn showing(mut self, views: Option<Arc<Views>>) -> Self {
        self.views = views;
        self
    }

    fn with(assembler: Assembler, apply: Apply, log: Log, hash: String) -> Self {
        let now = now_unix_s();
        let last = outcome(hash.clone(), now, Refusal::default());
        Self {
            work: Mutex::new(Work {
                assembler,
                seen: Vec::new(),
                hash,
            }),
            apply,
            log,
            views: None,
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

    fn attempt(&self, work: &mut Work, text: Option<&str>) -> Result<(), Refusal> {
        let (assembly, source) = match text {
            None => (work.assembler.assemble(Purpose::Run), None),
            Some(text) => {
                let text = (POSTED, text);
                let purpose = Purpose::Run;
                let (assembly, source) = work.assembler.assemble_text(text, Dialect::Kong, purpose);
                (assembly, Some(source))
            }
        };
        let Assembly {
            sources,
            findings,
            mut blueprints,
            kong,
            seen,
            ..
        } = assembly;
        work.seen = seen;
        let refusal = |findings: &[Diagnostic]| Refusal {
            lines: reasons(findings::error_lines(&sources, findings)),
            faults: faults(findings, source),
        };
        let blueprint = match blueprints.pop() {
            Some(blueprint) if !findings.iter().any(Diagnostic::is_error) => Arc::new(blueprint),
            _ => return Err(refusal(&findings)),
        };
        let hash = blueprint.hash();
        if hash != work.hash {
            (self.apply)(blueprint.clone()).map_err(|errors| {
                refusal(&findings::of_start_errors("S0011", &errors, &sources))
            })?;
            self.log.configure(&blueprint.logging);
            work.hash = hash;
        }
        // What changes nothing that serves may change what is shown.
        if let (Some(views), Some(kong)) = (&self.views, kong) {
            views.replace(kong.view(&blueprint));
        }
        Ok(())
    }

    fn run(&self, text: Option<&str>) -> ReloadOutcome {
        let mut work = locked(&self.work);
        notify::reloading();
        let result = self.attempt(&mut work, text);
        let refusal = result.err().unwrap_or_default();
        let outcome = outcome(work.hash.clone(), now_unix_s(), refusal);
        self.book(&outcome);
        self.tell(&outcome);
        notify::ready();
        outcome
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
        self.run(None)
    }

    fn reload_from(&self, document: &str) -> ReloadOutcome {
        self.run(Some(document))
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
fn outcome(hash: String, at_unix_s: u64, refusal: Refusal) -> ReloadOutcome {
    ReloadOutcome {
        accepted: refusal.lines.is_empty(),
        hash,
        at_unix_s,
        errors: refusal.lines,
        faults: refusal.faults,
    }
}

/// The errors for whoever posted the document: in the words of the original, each with its place
/// where it lies in the document.
fn faults(findings: &[Diagnostic], source: Option<SourceId>) -> Vec<DocumentFault> {
    let errors = findings.iter().filter(|finding| finding.is_error());
    errors
        .map(|finding| {
            let span = finding.primary.as_ref().map(|label| label.span);
            let span = span.filter(|span| Some(span.source) == source);
            let (field, message) = match &finding.wording {
                Some(wording) => (wording.field.clone(), wording.message.clone()),
                None => (String::new(), finding.message.clone()),
            };
            DocumentFault {
                start: span.map(|span| span.start),
                field,
                message,
            }
        })
        .collect()
}

fn now_unix_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
