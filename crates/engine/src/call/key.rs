//! What of a request chooses its endpoint: the hashed key, or the cookie that names one.
//!
//! Inputs and fallbacks are those of Kong 3 (`kong/runloop/balancer/init.lua`, `create_hash`).

use std::borrow::Cow;

use haleway_blueprint::{Balance, HashInput};
use haleway_steps::Captures;
use http::header::{COOKIE, HeaderValue};

use crate::client::Client;
use crate::gotext::parse_query;
use crate::random::random;

/// What of a request chooses its endpoint.
#[derive(Default)]
pub(super) struct Key<'a> {
    pub(super) hashed: Option<Cow<'a, [u8]>>,
    pub(super) sticky: Option<&'a str>,
}

impl<'a> Key<'a> {
    /// The key of a request under a balance. A cookie that is missing is made and given to the
    /// client with the answer.
    pub(super) fn of(balance: &Balance, client: &Client<'a>) -> Self {
        match balance {
            Balance::Hash(hash) => {
                let hashed = input(&hash.on, client).or_else(|| input(&hash.fallback, client));
                Self {
                    hashed,
                    sticky: None,
                }
            }
            Balance::Sticky(sticky) => Self {
                hashed: None,
                sticky: cookie(client, &sticky.cookie),
            },
            _ => Self::default(),
        }
    }
}

fn input<'a>(input: &HashInput, client: &Client<'a>) -> Option<Cow<'a, [u8]>> {
    let text = |text: &'a str| Cow::Borrowed(text.as_bytes());
    match input {
        HashInput::Nothing => None,
        HashInput::Consumer => {
            let consumer = client.notes.consumer.as_ref();
            let id = consumer.map(|known| known.consumer.id.as_str());
            id.or(client.notes.credential.as_deref()).map(text)
        }
        HashInput::ClientAddress => Some(Cow::Owned(client.address.to_string().into_bytes())),
        HashInput::Header(name) => header(client, name),
        HashInput::Cookie { name, path } => Some(match cookie(client, name) {
            Some(value) => text(value),
            None => {
                let value = uuid();
                client.visit.set_cookie(&hash_cookie(name, &value, path));
                Cow::Owned(value.into_bytes())
            }
        }),
        HashInput::Path => Some(text(client.path)),
        HashInput::QueryArgument(name) => argument(client, name),
        HashInput::PathCapture(group) => client.place.capture(group).map(text),
    }
}

/// All values of a header, as nginx joins them.
fn header<'a>(client: &Client<'a>, name: &str) -> Option<Cow<'a, [u8]>> {
    let mut values = client.head.headers.get_all(name).iter();
    let first = values.next()?.as_bytes();
    let mut joined = Cow::Borrowed(first);
    for value in values {
        let joined = joined.to_mut();
        joined.extend_from_slice(b", ");
        joined.extend_from_slice(value.as_bytes());
    }
    Some(joined)
}

/// All values of an argument, sorted; one without a value counts as `true`.
fn argument<'a>(client: &Client<'a>, name: &str) -> Option<Cow<'a, [u8]>> {
    let query = client.head.uri.query()?;
    let pairs = parse_query(query);
    let valued = |name: &str| {
        query
            .split('&')
            .any(|pair| pair.starts_with(&format!("{name}=")))
    };
    let mut values: Vec<Vec<u8>> = pairs
        .iter()
        .filter(|(known, _)| **known == *name.as_bytes())
        .map(|(_, value)| match value.is_empty() && !valued(name) {
            true => b"true".to_vec(),
            false => value.to_vec(),
        })
        .collect();
    values.sort();
    (!values.is_empty()).then(|| Cow::Owned(values.join(&b',')))
}

fn cookie<'a>(client: &Client<'a>, name: &str) -> Option<&'a str> {
    let cookies = client.head.headers.get_all(COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs.find_map(|pair| {
        let (known, value) = pair.trim().split_once('=')?;
        (known == name).then_some(value)
    })
}

/// The attribute `Same-Site` is misspelt in Kong 3, too.
fn hash_cookie(name: &str, value: &str, path: &str) -> String {
    format!("{name}={value}; Path={path}; Same-Site=Lax; HttpOnly")
}

/// The cookie that names an endpoint from now on.
pub(super) fn sticky_cookie(balance: &Balance, value: &str) -> Option<String> {
    match balance {
        Balance::Sticky(sticky) => Some(hash_cookie(&sticky.cookie, value, &sticky.path)),
        _ => None,
    }
}

/// A random UUID (RFC 9562, version 4).
fn uuid() -> String {
    let high = random() & 0xffff_ffff_ffff_0fff | 0x4000;
    let low = random() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
    let (high, low) = (format!("{high:016x}"), format!("{low:016x}"));
    let parts = [&high[..8], &high[8..12], &high[12..], &low[..4], &low[4..]];
    parts.join("-")
}

impl crate::visit::Visit {
    /// The client is to carry a cookie from now on.
    pub(super) fn set_cookie(&self, text: &str) {
        if let Ok(value) = HeaderValue::from_str(text) {
            self.cookies.borrow_mut().push(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn a_uuid_says_that_it_is_random() {
        let uuid = uuid();
        let parts: Vec<&str> = uuid.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert!(parts[2].starts_with('4'), "{uuid}");
        assert!(parts[3].starts_with(['8', '9', 'a', 'b']), "{uuid}");
    }
}
