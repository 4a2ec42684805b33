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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forwarded {
    /// In headers of our choice that replace the client's (KrakenD).
    Stated(ForwardedHeaders),
    /// In the headers of a chain of proxies, where those of trusted peers are carried on (nginx as
    /// Kong sets it up).
    Chained(ForwardedChain),
}

/// `X-Real-IP`, `X-Forwarded-For` (appended), `-Proto`, `-Host`, `-Port`, `-Path`, and `-Prefix`
/// where more than `/` was cut off the path. The values of a peer that the site's
/// `client_address` trusts are passed on, those of others replaced. `TE` passes only as `trailers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardedChain {
    /// `Via` behind the received protocol: `kong/3.9.3` gives `1.1 kong/3.9.3`, behind what stands
    /// there.
    pub via: Option<String>,
    /// Header that carries the request's id.
    pub request_id: Option<String>,
    /// `Connection: keep-alive` is written.
    pub announce_keep_alive: bool,
}

/// What an upstream is told in headers of our choice.
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
