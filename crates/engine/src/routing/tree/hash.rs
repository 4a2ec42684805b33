//! The hash of a path segment.
//!
//! The keys of the tables come from the configuration and never from a client, so no client can
//! make them collide, and a fast hash without a secret serves.

use std::hash::Hasher;

/// Odd, and far from every pattern in text: 2^64 divided by the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Multiplies and rotates, eight bytes at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SegmentHasher(u64);

impl SegmentHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
    }
}

impl Hasher for SegmentHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, left) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let mut tail = [0; 8];
        tail[..left.len()].copy_from_slice(left);
        self.mix(u64::from_le_bytes(tail) ^ (bytes.len() as u64) << 56);
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    /// The table takes its position from the low bits and its tags from the high ones: both must
    /// depend on every byte.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
