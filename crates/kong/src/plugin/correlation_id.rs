//! `correlation-id`: gives requests an id (`kong/plugins/correlation-id`).

use haleway_blueprint::{CorrelationId, IdGenerator, Step};
use haleway_document::Diagnostic;

use super::{Build, HTTP, Plugin, PluginKind, Scopes};
use crate::code;
use crate::schema::{Check, Field, Record, shape};

const HEADER: &str = "Kong-Request-ID";

pub(super) static KIND: PluginKind = PluginKind {
    name: "correlation-id",
    priority: 100_001,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[],
    build,
    writes,
    doc: "gives requests an id in a header",
};

static FIELDS: &[Field] = &[
    Field::of("header_name", &shape::HEADER_NAME)
        .default(r#""Kong-Request-ID""#)
        .doc("the header"),
    Field::string("generator")
        .required()
        .default(r#""uuid#counter""#)
        .checks(&[Check::OneOf(&["uuid", "uuid#counter", "tracker"])])
        .doc("how ids are made"),
    Field::boolean("echo_downstream")
        .required()
        .default("false")
        .doc("answers carry the id, too"),
];

fn header(config: &Record) -> String {
    config.text("header_name").unwrap_or(HEADER).to_owned()
}

fn writes(config: &Record) -> Vec<String> {
    vec![header(config)]
}

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let generator = match config.text("generator") {
        Some("uuid") => IdGenerator::Uuid,
        Some("tracker") => {
            let message = format!(
                "{}: ids of the generator `tracker` tell the address of the listener, and a number of their own in place of those of the connection and of its requests",
                plugin.place(build.store)
            );
            let place = config.place("generator");
            build.report(Diagnostic::parity(code::PARITY, message).at(place, ""));
            IdGenerator::Tracker
        }
        _ => IdGenerator::UuidCounter,
    };
    vec![Step::CorrelationId(CorrelationId {
        header: header(config),
        generator,
        echo: config.flag("echo_downstream"),
        logged_as: Some("correlation_id".to_owned()),
    })]
}
