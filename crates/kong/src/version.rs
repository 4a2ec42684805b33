//! The version of Kong that answers look like.

use std::fmt;

/// The version that documents are read and answers are given as, where nothing else is asked for.
pub(crate) const DEFAULT: Version = Version(3, 4, 2);

/// Major, minor, patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Version {
    /// Reads `3.9.3`, also with further parts or words behind it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(['.', '-', '+']);
        let mut number = || parts.next().and_then(|part| part.parse().ok());
        let (major, minor) = (number()?, number()?);
        Some(Self(major, minor, number().unwrap_or(0)))
    }

    /// Own answers carry the request's id (Kong 3.5).
    pub(crate) fn has_request_id(self) -> bool {
        self >= Self(3, 5, 0)
    }

    /// `Via` names the protocol and stands behind that of the upstream (Kong 3.8).
    pub(crate) fn appends_via(self) -> bool {
        self >= Self(3, 8, 0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.0, self.1, self.2)
    }
}
