//! Describes the request to its sender (KrakenD 2.2.5, `/__echo/`).

use std::collections::BTreeMap;
use std::time::Duration;

use haleway_compose::{Json, Object, encode_json};
use http::Response;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;

use crate::body::Body;
use crate::call::RequestBody;
use crate::client::host_value;
use crate::fault::Fault;
use crate::gotext::{canonical_header_name, parse_query};

/// Bytes of the body that are described.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Time in which the body must come.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// Describes the request: its target, method, query, body and headers.
pub(super) async fn echo(head: &Parts, mut body: RequestBody) -> Response<Body> {
    let holding = tokio::time::timeout(BODY_TIME_MAX, body.hold(BODY_BYTES_MAX)).await;
    let held = match holding.unwrap_or_else(|_| Err(Fault::timeout())) {
        Ok(()) => body.held(),
        Err(fault) => return crate::plain::plain(http::StatusCode::BAD_REQUEST, fault.text),
    };
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let query = head.uri.query().unwrap_or_default();
    let host = host_value(head);
    let host = host
        .as_ref()
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let details = [
        ("fragment", ""),
        ("host", host),
        ("path", head.uri.path()),
        ("query", query),
        ("user", ""),
    ];
    let fields = [
        ("req_uri", text(target)),
        (
            "req_uri_details",
            object(details.map(|(name, value)| (name, text(value)))),
        ),
        ("req_method", text(head.method.as_str())),
        ("req_querystring", lists(query_values(query))),
        ("req_body", text(&String::from_utf8_lossy(&held))),
        ("req_headers", lists(header_values(head))),
    ];
    // The keys stand in this order, not sorted, as in the original.
    let mut out = vec![b'{'];
    for (index, (name, value)) in fields.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        encode_json(&text(name), &mut out);
        out.push(b':');
        encode_json(&value, &mut out);
    }
    out.push(b'}');
    let mut answer = Response::new(Body::full(out));
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}

fn text(value: &str) -> Json {
    Json::String(value.to_owned().into())
}

fn object<const N: usize>(fields: [(&'static str, Json); N]) -> Json {
    let mut object = Object::new();
    for (name, value) in fields {
        object.insert(name, value);
    }
    Json::Object(object)
}

type Values = BTreeMap<String, Vec<Json>>;

fn lists(values: Values) -> Json {
    let mut object = Object::new();
    for (name, list) in values {
        object.insert(name, Json::Array(list));
    }
    Json::Object(object)
}

fn query_values(query: &str) -> Values {
    let mut values = Values::new();
    for (name, value) in parse_query(query) {
        let name = String::from_utf8_lossy(&name).into_owned();
        values
            .entry(name)
            .or_default()
            .push(text(&String::from_utf8_lossy(&value)));
    }
    values
}

fn header_values(head: &Parts) -> Values {
    let mut values = Values::new();
    for (name, value) in head
        .headers
        .iter()
        .filter(|(name, _)| *name != http::header::HOST)
    {
        let name = canonical_header_name(name.as_str());
        let value = text(&String::from_utf8_lossy(value.as_bytes()));
        values.entry(name).or_default().push(value);
    }
    values
}
