//! `certificates`, the `snis` that choose among them, and `ca_certificates`.

use super::{EntityKind, Identity};
use crate::schema::{Check, EntityCheck, Field, shape};

/// Certificates with their keys.
pub(crate) static KIND: EntityKind = EntityKind {
    name: "certificates",
    singular: "certificate",
    fields: FIELDS,
    endpoint_key: None,
    identity: Identity::Place,
    checks: &[EntityCheck::AllOrNone(&["cert_alt", "key_alt"])],
    expand: None,
    complete: None,
    doc: "a certificate with its key, for listeners and towards services",
};

/// Names in the TLS handshake.
pub(crate) static SNI_KIND: EntityKind = EntityKind {
    name: "snis",
    singular: "sni",
    fields: SNI_FIELDS,
    endpoint_key: Some("name"),
    identity: Identity::Named,
    checks: &[],
    expand: None,
    complete: None,
    doc: "a name in the TLS handshake and its certificate",
};

/// Authorities that certificates of services are checked against.
pub(crate) static CA_KIND: EntityKind = EntityKind {
    name: "ca_certificates",
    singular: "CA certificate",
    fields: CA_FIELDS,
    endpoint_key: None,
    identity: Identity::Place,
    checks: &[],
    expand: None,
    complete: None,
    doc: "an authority that certificates of services are checked against",
};

static PEM: Field = Field::string("")
    .referenceable()
    .checks(&[Check::Text(certificate)]);
static KEY: Field = Field::string("")
    .referenceable()
    .checks(&[Check::Text(private_key)]);

static FIELDS: &[Field] = &[
    Field::id(),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
    Field::of("cert", &PEM).required(),
    Field::of("key", &KEY).required(),
    Field::of("cert_alt", &PEM).idle("the first certificate serves all clients"),
    Field::of("key_alt", &KEY),
    Field::of("tags", &shape::TAGS),
];

static SNI_FIELDS: &[Field] = &[
    Field::id(),
    Field::string("name")
        .required()
        .unique()
        .checks(&[Check::Text(server_name)]),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
    Field::of("tags", &shape::TAGS),
    Field::foreign("certificate", "certificates").required(),
];

static CA_FIELDS: &[Field] = &[
    Field::id(),
    Field::of("created_at", &shape::TIME),
    Field::of("updated_at", &shape::TIME),
    Field::string("cert")
        .required()
        .checks(&[Check::Text(certificate)]),
    Field::string("cert_digest").unique(),
    Field::of("tags", &shape::TAGS),
];

fn certificate(text: &str) -> Result<(), String> {
    if text.contains("-----BEGIN CERTIFICATE-----") {
        return Ok(());
    }
    Err("invalid certificate: no PEM block of a certificate".to_owned())
}

fn private_key(text: &str) -> Result<(), String> {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Ok(());
    }
    Err("invalid key: no PEM block of a private key".to_owned())
}

/// A name, which one `*` may begin or end, or be.
fn server_name(text: &str) -> Result<(), String> {
    match text.matches('*').count() {
        0 => shape::host_name(text),
        1 if text.starts_with('*') || text.ends_with('*') => {
            shape::host_name(&text.replace('*', "wildcard"))
        }
        1 => Err("wildcard must be leftmost or rightmost character".to_owned()),
        _ => Err("only one wildcard must be specified".to_owned()),
    }
}
