//! Whether a document is KrakenD's, and what it needs beside itself.

use haleway_blueprint::Wants;
use haleway_document::{Node, Value};

use crate::environment::PREFIX;
use crate::transport::HTTP_PROXY_VARIABLES;

/// Whether a document looks like KrakenD's: an object with `version`, `endpoints` or KrakenD's
/// `$schema`, and without the marks of Kong, Kubernetes, Kuma, Compose files or an overlay.
#[must_use]
pub fn detects(root: &Node) -> bool {
    if root.as_object().is_none() {
        return false;
    }
    let has = |key: &str| root.get(key).is_some();
    let foreign = has("_format_version")
        || has("kind")
        || has("apiVersion")
        || has("services")
        || has("haleway")
        || (has("type") && (has("mesh") || has("name")) && !has("endpoints"));
    let schema = root
        .get("$schema")
        .and_then(Node::as_str)
        .is_some_and(|it| it.contains("krakend"));
    !foreign && (has("version") || schema || root.get("endpoints").is_some_and(is_list))
}

fn is_list(node: &Node) -> bool {
    node.as_array().is_some()
}

/// The files and variables that a document names.
#[must_use]
pub fn wants(root: &Node) -> Wants {
    let mut wants = Wants::default();
    wants.variable_prefixes.insert(PREFIX.to_owned());
    wants
        .variables
        .extend(HTTP_PROXY_VARIABLES.iter().map(|name| (*name).to_owned()));
    let mut want = |node: Option<&Node>| {
        wants.files.extend(
            node.and_then(Node::as_str)
                .filter(|it| !it.is_empty())
                .map(str::to_owned),
        );
    };
    if let Some(tls) = root.get("tls") {
        want(tls.get("public_key"));
        want(tls.get("private_key"));
        for pair in list(tls.get("keys")) {
            want(pair.get("public_key"));
            want(pair.get("private_key"));
        }
        list(tls.get("ca_certs"))
            .iter()
            .for_each(|it| want(Some(it)));
    }
    if let Some(client) = root.get("client_tls") {
        list(client.get("ca_certs"))
            .iter()
            .for_each(|it| want(Some(it)));
        for pair in list(client.get("client_certs")) {
            want(pair.get("certificate"));
            want(pair.get("private_key"));
        }
    }
    wants
}

/// The items of a list; one value counts as a list of one, as KrakenD reads it.
fn list(node: Option<&Node>) -> &[Node] {
    match node {
        Some(Node {
            value: Value::Array(items),
            ..
        }) => items,
        Some(node) => std::slice::from_ref(node),
        None => &[],
    }
}
