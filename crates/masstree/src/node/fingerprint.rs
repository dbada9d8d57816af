//! A byte for each slot that tells most absent keys, and the slot of a present one, from one cache line.
//!
//! Eight fingerprints are compared at once in a `u64` (the exact zero-byte test of "Hacker's Delight", 6-1).

/// Fingerprint words in a leaf: room for 24 slots.
pub(crate) const WORDS: usize = 3;

/// The fingerprint of a slice and a class.
#[inline]
pub(crate) fn of(slice: u64, class: u8) -> u8 {
    let mixed = (slice ^ u64::from(class)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 56) as u8
}

/// A bit for each slot whose fingerprint is `fingerprint`.
#[inline]
pub(crate) fn matches(words: [u64; WORDS], fingerprint: u8) -> u32 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let pattern = u64::from(fingerprint) * 0x0101_0101_0101_0101;
    let mut mask = 0;
    for (index, word) in words.into_iter().enumerate() {
        let difference = word ^ pattern;
        let zeros = !(((difference & LOW) + LOW) | difference | LOW);
        // Gathers bit 7 of each byte into the top byte.
        let bits = ((zeros >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32;
        mask |= bits << (8 * index);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_agrees_with_a_comparison_of_each_byte() {
        let mut state = 1_u64;
        for _ in 0..10_000 {
            let mut words = [0; WORDS];
            for word in &mut words {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                // Few distinct bytes, so that matches are common.
                *word = (state >> 8) & 0x8183_0001_8001_0380;
            }
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            for wanted in [0, 1, 0x80, 0x81, 0x83, 0xFF] {
                let expected = bytes
                    .iter()
                    .enumerate()
                    .fold(0, |mask, (i, &b)| mask | (u32::from(b == wanted) << i));
                assert_eq!(matches(words, wanted), expected);
            }
        }
    }
}
