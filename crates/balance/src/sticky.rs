//! What a client carries to find its endpoint again.

use core::fmt;
use core::str::FromStr;

use crate::xxhash::xxhash32;

/// Names an endpoint without showing where it is. Equal on every instance and after every restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StickyId(u64);

impl StickyId {
    /// The id of an endpoint with this address and name.
    #[must_use]
    pub fn of(address: &str, name: &str) -> Self {
        // A zero byte stands in neither, so no two pairs run together.
        let text = [address.as_bytes(), b"\0", name.as_bytes()].concat();
        let half = |seed| u64::from(xxhash32(&text, seed));
        Self(half(0) << 32 | half(1))
    }
}

impl fmt::Display for StickyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

/// The text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoStickyId;

impl FromStr for StickyId {
    type Err = NoStickyId;

    fn from_str(text: &str) -> Result<Self, NoStickyId> {
        let is_id = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u64::from_str_radix(text, 16).ok().filter(|_| is_id);
        number.map(Self).ok_or(NoStickyId)
    }
}
