//! Ids of entities that have none: derived, so that the same file gives the same ids, and those of
//! named entities are Kong's (`kong/db/schema/others/declarative_config.lua`).

use sha1::{Digest, Sha1};

/// Under this Kong derives a namespace for each kind.
const ENTITIES: [u8; 16] = [
    0xfd, 0x02, 0x80, 0x1f, 0x09, 0x57, 0x4a, 0x15, 0xa5, 0x5a, 0xc8, 0xd9, 0x60, 0x6f, 0x30, 0xb5,
];

/// Under this Kong numbers the parts of a route.
const ROUTE_PARTS: [u8; 16] = [
    0x7f, 0x14, 0x5b, 0xf9, 0x0d, 0xce, 0x4f, 0x91, 0x98, 0xeb, 0xde, 0xbb, 0xce, 0x4b, 0x9f, 0x6b,
];

/// The id of an entity of this kind with this key.
pub(crate) fn derived(kind: &str, key: &str) -> String {
    text(uuid_v5(uuid_v5(ENTITIES, kind), key))
}

/// The id of the `n`th part of a route, from 1; its own where it has one part only.
pub(crate) fn part(id: &str, n: usize) -> String {
    text(uuid_v5(ROUTE_PARTS, &format!("{id}#{n}")))
}

/// SHA-1 in hexadecimal over a password and its consumer's id, as Kong keeps passwords.
pub(crate) fn password(password: &str, consumer: &str) -> String {
    let hash = Sha1::new()
        .chain_update(password.as_bytes())
        .chain_update(consumer.as_bytes())
        .finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 9562, 5.5.
fn uuid_v5(namespace: [u8; 16], name: &str) -> [u8; 16] {
    let hash = Sha1::new()
        .chain_update(namespace)
        .chain_update(name.as_bytes())
        .finalize();
    let mut uuid = [0; 16];
    for (to, from) in uuid.iter_mut().zip(hash.iter()) {
        *to = *from;
    }
    uuid[6] = uuid[6] & 0x0f | 0x50;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}

fn text(uuid: [u8; 16]) -> String {
    let mut out = String::with_capacity(36);
    for (at, byte) in uuid.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_entities_have_the_ids_that_kong_gives_them() {
        assert_eq!(
            derived("services", "default.httpbin-deployment.80"),
            "41e0df75-8715-5017-b56b-431e70ccd2ff"
        );
    }

    #[test]
    fn passwords_are_salted_with_the_consumer() {
        assert_eq!(password("", ""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(password("abc", ""), password("a", "bc"));
    }
}
