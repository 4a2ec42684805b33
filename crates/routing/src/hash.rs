//! The hash of the tables' keys.
//!
//! The keys of the tables come from the configuration and never from a client, so no client can
//! make them collide, and a fast hash without a secret serves.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table with texts of the configuration as keys.
pub(crate) type TextMap<T> = HashMap<Box<str>, T, BuildHasherDefault<TextHasher>>;

/// Odd, and far from every pattern in text: 2^64 divided by the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Multiplies and rotates, eight bytes at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TextHasher(u64);

impl TextHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
    }
}

impl Hasher for TextHasher {
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

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    /// The table takes its position from the low bits and its tags from the high ones: both must
    /// depend on every byte.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
