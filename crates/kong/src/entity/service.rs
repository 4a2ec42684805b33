//! `services`: what routes lead to.

use haleway_document::{Entry, Key, Node, Value};

use super::{EntityKind, Identity};
use crate::schema::{Check, EntityCheck, Field, Record, shape};

/// The kind.
pub(crate) static KIND: EntityKind = EntityKind {
    name: "services",
    singular: "service",
    fields: FIELDS,
    endpoint_key: Some("name"),
    identity: Identity::Named,
    checks: &[EntityCheck::Rule(protocol_rules)],
    expand: Some(expand),
    complete: None,
    doc: "an upstream application: where its requests go and how",
};

static NONZERO: Field = Field::integer("").checks(&[Check::Between(1.0, 2_147_483_646.0)]);

static FIELDS: &[Field] = &[
    Field::id(),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
    Field::of("name", &shape::NAME),
    Field::integer("retries")
        .default("5")
        .checks(&[Check::Between(0.0, 32_767.0)])
        .doc("tries after the first one"),
    Field::of("protocol", &shape::PROTOCOL)
        .required()
        .default("\"http\""),
    Field::of("host", &shape::HOST)
        .required()
        .doc("the name of an upstream, or a host"),
    Field::of("port", &shape::PORT)
        .required()
        .default("80")
        .doc("not used where `host` names an upstream"),
    Field::of("path", &shape::PATH).doc("stands before the path of every request"),
    Field::of("connect_timeout", &NONZERO).default("60000"),
    Field::of("write_timeout", &NONZERO).default("60000"),
    Field::of("read_timeout", &NONZERO).default("60000"),
    Field::of("tags", &shape::TAGS),
    Field::foreign("client_certificate", "certificates"),
    Field::boolean("tls_verify"),
    Field::integer("tls_verify_depth")
        .checks(&[Check::Between(0.0, 64.0)])
        .idle("chains are verified whatever their length"),
    Field::array("ca_certificates", &shape::UUID),
    Field::boolean("enabled").required().default("true"),
];

/// What may be set for which protocol (Kong: the entity checks of `services`).
fn protocol_rules(service: &Record) -> Vec<(String, String)> {
    let protocol = service.text("protocol").unwrap_or_default();
    let mut found = Vec::new();
    let mut must_be_null = |field: &str| {
        if service.item(field).is_some() {
            found.push((field.to_owned(), "value must be null".to_owned()));
        }
    };
    if matches!(protocol, "tcp" | "tls" | "udp" | "grpc" | "grpcs") {
        must_be_null("path");
    }
    if !matches!(protocol, "https" | "tls" | "grpcs") {
        for field in ["client_certificate", "tls_verify", "ca_certificates"] {
            must_be_null(field);
        }
    }
    found
}

/// `url` in its parts: they stand in place of `protocol`, `host`, `port` and `path`.
fn expand(node: &Node) -> Node {
    let mut node = node.clone();
    let Value::Object(entries) = &mut node.value else {
        return node;
    };
    let at = entries.iter().position(|entry| entry.key.text == "url");
    let Some(url) = at.map(|at| entries.remove(at)) else {
        return node;
    };
    let Some(parts) = url.node.as_str().and_then(parts) else {
        entries.push(url);
        return node;
    };
    let given = [
        ("protocol", Some(Value::String(parts.protocol))),
        ("host", Some(Value::String(parts.host))),
        ("port", Some(Value::Number(parts.port.to_string()))),
        ("path", parts.path.map(Value::String)),
    ];
    for (name, value) in given {
        entries.retain(|entry| entry.key.text != name);
        let Some(value) = value else {
            continue;
        };
        entries.push(Entry {
            key: Key {
                text: name.to_owned(),
                span: url.key.span,
            },
            node: Node {
                value,
                span: url.node.span,
            },
        });
    }
    node
}

struct Parts {
    protocol: String,
    host: String,
    port: u16,
    path: Option<String>,
}

fn parts(url: &str) -> Option<Parts> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let (host, port) = shape::split_port(authority);
    let port = match (port, scheme) {
        (Some(port), _) => port.parse().ok()?,
        (None, "https") => 443,
        (None, _) => 80,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    Some(Parts {
        protocol: scheme.to_owned(),
        host: host.to_owned(),
        port,
        path: (!path.is_empty()).then(|| path.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn urls_come_apart() {
        let shown = |url: &str| {
            parts(url).map(|it| format!("{} {} {} {:?}", it.protocol, it.host, it.port, it.path))
        };
        let cases = [
            ("http://a", "http a 80 None"),
            ("https://a.b/c", "https a.b 443 Some(\"/c\")"),
            ("grpc://a:9000/", "grpc a 9000 Some(\"/\")"),
            ("http://[::1]:80/x?y", "http [::1] 80 Some(\"/x\")"),
        ];
        for (url, expected) in cases {
            assert_eq!(shown(url).as_deref(), Some(expected), "{url}");
        }
        assert_eq!(shown("a/b"), None);
        assert_eq!(shown("http://a:x"), None);
    }
}
