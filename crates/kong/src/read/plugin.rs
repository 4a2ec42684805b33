//! The `config` of plugins, by the tables of the plugins.

use haleway_document::{Diagnostic, nearest};

use super::Reading;
use super::draft::Draft;
use crate::code;
use crate::plugin::{self, Absence, PluginKind, REGISTRY};
use crate::schema::{Datum, Fault, ITSELF, Item, Record, Violation, decode, json_of};

/// Decodes every plugin's `config`. A plugin that is not known refuses the document, or is left
/// out where that is allowed.
pub(super) fn configure(reading: &Reading<'_>, drafts: &mut Vec<Draft>) {
    drafts.retain_mut(|draft| {
        let Some(config) = draft.config.take() else {
            return true;
        };
        let name = draft.record.text("name").unwrap_or_default().to_owned();
        if let Some(kind) = plugin::kind(&name).filter(|_| reading.enables(&name)) {
            let mut violations = Vec::new();
            let mut record = decode(kind.fields, &config, &reading.vaults, &mut violations);
            let sound = !violations.iter().any(Violation::is_error);
            for check in kind.checks.iter().filter(|_| sound) {
                check.apply(&record, "", &mut violations);
            }
            for violation in &mut violations {
                violation.path = match (violation.path.as_str(), violation.fault) {
                    // What fields of `config` break together is said of the plugin.
                    ("", Fault::Entity) => continue,
                    ("" | ITSELF, _) => "config".to_owned(),
                    (path, _) => format!("config.{path}"),
                };
            }
            check_scopes(kind, &draft.record, &mut violations);
            reading.context.report_violations(&draft.place, violations);
            record.span = config.span;
            draft.record.put(
                "config",
                Item {
                    datum: Datum::Record(record),
                    span: Some(config.span),
                },
            );
            return true;
        }
        draft.record.set("config", Datum::Any(json_of(&config)));
        // Without a name it has been said already.
        if !name.is_empty() {
            unknown(reading, &name, draft);
        }
        false
    });
}

/// What the plugin may be attached to, and for which protocols.
fn check_scopes(kind: &PluginKind, entity: &Record, violations: &mut Vec<Violation>) {
    let scopes = [
        ("route", kind.scopes.route),
        ("service", kind.scopes.service),
        ("consumer", kind.scopes.consumer),
    ];
    for (field, allowed) in scopes {
        if !allowed && entity.foreign(field).is_some() {
            violations.push(Violation {
                path: field.to_owned(),
                span: entity.place(field),
                fault: Fault::Value,
                message: "value must be null".to_owned(),
            });
        }
    }
    for (at, item) in entity.items("protocols").iter().enumerate() {
        let text = item.as_text().unwrap_or_default();
        if item.span.is_some() && !kind.protocols.contains(&text) {
            violations.push(Violation {
                path: format!("protocols[{}]", at + 1),
                span: item.span.unwrap_or(entity.span),
                fault: Fault::Value,
                message: format!("expected one of: {}", kind.protocols.join(", ")),
            });
        }
    }
}

fn unknown(reading: &Reading<'_>, name: &str, draft: &Draft) {
    let place = draft.record.place("name");
    let why = match plugin::absence(name) {
        Some(Absence::NotBuilt) => "it is a plugin of Kong that is not built yet",
        Some(Absence::Lua) => "it runs Lua, which cannot run here",
        Some(Absence::Enterprise) => {
            "it is a plugin of Kong Enterprise, which its free edition does not have, either"
        }
        None => "",
    };
    if reading.context.options.allow_unknown_plugins {
        let mut message = format!("plugin '{name}' is left out");
        if !why.is_empty() {
            message = format!("{message}: {why}");
        }
        let finding = Diagnostic::warning(code::UNKNOWN_PLUGIN, message);
        reading.context.report(finding.at(place, ""));
        return;
    }
    let message =
        format!("plugin '{name}' not enabled; add it to the 'plugins' configuration property");
    let known = REGISTRY.iter().map(|kind| kind.name);
    let label = match nearest(name, known).filter(|_| why.is_empty()) {
        Some(hint) => format!("did you mean `{hint}`?"),
        None => why.to_owned(),
    };
    reading.context.report(
        Diagnostic::error(code::UNKNOWN_PLUGIN, message.as_str())
            .at(place, label)
            .worded("name", message.as_str())
            .help("remove it, or run with --allow-unknown-plugins to do without it"),
    );
}
