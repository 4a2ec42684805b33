//! Configurations of KrakenD, version 3.

use serde_json::{Value, json};

use super::Upstream;

/// A service with these endpoints that shows the texts of errors.
pub(crate) fn service(endpoints: &[Value]) -> String {
    let router = json!({"return_error_msg": true});
    json!({
        "version": 3,
        "timeout": "10s",
        "endpoints": endpoints,
        "extra_config": {"router": router},
    })
    .to_string()
}

/// `/x`, passed to `/x` of an upstream with all headers and the whole query.
pub(crate) fn no_op(method: &str, upstream: &Upstream) -> Value {
    json!({
        "endpoint": "/x",
        "method": method,
        "output_encoding": "no-op",
        "input_headers": ["*"],
        "input_query_strings": ["*"],
        "backend": [{
            "url_pattern": "/x",
            "method": method,
            "encoding": "no-op",
            "host": [upstream.host()],
        }],
    })
}

/// An endpoint that merges these backends.
pub(crate) fn merging(path: &str, backends: &[Value]) -> Value {
    json!({"endpoint": path, "backend": backends})
}

/// A backend at a path of an upstream.
pub(crate) fn backend(upstream: &Upstream, path: &str) -> Value {
    json!({"url_pattern": path, "host": [upstream.host()]})
}

/// One object with the members of both; those of the second win.
pub(crate) fn with(mut object: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        object[key] = value.clone();
    }
    object
}
