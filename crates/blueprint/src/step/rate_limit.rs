//! Limits of requests per calendar window.

use serde::{Deserialize, Serialize};

/// Lets so many requests of one origin pass per calendar window, in UTC. A refused request is not
/// counted. What counts holds for the process, over all cores, and survives a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Identity of the counters: steps of the same scope count together.
    pub scope: String,
    /// How many per window, from the shortest window to the longest, each window at most once.
    pub limits: Vec<WindowLimit>,
    /// Whose requests are counted together.
    pub by: RateKey,
    /// The client is told what is left: `X-RateLimit-Limit-Minute` and `-Remaining-Minute` for
    /// each window, `RateLimit-Limit`, `-Remaining` and `-Reset` for the tightest one, and
    /// `Retry-After` with a refusal.
    pub told: bool,
    /// Status of a refusal.
    pub status: u16,
    /// What is said with it.
    pub message: String,
}

/// How many requests may pass in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowLimit {
    /// The window.
    pub window: Window,
    /// Requests that may pass in it.
    pub requests: u64,
}

/// A window of the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Window {
    /// All windows, from the shortest to the longest.
    pub const ALL: [Self; 6] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Month,
        Self::Year,
    ];

    /// Its length in seconds as clients are told it: a month has 30 days and a year 365 (Kong 3,
    /// `rate-limiting/expiration.lua`).
    #[must_use]
    pub fn nominal_s(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Month => 30 * 86_400,
            Self::Year => 365 * 86_400,
        }
    }
}

/// Whose requests are counted together. Where a request lacks it, the client's address counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateKey {
    /// The client's address.
    Client,
    /// Who asks; where nobody is known, the credential.
    Consumer,
    /// The credential that was shown.
    Credential,
    /// All requests of the service.
    Service,
    /// The first value of this header.
    Header(String),
    /// All requests for exactly this path.
    Path(String),
}
