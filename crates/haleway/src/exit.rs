//! What the process ends with. A wrong command line ends with clap's own 2.

/// All is well.
pub(crate) const FINE: u8 = 0;

/// `check` found errors, or something failed.
pub(crate) const FAILURE: u8 = 1;

/// The configuration was refused at the start (`EX_CONFIG` of sysexits.h).
pub(crate) const CONFIGURATION: u8 = 78;

/// Ended by the second SIGINT: 128 and the signal's number.
pub(crate) const INTERRUPTED: u8 = 130;

/// What KrakenD's commands end with where Go code calls `os.Exit(-1)`.
pub(crate) const KRAKEND_REFUSED: u8 = 255;
