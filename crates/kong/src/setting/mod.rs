//! Settings of the node: variables that begin with `KONG_`, and `kong.conf` below them.
//!
//! The table knows every setting of Kong 3.9 that matters here; one file per group turns texts into
//! values. What cannot be used refuses the start, as in Kong.

mod conf;
mod declared;
mod dns;
mod headers;
mod hosts;
mod listen;
mod nginx;
mod real_ip;
mod table;
mod tls;
mod upstream;

use std::collections::BTreeMap;

use haleway_blueprint::Supplies;
use haleway_document::{Diagnostic, Severity, nearest};

use crate::Options;
use crate::code;
use crate::context::Context;

pub(crate) use conf::text_of;
pub use declared::{DECLARATIVE_CONFIG, Declared, declared, declared_wants};
pub(crate) use dns::Dns;
pub(crate) use headers::Tokens;
pub(crate) use listen::{Listen, Listens, listens};
pub(crate) use nginx::{HeaderBuffers, NextUpstream, bytes};
pub(crate) use real_ip::client_address;
pub(crate) use table::{Effect, TABLE};
pub(crate) use tls::{Pair, Ssl, files, pairs};
pub(crate) use upstream::Keepalive;

/// How the variables begin.
pub(crate) const PREFIX: &str = "KONG_";

/// The settings of one compilation.
pub(crate) struct Settings<'a> {
    context: &'a Context<'a>,
    values: BTreeMap<String, Written>,
}

/// A setting as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The text.
    pub(crate) text: String,
    /// Where it stands: `KONG_PROXY_LISTEN`, or `kong.conf:12`.
    pub(crate) place: String,
}

impl<'a> Settings<'a> {
    /// Gathers the settings; says which of them are unknown or have no effect.
    pub(crate) fn new(context: &'a Context<'a>) -> Self {
        if let Some(file) = &context.options.kong_conf
            && let Some(Err(why)) = context.supplies.files.get(file)
        {
            let message = format!("{file} cannot be read: {why}");
            context.report(Diagnostic::error(code::BAD_SETTING, message));
        }
        let values = values(context.options, context.supplies);
        let settings = Self { context, values };
        settings.report_idle();
        settings.report_not_declared();
        settings
    }

    /// A setting as it is written; empty counts as not written.
    pub(crate) fn written(&self, name: &str) -> Option<&Written> {
        let known = table::row(name).is_some();
        debug_assert!(known, "setting {name} is read but not in the table");
        self.values.get(name).filter(|it| !it.text.is_empty())
    }

    /// A setting, or its default.
    pub(crate) fn text(&self, name: &str) -> &str {
        let default = table::row(name).map_or("", |row| row.default);
        self.written(name).map_or(default, |it| it.text.as_str())
    }

    /// `on` or `off`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        match self.text(name).to_ascii_lowercase().as_str() {
            "on" | "true" => true,
            "off" | "false" => false,
            text => {
                let message = format!("'{text}' is not a valid value: expected on or off");
                self.refuse(name, &message);
                false
            }
        }
    }

    /// A whole number.
    pub(crate) fn number(&self, name: &str) -> u64 {
        let text = self.text(name);
        text.parse().unwrap_or_else(|_| {
            self.refuse(name, &format!("'{text}' is not a number"));
            let default = table::row(name).map_or("", |row| row.default);
            default.parse().unwrap_or(0)
        })
    }

    /// Seconds, with a fraction or without, as microseconds.
    pub(crate) fn seconds_us(&self, name: &str) -> u64 {
        let read = |text: &str| {
            text.parse()
                .ok()
                .filter(|it: &f64| it.is_finite() && *it >= 0.0)
        };
        let text = self.text(name);
        let seconds = read(text).unwrap_or_else(|| {
            self.refuse(name, &format!("'{text}' is not a number of seconds"));
            let default = table::row(name).map_or("", |row| row.default);
            read(default).unwrap_or(0.0)
        });
        (seconds * 1e6) as u64
    }

    /// A list with commas.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let parts = self.text(name).split(',').map(str::trim);
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// Reports that a value cannot be used.
    pub(crate) fn refuse(&self, name: &str, what: &str) {
        let place = self.written(name).map_or(name, |it| it.place.as_str());
        let message = format!("{place}: {what}");
        self.context
            .report(Diagnostic::error(code::BAD_SETTING, message));
    }

    /// Reports something about a setting.
    pub(crate) fn report(&self, severity: Severity, name: &str, what: &str) {
        let place = self.written(name).map_or(name, |it| it.place.as_str());
        let message = format!("{place} {what}");
        self.context
            .report(Diagnostic::new(code::SETTING, severity, message));
    }

    /// Every setting with its value, for whoever shows the node's configuration: defaults where
    /// nothing is written.
    pub(crate) fn shown(&self) -> BTreeMap<String, String> {
        let rows = TABLE
            .iter()
            .filter(|row| !row.is_prefix() && row.is_shown());
        let defaults = rows.map(|row| (row.name.to_owned(), self.text(row.name).to_owned()));
        defaults.collect()
    }

    fn report_idle(&self) {
        for (name, written) in &self.values {
            if written.text.is_empty() {
                continue;
            }
            let Some(row) = table::row(name) else {
                self.unknown(name, written);
                continue;
            };
            let place = &written.place;
            let (severity, message) = match row.effect {
                Effect::Works => continue,
                Effect::None(_, _) if written.text == row.default => continue,
                Effect::None(severity, why) => (severity, format!("{place} has no effect: {why}")),
                Effect::Directive => {
                    let (severity, message) = nginx::unmapped(name);
                    (severity, format!("{place} {message}"))
                }
            };
            let finding = Diagnostic::new(code::SETTING, severity, message);
            self.context.report(finding);
        }
    }

    /// Kubernetes and Docker set variables for services that happen to be named `kong...`.
    fn unknown(&self, name: &str, written: &Written) {
        if is_service_link(name) || table::FOREIGN.contains(&name) {
            return;
        }
        let known = TABLE.iter().map(|row| row.name);
        let hint = nearest(name, known.filter(|it| !it.ends_with('*')));
        let message = format!("{} names no setting of Kong", written.place);
        let mut finding = Diagnostic::warning(code::UNKNOWN_SETTING, message);
        if let Some(hint) = hint {
            let named = if written.place.starts_with(PREFIX) {
                format!("{PREFIX}{}", hint.to_ascii_uppercase())
            } else {
                hint.to_owned()
            };
            finding = finding.help(format!("did you mean {named}?"));
        }
        self.context.report(finding);
    }
}

/// The settings that are written anywhere: those of the file, and above them the variables.
fn values(options: &Options, supplies: &Supplies) -> BTreeMap<String, Written> {
    let file = options.kong_conf.as_ref();
    let content = file.and_then(|file| Some((file, supplies.files.get(file)?.as_ref().ok()?)));
    let mut values = match content {
        Some((file, bytes)) => conf::read(file, bytes),
        None => BTreeMap::new(),
    };
    for (variable, text) in &supplies.variables {
        if let Some(name) = variable.strip_prefix(PREFIX) {
            let written = Written {
                text: text.trim().to_owned(),
                place: variable.clone(),
            };
            values.insert(name.to_ascii_lowercase(), written);
        }
    }
    values
}

/// Names and texts of all settings that are written.
pub(crate) fn written(options: &Options, supplies: &Supplies) -> Vec<(String, String)> {
    let values = values(options, supplies).into_iter();
    values.map(|(name, written)| (name, written.text)).collect()
}

/// `KONG_PROXY_SERVICE_HOST`, `KONG_PORT_8000_TCP_ADDR` and the like.
fn is_service_link(name: &str) -> bool {
    let ends = ["_service_host", "_service_port", "_port", "_proto", "_addr"];
    ends.iter().any(|end| name.ends_with(end))
        || name.contains("_service_port_")
        || name.ends_with("_tcp")
        || name.ends_with("_udp")
        || name.starts_with("port_")
        || matches!(name, "service_host" | "service_port" | "port")
}

#[cfg(test)]
mod tests {
    use super::is_service_link;

    #[test]
    fn service_links_are_no_settings() {
        for name in [
            "proxy_service_host",
            "port_8000_tcp_addr",
            "port",
            "admin_port_8001_tcp",
        ] {
            assert!(is_service_link(name), "{name}");
        }
        assert!(!is_service_link("proxy_listne"));
    }
}
