//! Who may be known by a credential, ready to be looked up.

mod password;
mod token;

use std::collections::HashMap;
use std::sync::Arc;

use haleway_blueprint::Consumer;
use http::HeaderValue;

pub(crate) use self::password::Password;
pub(crate) use self::token::{Algorithm, TokenKey, Verdict};

/// A consumer, ready for use by many requests at once.
#[derive(Debug)]
pub struct Known {
    /// As it is configured.
    pub consumer: Consumer,
    /// As endpoints are told of it.
    pub(crate) told: Told,
}

/// What endpoints are told of a consumer; `None` where it has none, or none that can stand in a
/// header.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) id: Option<HeaderValue>,
    pub(crate) username: Option<HeaderValue>,
    pub(crate) custom_id: Option<HeaderValue>,
    /// Its groups with `, ` between them.
    pub(crate) groups: Option<HeaderValue>,
}

/// A credential that somebody has.
#[derive(Debug)]
pub(crate) struct Credential {
    /// Who has it.
    pub(crate) known: Arc<Known>,
    /// Its identity.
    pub(crate) id: Arc<str>,
    /// What endpoints are told of it.
    pub(crate) told: Option<HeaderValue>,
}

/// All consumers, and what they are recognised by. Of several that have the same credential the
/// first counts; a dialect lets no such through.
#[derive(Debug, Default)]
pub struct Consumers {
    by_id: HashMap<String, Arc<Known>>,
    keys: HashMap<Box<[u8]>, Credential>,
    passwords: HashMap<Box<[u8]>, Password>,
    tokens: HashMap<String, TokenKey>,
}

impl Consumers {
    /// Makes the tables of a blueprint's consumers.
    #[must_use]
    pub fn new(consumers: &[Consumer]) -> Self {
        let mut tables = Self::default();
        for consumer in consumers {
            tables.take(consumer);
        }
        tables
    }

    /// The consumer of an id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Arc<Known>> {
        self.by_id.get(id)
    }

    /// The credential of a key.
    pub(crate) fn key(&self, key: &[u8]) -> Option<&Credential> {
        self.keys.get(key)
    }

    /// The password of a name.
    pub(crate) fn password(&self, username: &[u8]) -> Option<&Password> {
        self.passwords.get(username)
    }

    /// What tokens that name this key are checked with.
    pub(crate) fn token(&self, key: &str) -> Option<&TokenKey> {
        self.tokens.get(key)
    }

    fn take(&mut self, consumer: &Consumer) {
        let known = Arc::new(Known::new(consumer.clone()));
        for key in &consumer.keys {
            let credential = Credential::new(&known, &key.id, &key.id);
            let text = key.key.expose().as_bytes();
            self.keys.entry(text.into()).or_insert(credential);
        }
        for stored in &consumer.passwords {
            let credential = Credential::new(&known, &stored.id, &stored.username);
            let password = Password::new(&stored.password, credential);
            let username = stored.username.as_bytes();
            self.passwords.entry(username.into()).or_insert(password);
        }
        for stored in &consumer.tokens {
            let credential = Credential::new(&known, &stored.id, &stored.key);
            let key = TokenKey::new(stored, credential);
            self.tokens.entry(stored.key.clone()).or_insert(key);
        }
        self.by_id.entry(consumer.id.clone()).or_insert(known);
    }
}

impl Known {
    fn new(consumer: Consumer) -> Self {
        let told = Told {
            id: told(&consumer.id),
            username: consumer.username.as_deref().and_then(told),
            custom_id: consumer.custom_id.as_deref().and_then(told),
            groups: told(&consumer.groups.join(", ")),
        };
        Self { consumer, told }
    }
}

impl Credential {
    fn new(known: &Arc<Known>, id: &str, shown: &str) -> Self {
        Self {
            known: Arc::clone(known),
            id: id.into(),
            told: told(shown),
        }
    }
}

fn told(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_bytes(text.as_bytes()).ok()
}
