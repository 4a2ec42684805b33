//! `request-termination`: answers in place of the upstream (`kong/plugins/request-termination`).

use haleway_blueprint::{Step, Terminate, TerminateContent};

use super::{Build, HTTP, Plugin, PluginKind, Scopes, no_names};
use crate::schema::{Check, EntityCheck, Field, ITSELF, Record, shape};

/// Bytes of a body that is echoed.
const ECHO_BYTES_MAX: usize = 1 << 20;

pub(super) static KIND: PluginKind = PluginKind {
    name: "request-termination",
    priority: 2,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[EntityCheck::Rule(what_fits_together)],
    build,
    writes: no_names,
    doc: "answers in place of the upstream",
};

static FIELDS: &[Field] = &[
    Field::integer("status_code")
        .required()
        .default("503")
        .checks(&[Check::Between(100.0, 599.0)])
        .doc("status of the answer"),
    Field::string("message").doc("what is said, in a JSON object; a usual text for some statuses"),
    Field::string("content_type").doc("content type of `body`"),
    Field::string("body").doc("the body as it is"),
    Field::boolean("echo")
        .required()
        .default("false")
        .approximated(
            "the answer describes the request, but not the node, the route and the service; a body above 1 MiB is answered with 413",
        )
        .doc("describes the request in the answer"),
    Field::of("trigger", &shape::HEADER_NAME)
        .doc("answers only requests with a header or a query parameter of this name"),
];

fn what_fits_together(config: &Record) -> Vec<(String, String)> {
    let set = |field: &str| config.item(field).is_some();
    let text = if set("message") && (set("content_type") || set("body")) {
        "message cannot be used with content_type or body"
    } else if set("content_type") && !set("body") {
        "content_type requires a body"
    } else if config.flag("echo") && (set("content_type") || set("body")) {
        "echo cannot be used with content_type and body"
    } else {
        return Vec::new();
    };
    vec![(ITSELF.to_owned(), text.to_owned())]
}

fn build(plugin: &Plugin<'_>, _: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let status = config.integer("status_code").unwrap_or(503);
    let text = |field| config.text(field).map(str::to_owned);
    let message = text("message").or_else(|| usual(status).map(str::to_owned));
    let content = if config.flag("echo") {
        TerminateContent::Echo {
            message,
            body_bytes_max: ECHO_BYTES_MAX,
        }
    } else if let Some(body) = text("body") {
        TerminateContent::Text {
            content_type: text("content_type"),
            text: body,
        }
    } else {
        message.map_or(TerminateContent::Nothing, TerminateContent::Message)
    };
    vec![Step::Terminate(Terminate {
        status: u16::try_from(status).unwrap_or(503),
        content,
        trigger: text("trigger"),
    })]
}

/// What is said with a status where nothing else is.
fn usual(status: i64) -> Option<&'static str> {
    Some(match status {
        401 => "Unauthorized",
        404 => "Not found",
        405 => "Method not allowed",
        500 => "An unexpected error occurred",
        502 => "Bad Gateway",
        503 => "Service unavailable",
        _ => return None,
    })
}
