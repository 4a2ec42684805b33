//! `/readyz`: whether new requests should come here, and with `?verbose` why.
//!
//! Ready means that every listener that can open is open and that no stop has begun. A refused
//! reload or a listener that cannot open shows in the verbose form and never turns the status:
//! what serves goes on serving.

use std::fmt::Write;

use haleway_blueprint::runtime::{ListenerStatus, ReloadOutcome};
use http::StatusCode;

use crate::Subject;
use crate::answer::{Answer, text};

pub(crate) fn ready(subject: &Subject, verbose: bool) -> Answer {
    let draining = subject.running.draining();
    let (status, word) = if draining {
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    } else {
        (StatusCode::OK, "ready")
    };
    let mut out = format!("{word}\n");
    if verbose {
        for listener in subject.running.listeners() {
            write_listener(&mut out, &listener);
        }
        write_configuration(&mut out, &subject.reload.last());
    }
    text(status, out)
}

fn write_listener(out: &mut String, listener: &ListenerStatus) {
    let ListenerStatus {
        name,
        address,
        error,
    } = listener;
    let state = error
        .as_deref()
        .map_or("open".to_owned(), |error| format!("not open: {error}"));
    line(out, &format!("listener {name} {address}: {state}"));
}

fn write_configuration(out: &mut String, last: &ReloadOutcome) {
    let at = moment(last.at_unix_s);
    if last.accepted {
        return line(
            out,
            &format!("configuration accepted {at}, serving {}", last.hash),
        );
    }
    line(
        out,
        &format!("configuration refused {at}, still serving {}", last.hash),
    );
    for error in &last.errors {
        line(out, &format!("  {error}"));
    }
}

fn moment(unix_s: u64) -> String {
    let seconds = i64::try_from(unix_s).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| unix_s.to_string(), |at| at.to_string())
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a String takes all text");
}
