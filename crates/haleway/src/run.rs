//! `haleway run`: from a configuration to a process that serves it, reloads it and ends well.

mod admin;
mod notify;
mod reloader;
mod signals;

use std::sync::Arc;
use std::time::Duration;

use haleway_blueprint::Blueprint;
use haleway_blueprint::runtime::{Reload, Running};
use haleway_control::Control;
use haleway_document::{Diagnostic, Sources};
use haleway_engine::{Engine, Settings};
use haleway_krakend::Purpose;
use haleway_supply::{Watch, WatchTimes, cores};

use self::reloader::Reloader;
use self::signals::Signals;
use crate::assemble::{Assembler, Assembly};
use crate::cli::{Configuration, Process};
use crate::log::Log;
use crate::{exit, findings, talk};

/// A configuration that was refused at the start.
pub(crate) struct Refused {
    pub(crate) sources: Sources,
    /// All findings; at least one is an error.
    pub(crate) findings: Vec<Diagnostic>,
}

/// Serves until a signal ends it.
pub(crate) fn run(configuration: &Configuration, process: &Process) -> u8 {
    match serve(configuration, process) {
        Ok(code) => code,
        Err(refused) => {
            findings::say(&refused.sources, &refused.findings);
            if let Some(summary) = findings::summary(&refused.findings) {
                talk::say(&format!("nothing is served: {summary}"));
            }
            exit::CONFIGURATION
        }
    }
}

/// The same for a caller that tells of the refusal itself.
pub(crate) fn serve(configuration: &Configuration, process: &Process) -> Result<u8, Box<Refused>> {
    let log = Log::start(process.log_format, configuration.meaning.debug > 0);
    let mut assembler = Assembler::single(configuration);
    let mut assembly = assembler.assemble(Purpose::Run);
    let blueprint = match assembly.blueprints.pop() {
        Some(blueprint) if !assembly.has_errors() => Arc::new(blueprint),
        _ => return Err(refused(assembly, Vec::new())),
    };
    log.configure(&blueprint.logging);
    // Caught from here on: a signal that comes during the start waits for its end.
    let mut signals = match Signals::catch() {
        Ok(signals) => signals,
        Err(error) => return Ok(failed(&format!("signals cannot be caught: {error}"))),
    };
    let admin = match admin::open(process.admin) {
        Ok(admin) => admin,
        Err(finding) => return Err(refused(assembly, vec![*finding])),
    };
    let settings = Settings {
        cores: cores(),
        drain_delay: process.drain_delay,
        dns_server: dns_server(),
    };
    let engine = match Engine::start(blueprint.clone(), settings) {
        Ok(engine) => Arc::new(engine),
        Err(errors) => {
            let errors = findings::of_start_errors("S0011", &errors, &assembly.sources);
            return Err(refused(assembly, errors));
        }
    };
    findings::say(&assembly.sources, &assembly.findings);
    let drain_max = drain_max(&blueprint, process);
    let reloader = Arc::new(Reloader::new(
        assembler,
        engine.clone(),
        log.clone(),
        &blueprint,
    ));
    let admin = admin.and_then(|admin| admin::serve(admin, engine.running(), reloader.clone()));
    let _watch = process
        .watch
        .then(|| watch(&reloader, assembly.seen))
        .flatten();
    say_ready(&blueprint, &*engine.running(), admin.as_ref());
    notify::ready();
    signals.wait_for_stop(&reloader);
    notify::stopping();
    drain(&engine, signals, drain_max);
    log.flush();
    Ok(exit::FINE)
}

fn refused(assembly: Assembly, further: Vec<Diagnostic>) -> Box<Refused> {
    let Assembly {
        sources,
        mut findings,
        ..
    } = assembly;
    findings.extend(further);
    Box::new(Refused { sources, findings })
}

fn failed(message: &str) -> u8 {
    talk::say(&format!("error: {message}"));
    exit::FAILURE
}

/// The delay counts on top: in it, new requests are still taken.
fn drain_max(blueprint: &Blueprint, process: &Process) -> Option<Duration> {
    blueprint
        .drain_ms_max
        .map(|ms| Duration::from_millis(ms).saturating_add(process.drain_delay))
}

fn watch(reloader: &Arc<Reloader>, seen: Vec<haleway_supply::Seen>) -> Option<Watch> {
    let reloader = reloader.clone();
    let changed = move || {
        reloader.reload();
        reloader.seen()
    };
    Watch::start(seen, WatchTimes::default(), changed)
        .inspect_err(|error| tracing::error!("files cannot be watched: {error}"))
        .ok()
}

fn say_ready(blueprint: &Blueprint, running: &dyn Running, admin: Option<&Control>) {
    let listeners = running.listeners();
    let open: Vec<String> = listeners
        .iter()
        .filter(|listener| listener.error.is_none())
        .map(|listener| format!("{} {}", listener.name, listener.address))
        .collect();
    let admin = admin.map_or("off".to_owned(), |control| control.address().to_string());
    let name = if blueprint.name.is_empty() {
        "a configuration"
    } else {
        blueprint.name.as_str()
    };
    talk::say(&format!(
        "haleway {} serves {name} ({}) on {}; admin {admin}",
        env!("CARGO_PKG_VERSION"),
        blueprint.dialect,
        open.join(", "),
    ));
}

/// `HALEWAY_DNS_SERVER`: an address and port that SRV look-ups ask instead of the system's servers.
fn dns_server() -> Option<std::net::SocketAddr> {
    let text = std::env::var("HALEWAY_DNS_SERVER").ok()?;
    text.parse()
        .inspect_err(|error| tracing::warn!(text, %error, "HALEWAY_DNS_SERVER is no address"))
        .ok()
}

fn drain(engine: &Arc<Engine>, signals: Signals, limit: Option<Duration>) {
    tracing::info!("stopping: requests in flight are finished");
    let engine = engine.clone();
    let finished = signals.unless_interrupted(move || {
        engine.drain();
        engine.wait_drained(limit)
    });
    if finished != Some(true) {
        tracing::warn!("requests were still in flight when the time for them was over");
    }
}
