//! Headers that are written on the user's behalf.

use serde::{Deserialize, Serialize};

/// A header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Name, spelled as it is written.
    pub name: String,
    /// Value.
    pub value: String,
}

impl Header {
    /// A header.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// What an upstream is told about the client and about us.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardedHeaders {
    /// The client's address replaces this header: `X-Forwarded-For`.
    pub client_address: Option<String>,
    /// The request's `Host` replaces this header: `X-Forwarded-Host`.
    pub host: Option<String>,
    /// The `User-Agent` to send where the client's own is not passed.
    pub user_agent: Option<String>,
    /// Header that carries [`Self::user_agent`] where the client's own is passed:
    /// `X-Forwarded-Via`.
    pub via: Option<String>,
}
