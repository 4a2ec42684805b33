//! What happens to the first endpoint, and how it ends.

use anyhow::Result;

use super::field::Field;

/// A kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The process is killed, and started again.
    Kill,
    /// The process is stopped, and goes on: its sockets stay open.
    Hang,
    /// Everything is answered with 500, probes too.
    Errors,
}

impl Trouble {
    pub(super) const ALL: &[Self] = &[Self::Kill, Self::Hang, Self::Errors];

    /// As it stands on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Hang => "hang",
            Self::Errors => "errors",
        }
    }

    /// As it stands in the report.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Kill => "The endpoint is killed",
            Self::Hang => "The endpoint hangs",
            Self::Errors => "The endpoint answers 500",
        }
    }

    pub(super) fn begin(self, field: &mut Field) -> Result<()> {
        match self {
            Self::Kill => field.kill_first(),
            Self::Hang => field.signal_first("STOP"),
            Self::Errors => field.set_first_status(500)?,
        }
        Ok(())
    }

    /// Comes back when the endpoint serves again.
    pub(super) fn end(self, field: &mut Field) -> Result<()> {
        match self {
            Self::Kill => field.restart_first()?,
            Self::Hang => field.signal_first("CONT"),
            Self::Errors => field.set_first_status(200)?,
        }
        Ok(())
    }
}
