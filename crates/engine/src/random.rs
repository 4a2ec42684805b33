//! Numbers that nobody can foresee, cheap enough for the path of a request.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

/// The next number of this thread's generator (xorshift64*).
pub(crate) fn random() -> u64 {
    thread_local! {
        static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(0u8) | 1);
    }
    STATE.with(|state| {
        let mut x = state.get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        state.set(x);
        x.wrapping_mul(0x2545_F491_4F6C_DD1D)
    })
}

/// A number below `limit`.
pub(crate) fn random_below(limit: usize) -> usize {
    (((random() >> 32) * limit as u64) >> 32) as usize
}
