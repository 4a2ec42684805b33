//! Time as the crate knows it, and the hash that stands in for chance.
//!
//! A [`Tick`] is a number of microseconds since a moment that the caller chose once. It never comes
//! from a clock here, so a run can be recorded, replayed and simulated.

/// A moment: microseconds since an origin that the caller chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tick(pub u64);

wire_struct!(Tick { 0 });

impl Tick {
    /// The origin.
    pub const ZERO: Self = Self(0);

    /// The moment `us` microseconds later; the end of time at most.
    #[must_use]
    pub fn after(self, us: u64) -> Self {
        Self(self.0.saturating_add(us))
    }

    /// Microseconds since `earlier`; 0 if that lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// One part in a million, the unit of all shares.
pub(crate) const PPM: u64 = 1_000_000;

/// `ppm` parts in a million of `whole`, rounded down.
pub(crate) fn share(whole: u64, ppm: u32) -> u64 {
    let product = u128::from(whole) * u128::from(ppm) / u128::from(PPM);
    u64::try_from(product).unwrap_or(u64::MAX)
}

/// Mixes two numbers into one that looks random (the finaliser of SplitMix64).
pub(crate) fn mix(seed: u64, value: u64) -> u64 {
    let mut z = seed.wrapping_add(value.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A hash of texts that is the same on every machine and in every version (FNV-1a with a
/// separator).
pub(crate) fn hash_texts(texts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for text in texts {
        for byte in text.bytes().chain(core::iter::once(0xff)) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}
