//! Who may be known by a credential.

use serde::{Deserialize, Serialize};

use crate::{Origin, Secret};

/// Someone who sends requests and may be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// Identity: unique and stable over reloads.
    pub id: String,
    /// Name, where there is one.
    pub username: Option<String>,
    /// The name that another system gives it.
    pub custom_id: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Groups that it belongs to.
    pub groups: Vec<String>,
    /// Keys that it shows.
    pub keys: Vec<KeyCredential>,
    /// Names and passwords that it shows.
    pub passwords: Vec<BasicCredential>,
    /// What its signed tokens are checked with.
    pub tokens: Vec<JwtCredential>,
    /// Who asked for it.
    pub origin: Origin,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCredential {
    /// Identity of the credential.
    pub id: String,
    /// The key.
    pub key: Secret,
}

/// A name and a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasicCredential {
    /// Identity of the credential.
    pub id: String,
    /// The name.
    pub username: String,
    /// The password.
    pub password: StoredPassword,
}

/// A password as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredPassword {
    /// The password itself.
    Plain(Secret),
    /// SHA-1 over the password and the consumer's id behind it, in hexadecimal (Kong's
    /// `basicauth_credentials` with `_transform: false`).
    Sha1WithConsumer(Secret),
}

/// What signed tokens are checked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwtCredential {
    /// Identity of the credential.
    pub id: String,
    /// The claim's value that names it, usually of `iss`.
    pub key: String,
    /// `HS256`, `RS256`, `ES256`, ...
    pub algorithm: String,
    /// The shared secret, for HMAC.
    pub secret: Option<Secret>,
    /// The public key in PEM, for signatures.
    pub public_key: Option<String>,
}
