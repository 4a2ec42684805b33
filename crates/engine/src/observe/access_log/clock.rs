//! The time of a line, as text, made once per second.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::gotext::local;

/// The texts of the current second.
#[derive(Debug, Default)]
pub(super) struct Clock {
    second: Option<i64>,
    milliseconds: u32,
    gin: String,
    combined: String,
    rfc3339_head: String,
    rfc3339_offset: String,
}

impl Clock {
    /// Puts the clock to a time.
    pub(super) fn set(&mut self, now: Timestamp) {
        self.milliseconds = u32::try_from(now.subsec_millisecond()).unwrap_or(0);
        if self.second == Some(now.as_second()) {
            return;
        }
        self.second = Some(now.as_second());
        let time = local(now);
        for (text, format) in [
            (&mut self.gin, "%Y/%m/%d - %H:%M:%S"),
            (&mut self.combined, "%d/%b/%Y:%H:%M:%S %z"),
            (&mut self.rfc3339_head, "%Y-%m-%dT%H:%M:%S"),
            (&mut self.rfc3339_offset, "%:z"),
        ] {
            text.clear();
            write!(text, "{}", time.strftime(format)).expect("the formats are ours and valid");
        }
    }

    /// `2006/01/02 - 15:04:05`.
    pub(super) fn gin(&self) -> &str {
        &self.gin
    }

    /// `02/Jan/2006:15:04:05 -0700`.
    pub(super) fn combined(&self) -> &str {
        &self.combined
    }

    /// `2006-01-02T15:04:05`, `000`, `-07:00`.
    pub(super) fn rfc3339(&self) -> (&str, u32, &str) {
        (&self.rfc3339_head, self.milliseconds, &self.rfc3339_offset)
    }
}
