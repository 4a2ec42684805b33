//! Namespaces of `extra_config`: one file per namespace that works, and a registry of all that are
//! known, so that each gets its one diagnostic where it does not work.

pub(crate) mod backend_http;
pub(crate) mod backend_http_client;
pub(crate) mod bot_detector;
pub(crate) mod circuit_breaker;
pub(crate) mod cors;
pub(crate) mod error_body;
pub(crate) mod flatmap;
pub(crate) mod haleway_compat;
pub(crate) mod haleway_health;
pub(crate) mod logging;
pub(crate) mod proxy;
pub(crate) mod registry;
pub(crate) mod router;

use haleway_document::{Diagnostic, Entry, Node, Severity, Value, nearest};

use self::registry::{Level, Namespace, REGISTRY};
use crate::code;
use crate::context::Context;
use crate::key::{State, is_comment};
use crate::reader::says;

/// The `extra_config` of one object.
#[derive(Default)]
pub(crate) struct Extra<'a> {
    found: Vec<(&'static str, &'a Entry)>,
    /// Namespaces without which the endpoint must not be served.
    pub(crate) missing: Vec<&'static str>,
}

impl<'a> Extra<'a> {
    /// Reads an `extra_config`; `place` says in messages whose it is.
    pub(crate) fn read(
        context: &Context<'_>,
        node: Option<&'a Node>,
        level: Level,
        place: &str,
    ) -> Self {
        let mut extra = Self::default();
        let Some(node) = node else { return extra };
        let Some(entries) = node.as_object() else {
            let message = says(
                place,
                &format!("`extra_config` is {}, not an object", node.kind()),
            );
            context.report(
                Diagnostic::error(code::WRONG_TYPE, message).at(node.span, "write an object"),
            );
            return extra;
        };
        for entry in entries {
            extra.take(context, entry, level, place);
        }
        extra
    }

    /// The block of a namespace that works.
    pub(crate) fn get(&self, short: &str) -> Option<&'a Node> {
        self.found
            .iter()
            .find(|(name, _)| *name == short)
            .map(|(_, entry)| &entry.node)
    }

    fn take(&mut self, context: &Context<'_>, entry: &'a Entry, level: Level, place: &str) {
        let name = entry.key.text.as_str();
        if is_comment(name) {
            return;
        }
        let Some(namespace) = registry::find(name) else {
            context.report(unknown(entry, place));
            return;
        };
        if entry.node.value == Value::Null {
            let message = says(place, &format!("`{name}` is null and does nothing"));
            let finding = Diagnostic::warning(code::WRONG_TYPE_IGNORED, message);
            context.report(finding.at(entry.node.span, "write an object"));
            return;
        }
        if !namespace.levels.contains(&level) {
            context.report(wrong_level(namespace, entry, level, place));
            return;
        }
        match namespace.state {
            State::Supported | State::Approximated => self.keep(context, namespace, entry, place),
            State::NotBuilt => {
                if !namespace.is_telemetry() {
                    self.missing.push(namespace.short);
                }
                context.report(not_built(context, namespace, entry, level, place));
            }
            _ => context.report(stateless(namespace, entry, place)),
        }
    }

    fn keep(
        &mut self,
        context: &Context<'_>,
        namespace: &Namespace,
        entry: &'a Entry,
        place: &str,
    ) {
        let earlier = self
            .found
            .iter_mut()
            .find(|(name, _)| *name == namespace.short);
        let Some((_, earlier)) = earlier else {
            self.found.push((namespace.short, entry));
            return;
        };
        let message = format!(
            "`{}` and `{}` are one namespace; `{}` counts",
            earlier.key.text, entry.key.text, namespace.short
        );
        let finding = Diagnostic::warning(code::WRITTEN_TWICE, says(place, &message))
            .at(entry.key.span, "written again")
            .also_at(earlier.key.span, "written here")
            .help("remove one of them");
        context.report(finding);
        if entry.key.text == namespace.short {
            *earlier = entry;
        }
    }
}

fn unknown(entry: &Entry, place: &str) -> Diagnostic {
    let name = entry.key.text.as_str();
    let hint = nearest(name, REGISTRY.iter().flat_map(Namespace::names));
    let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
    let message = says(
        place,
        &format!("unknown namespace `{name}` in `extra_config` is ignored"),
    );
    Diagnostic::warning(code::UNKNOWN_NAMESPACE, message)
        .at(entry.key.span, label)
        .help(match hint {
            Some(hint) => format!("write `{hint}`"),
            None => "remove it; KrakenD ignores it, too".to_owned(),
        })
}

fn wrong_level(namespace: &Namespace, entry: &Entry, level: Level, place: &str) -> Diagnostic {
    let places: Vec<&str> = namespace
        .levels
        .iter()
        .map(|level| level.phrase())
        .collect();
    let message = format!("`{}` does nothing in {}", entry.key.text, level.phrase());
    Diagnostic::warning(code::WRONG_LEVEL, says(place, &message))
        .at(entry.key.span, "ignored here")
        .help(format!(
            "it belongs into the `extra_config` of {}",
            places.join(" or ")
        ))
}

fn not_built(
    context: &Context<'_>,
    namespace: &Namespace,
    entry: &Entry,
    level: Level,
    place: &str,
) -> Diagnostic {
    let (severity, consequence) = match (context.runs(), namespace.is_telemetry(), level) {
        (true, true, _) => (Severity::Warning, ": it is left out"),
        (true, false, Level::Endpoint | Level::Backend) => {
            (Severity::Warning, ": the endpoint answers 500")
        }
        _ => (Severity::Error, ""),
    };
    let message = format!("`{}` is not built yet{consequence}", entry.key.text);
    let help = match severity {
        Severity::Error => "remove it, or wait for a version of Haleway that has it",
        _ => "`haleway check` counts it as an error",
    };
    Diagnostic::new(code::NOT_BUILT, severity, says(place, &message))
        .at(entry.key.span, "")
        .help(help)
}

fn stateless(namespace: &Namespace, entry: &Entry, place: &str) -> Diagnostic {
    let name = entry.key.text.as_str();
    let (code, severity, message) = match namespace.state {
        State::GoPlugin => (
            code::GO_PLUGIN,
            Severity::Warning,
            "loads Go plugins, which cannot run here; it is ignored",
        ),
        State::Idle(severity) => (
            code::NO_EFFECT,
            severity,
            "has no effect when requests are served",
        ),
        State::Removed => (
            code::REMOVED,
            Severity::Warning,
            "was removed from KrakenD in 2.0 and is ignored",
        ),
        _ => (
            code::ENTERPRISE,
            Severity::Warning,
            "is a feature of KrakenD Enterprise and is ignored",
        ),
    };
    let finding = Diagnostic::new(code, severity, says(place, &format!("`{name}` {message}")));
    finding.at(entry.key.span, "").help(namespace.note)
}
