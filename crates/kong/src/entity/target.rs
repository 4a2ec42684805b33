//! `targets`: addresses and names behind an upstream.

use std::net::IpAddr;

use super::{EntityKind, Identity};
use crate::schema::{Check, Datum, Field, Record, shape};

/// The kind.
pub(crate) static KIND: EntityKind = EntityKind {
    name: "targets",
    singular: "target",
    fields: FIELDS,
    endpoint_key: Some("target"),
    identity: Identity::Fields(&["upstream", "target"]),
    checks: &[],
    expand: None,
    complete: Some(complete),
    doc: "an address or a name behind an upstream",
};

/// The port where none is written.
const PORT: u16 = 8000;

static FIELDS: &[Field] = &[
    Field::id(),
    Field::number("created_at").auto(),
    Field::number("updated_at").auto(),
    Field::foreign("upstream", "upstreams").required(),
    Field::string("target")
        .required()
        .checks(&[Check::Text(target)])
        .doc("host and port; 8000 where none is written"),
    Field::integer("weight")
        .default("100")
        .checks(&[Check::Between(0.0, 65_535.0)])
        .doc("of each address of a name; 0 gets nothing"),
    Field::of("tags", &shape::TAGS),
];

/// Host and port of a target.
pub(crate) fn host_and_port(target: &str) -> Option<(String, u16)> {
    let (host, port) = shape::split_port(target);
    let port = match port {
        Some(port) => port.parse().ok()?,
        None => PORT,
    };
    match shape::address(host) {
        Some(address) => Some((address.to_string(), port)),
        None if shape::is_host_name(host) => Some((host.to_owned(), port)),
        None => None,
    }
}

fn target(text: &str) -> Result<(), String> {
    match host_and_port(text) {
        Some(_) => Ok(()),
        None => Err(format!(
            "Invalid target ('{text}'); not a valid hostname or ip address"
        )),
    }
}

/// Targets are kept with their port, IPv6 addresses written out and in brackets, as Kong keeps
/// them.
fn complete(record: &mut Record) {
    let Some((host, port)) = record.text("target").and_then(host_and_port) else {
        return;
    };
    record.set("target", Datum::Text(format!("{}:{port}", shown(&host))));
}

fn shown(host: &str) -> String {
    match host.parse() {
        Ok(IpAddr::V6(address)) => {
            let groups = address.segments().map(|group| format!("{group:04x}"));
            format!("[{}]", groups.join(":"))
        }
        _ => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_get_their_port() {
        let cases = [
            ("a.b", Some(("a.b", 8000))),
            ("10.0.0.1:80", Some(("10.0.0.1", 80))),
            ("[::1]:80", Some(("::1", 80))),
            ("::1", Some(("::1", 8000))),
            ("a b", None),
            ("a:70000", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = host_and_port(text);
            let expected = expected.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(shown("::1"), "[0000:0000:0000:0000:0000:0000:0000:0001]");
    }
}
