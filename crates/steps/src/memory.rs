//! What outlives a request and a reload.

/// What outlives a request and a reload, for all cores of a process.
#[derive(Debug, Default)]
pub struct Memory {}
