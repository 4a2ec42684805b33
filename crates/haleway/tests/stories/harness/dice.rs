//! Chance that is the same in every run.

/// A small generator of numbers (xorshift), so that every run sends the same.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    /// Changes a few bytes of a message.
    pub(crate) fn spoil(&mut self, message: &mut Vec<u8>) {
        const BYTES: &[u8] = b"\r\n\0 :;,/%?#\x7f\xffA0-+\t{\"";
        for _ in 0..=self.below(4) {
            let at = self.below(message.len());
            match self.below(5) {
                0 => message[at] = BYTES[self.below(BYTES.len())],
                1 => message[at] ^= 1 << self.below(8),
                2 => message.insert(at, BYTES[self.below(BYTES.len())]),
                3 => drop(message.remove(at)),
                _ => {
                    let piece: Vec<u8> = message[at..].iter().take(16).copied().collect();
                    message.splice(at..at, piece);
                }
            }
        }
    }
}
