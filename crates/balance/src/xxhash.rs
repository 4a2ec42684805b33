//! XXH32 as its author specifies it (xxHash fast digest algorithm, version 0.1.1).

const PRIMES: [u32; 5] = [
    0x9E37_79B1,
    0x85EB_CA77,
    0xC2B2_AE3D,
    0x27D4_EB2F,
    0x1656_67B1,
];

/// The 32-bit xxHash of some bytes.
#[must_use]
pub fn xxhash32(bytes: &[u8], seed: u32) -> u32 {
    let (stripes, rest) = bytes.as_chunks::<16>();
    let mut hash = if stripes.is_empty() {
        seed.wrapping_add(PRIMES[4])
    } else {
        converge(stripes, seed)
    };
    // The length counts modulo 2^32.
    hash = hash.wrapping_add(bytes.len() as u32);
    let (words, tail) = rest.as_chunks::<4>();
    for word in words {
        let word = u32::from_le_bytes(*word);
        hash = hash.wrapping_add(word.wrapping_mul(PRIMES[2]));
        hash = hash.rotate_left(17).wrapping_mul(PRIMES[3]);
    }
    for byte in tail {
        hash = hash.wrapping_add(u32::from(*byte).wrapping_mul(PRIMES[4]));
        hash = hash.rotate_left(11).wrapping_mul(PRIMES[0]);
    }
    avalanche(hash)
}

/// Four lanes over the stripes of 16 bytes, brought together.
fn converge(stripes: &[[u8; 16]], seed: u32) -> u32 {
    let mut lanes = [
        seed.wrapping_add(PRIMES[0]).wrapping_add(PRIMES[1]),
        seed.wrapping_add(PRIMES[1]),
        seed,
        seed.wrapping_sub(PRIMES[0]),
    ];
    for stripe in stripes {
        let (words, _) = stripe.as_chunks::<4>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            let word = u32::from_le_bytes(*word).wrapping_mul(PRIMES[1]);
            *lane = lane.wrapping_add(word).rotate_left(13);
            *lane = lane.wrapping_mul(PRIMES[0]);
        }
    }
    let turned = lanes.iter().zip([1, 7, 12, 18]);
    turned.fold(0, |sum, (lane, by)| {
        u32::wrapping_add(sum, lane.rotate_left(by))
    })
}

fn avalanche(mut hash: u32) -> u32 {
    hash = (hash ^ (hash >> 15)).wrapping_mul(PRIMES[1]);
    hash = (hash ^ (hash >> 13)).wrapping_mul(PRIMES[2]);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::xxhash32;

    /// From the specification's reference program and the read-me files of its bindings.
    #[test]
    fn published_vectors_hold() {
        let long = "Nobody inspects the spammish repetition";
        for (text, seed, hash) in [
            ("", 0, 0x02CC_5D05),
            ("", 0x9E37_79B1, 0x36B7_8AE7),
            ("a", 0, 0x550D_7456),
            ("abc", 0, 0x32D1_53FF),
            ("abc", 0x5BD1_E995, 3_185_488_385),
            ("Cats are interesting.", 0, 1_710_037_756),
            (long, 0, 0xE229_3B2F),
        ] {
            assert_eq!(xxhash32(text.as_bytes(), seed), hash, "{text} {seed}");
        }
        let repeated = "Cats are interesting.".repeat(256);
        // As a signed number in the binding's own test.
        assert_eq!(
            xxhash32(repeated.as_bytes(), 0),
            (-237_286_296_i32).cast_unsigned()
        );
    }
}
