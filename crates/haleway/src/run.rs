//! `haleway run`: from a configuration to a process that serves it, reloads it and ends well.

mod admin;
mod event_log;
mod kong_admin;
mod notify;
mod reloader;
mod signals;

use std::sync::Arc;
use std::time::Duration;

use haleway_blueprint::Blueprint;
use haleway_blueprint::runtime::{Reload, Running};
use haleway_control::Control;
use haleway_control::kong::Views;
use haleway_document::{Diagnostic, Sources};
use haleway_engine::{Engine, Settings};
use haleway_krakend::Purpose;
use haleway_supply::{Watch, WatchTimes, cores};

pub(crate) use self::admin::DEFAULT as ADMIN_DEFAULT;
use self::event_log::EventLog;
pub(crate) use self::kong_admin::findings as findings_of_apis;
use self::reloader::Reloader;
use self::signals::Signals;
use crate::assemble::{Assembler, Assembly};
use crate::cli::{Configuration, Process};
use crate::log::Log;
use crate::{exit, findings};

/// A configuration that was refused at the start.
pub(crate) struct Refused {
    pub(crate) sources: Sources,
    /// All findings; at least one is an error.
    pub(crate) findings: Vec<Diagnostic>,
}

/// Serves until a signal ends it.
pub(crate) fn run(configuration: &Configuration, process: &Process) -> u8 {
    let log = Log::start(process.log_format, configuration.meaning.debug > 0);
    allow_many_files();
    match serve(configuration, process, &log) {
        Ok(code) => code,
        Err(refused) => {
            log.say_findings(&refused.sources, &refused.findings);
            if let Some(summary) = findings::summary(&refused.findings) {
                log.say(
                    tracing::Level::ERROR,
                    &format!("nothing is served: {summary}"),
                );
            }
            exit::CONFIGURATION
        }
    }
}

/// The same for a caller that tells of the refusal itself.
pub(crate) fn serve(
    configuration: &Configuration,
    process: &Process,
    log: &Log,
) -> Result<u8, Box<Refused>> {
    let mut assembler = Assembler::single(configuration);
    let mut assembly = assembler.assemble(Purpose::Run);
    let blueprint = match assembly.blueprints.pop() {
        Some(blueprint) if !assembly.has_errors() => Arc::new(blueprint),
        _ => return Err(refused(assembly, Vec::new())),
    };
    log.configure(&blueprint.logging);
    // Caught from here on: a signal that comes during the start waits for its end.
    let (mut signals, events) = match ears_and_mouth(process) {
        Ok(both) => both,
        Err(message) => {
            log.say(tracing::Level::ERROR, &message);
            return Ok(exit::FAILURE);
        }
    };
    let opened = admin::open(process.admin)
        .map_err(|finding| vec![*finding])
        .and_then(|admin| Ok((admin, kong_admin::open(assembly.kong.as_ref())?)));
    let (admin, kong_sockets) = match opened {
        Ok(sockets) => sockets,
        Err(findings) => return Err(refused(assembly, findings)),
    };
    let engine = match Engine::start(blueprint.clone(), settings(process, &assembly)) {
        Ok(engine) => Arc::new(engine),
        Err(errors) => {
            let errors = findings::of_start_errors("S0011", &errors, &assembly.sources);
            return Err(refused(assembly, errors));
        }
    };
    if let Some(events) = &events {
        engine.running().follow(events.sink());
    }
    log.say_findings(&assembly.sources, &assembly.findings);
    let reloader = Reloader::new(assembler, engine.clone(), log.clone(), &blueprint);
    let views = assembly
        .kong
        .map(|kong| Arc::new(Views::new(kong.view(&blueprint))));
    let reloader = Arc::new(reloader.showing(views.clone()));
    let _kong = views.map(|views| kong_sockets.serve(engine.running(), reloader.clone(), views));
    let admin = admin.and_then(|admin| admin::serve(admin, engine.running(), reloader.clone()));
    let _watch = process
        .watch
        .then(|| watch(&reloader, assembly.seen))
        .flatten();
    let ready = ready_line(&blueprint, &*engine.running(), admin.as_ref());
    log.say(tracing::Level::INFO, &ready);
    notify::ready();
    signals.wait_for_stop(&reloader);
    notify::stopping();
    drain(&engine, signals, process);
    if let Some(events) = &events {
        events.flush();
    }
    log.flush();
    Ok(exit::FINE)
}

/// Who listens for signals, and who writes events down.
fn ears_and_mouth(process: &Process) -> Result<(Signals, Option<EventLog>), String> {
    let signals = Signals::catch();
    let signals = signals.map_err(|error| format!("error: signals cannot be caught: {error}"))?;
    let events = process.event_log.as_deref().map(EventLog::open);
    Ok((signals, events.transpose()?))
}

/// Takes as many open files as the system allows the process: every connection is one. Go's
/// programs have done the same since Go 1.19.
fn allow_many_files() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
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

fn settings(process: &Process, assembly: &Assembly) -> Settings {
    let asked = assembly.kong.as_ref().and_then(|kong| kong.node.cores);
    Settings {
        cores: asked.unwrap_or_else(cores),
        drain_delay: process.drain_delay,
        dns_server: dns_server(),
    }
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

fn ready_line(blueprint: &Blueprint, running: &dyn Running, admin: Option<&Control>) -> String {
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
    format!(
        "haleway {} serves {name} ({}) on {}; admin {admin}",
        env!("CARGO_PKG_VERSION"),
        blueprint.dialect,
        open.join(", "),
    )
}

/// `HALEWAY_DNS_SERVER`: an address and port that SRV look-ups ask instead of the system's servers.
fn dns_server() -> Option<std::net::SocketAddr> {
    let text = std::env::var("HALEWAY_DNS_SERVER").ok()?;
    text.parse()
        .inspect_err(|error| tracing::warn!(text, %error, "HALEWAY_DNS_SERVER is no address"))
        .ok()
}

fn drain(engine: &Arc<Engine>, signals: Signals, process: &Process) {
    tracing::info!("stopping: requests in flight are finished");
    // The delay counts on top: in it, new requests are still taken.
    let limit = engine
        .running()
        .blueprint()
        .drain_ms_max
        .map(|ms| Duration::from_millis(ms).saturating_add(process.drain_delay));
    let engine = engine.clone();
    let finished = signals.unless_interrupted(move || {
        engine.drain();
        engine.wait_drained(limit)
    });
    if finished != Some(true) {
        tracing::warn!("requests were still in flight when the time for them was over");
    }
}
