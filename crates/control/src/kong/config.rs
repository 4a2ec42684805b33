//! `/config`: the configuration as a whole, read and posted.

mod export;
pub(super) mod fault;
pub(super) mod lua;
mod multipart;
mod place;
mod posted;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use self::posted::{Posted, Unusable};
use super::answer;
use super::kind;
use super::list;
use super::node::Node;
use super::query::Arguments;
use super::view::{self, View};
use crate::answer::Answer;

/// Seconds until a client that came during a load should come again.
const RETRY_AFTER_S: u16 = 1;

/// The hash of a configuration's text, by which it is known again when it is posted again.
#[must_use]
pub fn text_hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `GET /config`: all entities, as a declarative file that can be posted again.
pub(super) fn shown(view: &View) -> Answer {
    answer::ok(&json!({ "config": export::yaml(view) }))
}

/// `POST /config`: loads a configuration in the place of the one that serves.
pub(super) async fn post(
    node: &Node,
    headers: &HeaderMap,
    arguments: &Arguments,
    body: Bytes,
) -> Answer {
    let posted = match Posted::of(headers, &body) {
        Ok(posted) => posted,
        Err(unusable) => return refuse_body(unusable),
    };
    let checks = arguments.value("check_hash") == Some("1") && posted.as_text;
    if checks && text_hash(&posted.text) == node.view().facts().text_hash {
        return answer::empty(StatusCode::NOT_MODIFIED);
    }
    let Some(loading) = node.start_loading() else {
        return busy();
    };
    let reload = node.reload.clone();
    let flatten = arguments.says_yes("flatten_errors");
    // Beside the runtime, what is wrong with a large document included: the API answers meanwhile.
    let load = tokio::task::spawn_blocking(move || {
        let outcome = reload.reload_from(&posted.text);
        let refused = !outcome.accepted;
        refused.then(|| fault::refusal(&posted.text, &outcome, flatten))
    });
    let loaded = load.await;
    drop(loading);
    match loaded {
        Ok(None) => answer::json(StatusCode::CREATED, &entities(&node.view())),
        Ok(Some(refusal)) => answer::json(StatusCode::BAD_REQUEST, &refusal),
        Err(_) => answer::message(
            StatusCode::INTERNAL_SERVER_ERROR,
            "An unexpected error occurred",
        ),
    }
}

fn refuse_body(unusable: Unusable) -> Answer {
    match unusable {
        Unusable::Missing => {
            let message = "expected a declarative configuration";
            answer::message(StatusCode::BAD_REQUEST, message)
        }
        Unusable::NoJson => answer::message(StatusCode::BAD_REQUEST, "Cannot parse JSON body"),
        Unusable::MediaType => {
            answer::message(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type")
        }
        Unusable::NoText => {
            let fields =
                json!({"error": "failed parsing declarative configuration: no UTF-8 text"});
            answer::json(StatusCode::BAD_REQUEST, &fault::invalid(fields))
        }
    }
}

fn busy() -> Answer {
    let message = "Currently loading previous configuration";
    let mut answer = answer::message(StatusCode::TOO_MANY_REQUESTS, message);
    let seconds = HeaderValue::from(RETRY_AFTER_S);
    answer.headers_mut().insert(RETRY_AFTER, seconds);
    answer
}

/// The entities by kind and id.
fn entities(view: &View) -> Json {
    let mut kinds = Map::new();
    for kind in kind::KINDS {
        let entities = view.all(kind).iter();
        let by_id: Map<String, Json> = entities
            .filter_map(|entity| {
                let id = view::id(entity)?.to_owned();
                Some((id, list::shown(view, kind, entity)))
            })
            .collect();
        if !by_id.is_empty() {
            kinds.insert(kind.name.to_owned(), Json::Object(by_id));
        }
    }
    Json::Object(kinds)
}
