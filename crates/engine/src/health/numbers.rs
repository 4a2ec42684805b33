//! Tables by numbers that this process has given out itself, one after the other: nobody can choose
//! them so that they collide, and one multiplication spreads them.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A table by such numbers.
pub(super) type ByNumber<K, V> = HashMap<K, V, BuildHasherDefault<Spread>>;

/// A set of them.
pub(super) type Numbers<K> = HashSet<K, BuildHasherDefault<Spread>>;

/// Spreads one number.
#[derive(Default)]
pub(super) struct Spread(u64);

/// The golden ratio's share of 64 bits (Knuth, *The Art of Computer Programming*, 6.4).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        let spread = (self.0 ^ number).wrapping_mul(GOLDEN);
        // A table looks at the highest bits and at the lowest ones.
        self.0 = spread ^ (spread >> 32);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_a_row_are_spread() {
        let hash = |number: u64| {
            let mut spread = Spread::default();
            spread.write_u64(number);
            spread.finish()
        };
        for (shift, places) in [(0, 1024), (57, 128)] {
            let place = |number| (hash(number) >> shift) % places;
            let mut counts = vec![0; places as usize];
            (0..places * 64).for_each(|number| counts[place(number) as usize] += 1);
            let fullest = counts.iter().max();
            assert!(fullest.is_some_and(|count| *count <= 128), "{fullest:?}");
        }
    }
}
