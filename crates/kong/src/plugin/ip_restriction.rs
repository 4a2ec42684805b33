//! `ip-restriction`: lets clients pass by their address (`kong/plugins/ip-restriction`).

use haleway_blueprint::{AddressFilter, AddressRange, Refusal, Step};
use haleway_document::Diagnostic;

use super::{Build, Plugin, PluginKind, Scopes, no_names};
use crate::code;
use crate::schema::{EntityCheck, Field, Record, shape};

/// The protocols that it may be set for; it stands in streams, too.
const PROTOCOLS: &[&str] = &["grpc", "grpcs", "http", "https", "tcp", "tls"];

const STATUS: u16 = 403;

pub(super) static KIND: PluginKind = PluginKind {
    name: "ip-restriction",
    priority: 990,
    version: "3.9.3",
    protocols: PROTOCOLS,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[EntityCheck::Rule(any_of_two)],
    build,
    writes: no_names,
    doc: "lets clients pass, or not, by their address",
};

static FIELDS: &[Field] = &[
    Field::array("allow", &shape::IP_OR_CIDR).doc("networks that pass; all others are refused"),
    Field::array("deny", &shape::IP_OR_CIDR).doc("networks that are refused"),
    Field::number("status").doc("status of a refusal; 403 where nothing is said"),
    Field::string("message").doc("what is said to clients that are refused"),
];

fn any_of_two(config: &Record) -> Vec<(String, String)> {
    let filled = |field: &&str| !config.items(field).is_empty();
    if ["allow", "deny"].iter().any(filled) {
        return Vec::new();
    }
    let text = "at least one of these fields must be non-empty: 'config.allow', 'config.deny'";
    vec![(String::new(), text.to_owned())]
}

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let ranges = |field| -> Vec<AddressRange> {
        let texts = config.texts(field).into_iter();
        texts.filter_map(AddressRange::parse).collect()
    };
    let message = config.text("message");
    let message = message.unwrap_or("Your IP address is not allowed");
    vec![Step::AddressFilter(AddressFilter {
        allow: ranges("allow"),
        deny: ranges("deny"),
        refused: Refusal::new(status(plugin, build), message),
        origin: build.origin(config.span),
    })]
}

fn status(plugin: &Plugin<'_>, build: &Build<'_>) -> u16 {
    let Some(written) = plugin.config.number("status") else {
        return STATUS;
    };
    if written.fract() == 0.0 && (100.0..=599.0).contains(&written) {
        return written as u16;
    }
    let message = format!(
        "{}: `config.status` {written} is no status that Kong can answer with; {STATUS} is used, \
         where Kong answers 500",
        plugin.place(build.store)
    );
    let place = plugin.config.place("status");
    build.report(Diagnostic::parity(code::PARITY, message).at(place, ""));
    STATUS
}
