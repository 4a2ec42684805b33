//! Time as the judge has it, beside time as people have it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use haleway_health::Tick;

/// Moments of the judge and of people.
#[derive(Clone)]
pub(super) struct Clock {
    origin: Instant,
    origin_unix_us: u64,
}

impl Default for Clock {
    /// Moments count from now on.
    fn default() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let unix_us = since.map_or(0, |since| since.as_micros());
        Self {
            origin: Instant::now(),
            origin_unix_us: u64::try_from(unix_us).unwrap_or(u64::MAX),
        }
    }
}

impl Clock {
    /// Now.
    pub(super) fn now(&self) -> Tick {
        self.tick(Instant::now())
    }

    /// The moment of a reading of the clock.
    pub(super) fn tick(&self, at: Instant) -> Tick {
        let since = at.saturating_duration_since(self.origin);
        Tick(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }

    /// When a moment is, on the clock that measures it.
    pub(super) fn instant(&self, at: Tick) -> Instant {
        self.origin + std::time::Duration::from_micros(at.0.min(FAR_US))
    }

    /// Microseconds since 1970.
    pub(super) fn unix_us(&self, at: Tick) -> u64 {
        self.origin_unix_us.saturating_add(at.0)
    }
}

/// A century: what lies beyond is never waited for.
const FAR_US: u64 = 100 * 365 * 24 * 3600 * 1_000_000;
