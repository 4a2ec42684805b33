//! `proxy`: how an endpoint calls its backends, and what is made of a backend's data.

use haleway_blueprint::{Fill, FillWhen, FlatmapOp, JsonText};
use haleway_document::{Diagnostic, Node, Severity, Span};

use super::flatmap;
use crate::code;
use crate::context::Context;
use crate::duration::Duration;
use crate::json;
use crate::key::{Key, idle, key, near};
use crate::reader::{Reader, Strictness};

/// Keys in an endpoint.
pub(crate) static ENDPOINT_KEYS: &[Key] = &[
    key("sequential"),
    near(
        "strategy",
        "of KrakenD 3.0: `sequential` does what `\"sequential\": true` does",
    ),
    idle(
        "sequential_propagated_params",
        Severity::Note,
        "only scripts and expressions see propagated values",
    ),
    key("static"),
    key("flatmap_filter"),
    key("combiner"),
    idle(
        "force_sandboxed_request",
        Severity::Note,
        "backends never share a request here",
    ),
];

/// Keys in a backend.
pub(crate) static BACKEND_KEYS: &[Key] =
    &[key("shadow"), key("shadow_timeout"), key("flatmap_filter")];

/// Keys of `static`.
pub(crate) static STATIC_KEYS: &[Key] = &[key("data"), key("strategy")];

/// `proxy` in an endpoint.
#[derive(Default)]
pub(crate) struct EndpointProxy {
    pub(crate) sequential: bool,
    /// Fixed data, and where it stands.
    pub(crate) fill: Option<(Fill, Span)>,
    /// Operations on the merged data, and where they stand.
    pub(crate) flatmap: Option<(Vec<FlatmapOp>, Span)>,
}

impl EndpointProxy {
    /// Reads the block, or gives the defaults.
    pub(crate) fn read(context: &Context<'_>, node: Option<&Node>, place: &str) -> Self {
        let reader = node
            .and_then(|node| Reader::new(context, node, ENDPOINT_KEYS, place, Strictness::Ignores));
        let Some(reader) = reader else {
            return Self::default();
        };
        let by_strategy = choice(&reader, "strategy", &["parallel", "sequential"]);
        choice(&reader, "combiner", &["default"]);
        let operations = flatmap::read(context, reader.items("flatmap_filter"), place);
        let span = reader.key_span("flatmap_filter");
        let proxy = Self {
            sequential: reader.flag("sequential") || by_strategy == Some("sequential"),
            fill: reader
                .node("static")
                .and_then(|node| fill(context, node, place)),
            flatmap: span
                .filter(|_| !operations.is_empty())
                .map(|span| (operations, span)),
        };
        reader.finish();
        proxy
    }
}

/// `proxy` in a backend.
#[derive(Default)]
pub(crate) struct BackendProxy {
    pub(crate) shadow: bool,
    pub(crate) shadow_timeout: Option<Duration>,
    pub(crate) flatmap: Vec<FlatmapOp>,
}

impl BackendProxy {
    /// Reads the block, or gives the defaults.
    pub(crate) fn read(context: &Context<'_>, node: Option<&Node>, place: &str) -> Self {
        let reader = node
            .and_then(|node| Reader::new(context, node, BACKEND_KEYS, place, Strictness::Ignores));
        let Some(reader) = reader else {
            return Self::default();
        };
        let proxy = Self {
            shadow: reader.flag("shadow"),
            shadow_timeout: reader.duration("shadow_timeout"),
            flatmap: flatmap::read(context, reader.items("flatmap_filter"), place),
        };
        reader.finish();
        proxy
    }
}

const STRATEGIES: &[&str] = &["always", "success", "errored", "complete", "incomplete"];

fn fill(context: &Context<'_>, node: &Node, place: &str) -> Option<(Fill, Span)> {
    let place = format!("{place}, static");
    let reader = Reader::new(context, node, STATIC_KEYS, place, Strictness::Ignores)?;
    let when = match choice(&reader, "strategy", STRATEGIES) {
        Some("success") => FillWhen::Success,
        Some("errored") => FillWhen::Errored,
        Some("complete") => FillWhen::Complete,
        Some("incomplete") => FillWhen::Incomplete,
        _ => FillWhen::Always,
    };
    let data = reader.node("data");
    let fill = match data {
        Some(data) if data.as_object().is_some() => {
            let text = json::text(data).and_then(|text| JsonText::new(text).ok());
            if text.is_none() {
                let message = reader.says("`data` is nested too deeply and is left out");
                context.report(Diagnostic::warning(code::TOO_DEEP, message).at(data.span, ""));
            }
            text.map(|data| (Fill { data, when }, node.span))
        }
        _ => {
            reader.wrong_type(data.unwrap_or(node), "data", "an object");
            None
        }
    };
    reader.finish();
    fill
}

/// One of several words; where it is another one, the first of them serves.
fn choice(reader: &Reader<'_>, key: &str, words: &[&'static str]) -> Option<&'static str> {
    reader.one_of(key, words, words[0], |one, other| one == other)
}
