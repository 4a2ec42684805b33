//! Headers that belong to one connection and never pass through (RFC 9110, 7.6.1).

use http::Version;
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};

/// What may pass of one message.
pub(crate) struct Hop<'a> {
    /// The message, where its `Connection` names further headers.
    naming: Option<&'a HeaderMap>,
}

impl<'a> Hop<'a> {
    /// Reads what the message says of its own connection.
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        Self {
            naming: headers.contains_key(CONNECTION).then_some(headers),
        }
    }

    /// Of a request whose named headers were taken away when it came.
    pub(crate) fn of_request() -> Self {
        Self { naming: None }
    }

    /// Whether a header may pass to the next hop: it is neither a hop-by-hop header nor named by
    /// the message's own `Connection`. `Expect` does not pass either: it is answered here.
    pub(crate) fn passes(&self, name: &HeaderName) -> bool {
        if is_hop_by_hop(name) || *name == EXPECT {
            return false;
        }
        self.naming.is_none_or(|headers| {
            !headers
                .get_all(CONNECTION)
                .iter()
                .any(|value| names(value, name.as_str()))
        })
    }
}

fn is_hop_by_hop(name: &HeaderName) -> bool {
    [
        CONNECTION,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
    ]
    .contains(name)
        || matches!(name.as_str(), "keep-alive" | "proxy-connection")
}

fn names(value: &HeaderValue, token: &str) -> bool {
    let mut tokens = value.as_bytes().split(|byte| *byte == b',');
    tokens.any(|one| one.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

/// Whether a client's connection stays after this request, as far as the request says (RFC 9112,
/// 9.3).
pub(crate) fn stays(version: Version, headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONNECTION).iter();
    match version {
        Version::HTTP_11 => !values.any(|value| names(value, "close")),
        _ => values.any(|value| names(value, "keep-alive")),
    }
}

/// Whether a client asks for another protocol on its connection. HTTP/1.0 has no such thing, and
/// HTTP/2 in disguise would carry requests past everything that looks at requests.
pub(crate) fn asks_upgrade(version: Version, headers: &HeaderMap) -> bool {
    let protocol = headers.get(UPGRADE).filter(|_| version == Version::HTTP_11);
    protocol.is_some_and(|it| !names(it, "h2c"))
        && headers
            .get_all(CONNECTION)
            .iter()
            .any(|value| names(value, "upgrade"))
}

/// Takes away what the client's `Connection` names: before any step has put something there under
/// the same name, which a client must not be able to take away.
pub(crate) fn strip_named(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|token| HeaderName::from_bytes(token.trim_ascii()).ok())
        .filter(|name| ![CONNECTION, UPGRADE, TE, HOST].contains(name))
        .filter(|name| ![CONTENT_LENGTH, TRANSFER_ENCODING].contains(name))
        .collect();
    for name in named {
        headers.remove(name);
    }
}

/// Asks for the protocol that the other side asked for.
pub(crate) fn copy_upgrade(from: &HeaderMap, to: &mut HeaderMap) {
    if let Some(protocol) = from.get(UPGRADE) {
        to.insert(UPGRADE, protocol.clone());
        to.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    }
}
