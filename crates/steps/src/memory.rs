//! What outlives a request and a reload.

use crate::rate_limit::RateTables;

/// What outlives a request and a reload, for all cores of a process.
#[derive(Debug, Default)]
pub struct Memory {
    /// What rate limits count.
    pub(crate) rates: RateTables,
}

impl Memory {
    /// Requests that passed a rate limit uncounted because its table was full, since the start.
    #[must_use]
    pub fn rate_limit_uncounted(&self) -> u64 {
        self.rates.uncounted()
    }
}
