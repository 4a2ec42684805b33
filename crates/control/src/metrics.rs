//! `/metrics`: the engine's metrics and those of the configuration.

use std::fmt::Write;

use crate::Subject;

/// Everything in Prometheus' text format.
pub(crate) fn write(subject: &Subject) -> String {
    let mut out = String::with_capacity(16 * 1024);
    subject.running.metrics(&mut out);
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    write_configuration(subject, &mut out);
    (subject.process_metrics)(&mut out);
    out
}

fn write_configuration(subject: &Subject, out: &mut String) {
    let (accepted, refused) = subject.reload.counts();
    family(
        out,
        "haleway_config_reloads_total",
        "counter",
        "Reloads by their result.",
    );
    for (result, count) in [("accepted", accepted), ("refused", refused)] {
        line(
            out,
            &format!("haleway_config_reloads_total{{result=\"{result}\"}} {count}"),
        );
    }
    family(
        out,
        "haleway_config_last_accepted_timestamp_seconds",
        "gauge",
        "When documents were last accepted, the start included.",
    );
    let at = subject.reload.last_accepted_unix_s();
    line(
        out,
        &format!("haleway_config_last_accepted_timestamp_seconds {at}"),
    );
    family(
        out,
        "haleway_config_info",
        "gauge",
        "Hash of the blueprint that serves; always 1.",
    );
    let hash = subject.reload.last().hash;
    line(
        out,
        &format!("haleway_config_info{{hash=\"{}\"}} 1", escaped(&hash)),
    );
    family(
        out,
        "haleway_build_info",
        "gauge",
        "Version of the program; always 1.",
    );
    let version = escaped(subject.version);
    line(
        out,
        &format!("haleway_build_info{{version=\"{version}\"}} 1"),
    );
}

fn family(out: &mut String, name: &str, kind: &str, help: &str) {
    line(out, &format!("# HELP {name} {help}\n# TYPE {name} {kind}"));
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a String takes all text");
}

fn escaped(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
