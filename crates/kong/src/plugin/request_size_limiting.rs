//! `request-size-limiting`: refuses large bodies (`kong/plugins/request-size-limiting`).

use haleway_blueprint::{BodySizeLimit, Refusal, Step};

use super::{Build, HTTP, Plugin, PluginKind, Scopes, no_names};
use crate::schema::{Check, Field};

/// Megabytes that a body may have where the document says null.
const SIZE: i64 = 128;

pub(super) static KIND: PluginKind = PluginKind {
    name: "request-size-limiting",
    priority: 951,
    version: "3.9.3",
    protocols: HTTP,
    scopes: Scopes::ALL,
    fields: FIELDS,
    checks: &[],
    build,
    writes: no_names,
    doc: "refuses requests with large bodies",
};

static FIELDS: &[Field] = &[
    Field::integer("allowed_payload_size")
        .default("128")
        .doc("size that a body may have"),
    Field::string("size_unit")
        .required()
        .default(r#""megabytes""#)
        .checks(&[Check::OneOf(&["megabytes", "kilobytes", "bytes"])])
        .doc("what the size counts; multiples of 1024"),
    Field::boolean("require_content_length")
        .required()
        .default("false")
        .doc("refuses requests that tell no length and are not chunked"),
];

fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
    let config = plugin.config;
    let size = config.integer("allowed_payload_size").unwrap_or(SIZE);
    let unit: u64 = match config.text("size_unit") {
        Some("bytes") => 1,
        Some("kilobytes") => 1 << 10,
        _ => 1 << 20,
    };
    let size = u64::try_from(size).unwrap_or(0);
    let message = "Request size limit exceeded";
    let required = config.flag("require_content_length");
    let length_required =
        required.then(|| Refusal::new(411, "A valid Content-Length header is required"));
    vec![Step::BodySizeLimit(BodySizeLimit {
        bytes_max: size.saturating_mul(unit),
        too_large: Refusal::new(413, message),
        too_large_expected: Refusal::new(417, message),
        length_required,
        origin: build.origin(config.span),
    })]
}
