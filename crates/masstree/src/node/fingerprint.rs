//! A byte for each slot that tells most absent keys, and the slot of a present one, from one cache line.
//!
//! They are compared all at once with SSE2, or eight at a time in a `u64` (the exact zero-byte test of "Hacker's Delight", 6-1).

use crate::key::short_slice;

/// Fingerprint words in a leaf: room for 24 slots.
pub(crate) const WORDS: usize = 3;

/// The fingerprint of what stands at a slice: `class` tells keys that end there, records and layers apart.
#[inline]
pub(crate) fn of(slice: u64, class: u8) -> u8 {
    let mixed = (slice ^ u64::from(class)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 56) as u8
}

/// Folds what follows a slice into a word, so that records of one slice have different fingerprints.
///
/// Of a long suffix it reads both ends, in multiplications that do not wait for each other; keys that differ only between share a fingerprint and are
/// told apart by comparing them.
#[inline]
pub(crate) fn fold(suffix: &[u8]) -> u64 {
    const END: usize = 32;
    let length = suffix.len();
    if length <= END {
        return fold_whole(suffix);
    }
    let (head, end) = (&suffix[..END], &suffix[length - END..]);
    fold_whole(head) ^ fold_whole(end).rotate_left(29) ^ length as u64
}

/// Folds up to 32 bytes, all of them.
#[inline]
fn fold_whole(bytes: &[u8]) -> u64 {
    const FACTORS: [u64; 4] = [
        0x9E37_79B9_7F4A_7C15,
        0xC2B2_AE3D_27D4_EB4F,
        0x1656_67B1_9E37_79F9,
        0x27D4_EB2F_1656_67C5,
    ];
    let word = |at: usize| {
        bytes[at..]
            .first_chunk()
            .map_or(0, |&bytes| u64::from_le_bytes(bytes))
    };
    let length = bytes.len();
    let words = match length {
        0..8 => {
            return short_slice(bytes)
                .wrapping_add(length as u64)
                .wrapping_mul(FACTORS[0]);
        }
        8..16 => [word(0), word(length - 8), 0, 0],
        _ => [word(0), word(length - 8), word(8), word(length - 16)],
    };
    let mixed = |i: usize| words[i].wrapping_mul(FACTORS[i]);
    mixed(0) ^ mixed(1) ^ mixed(2) ^ mixed(3) ^ length as u64
}

/// A bit for each slot whose fingerprint is `fingerprint`.
#[inline]
pub(crate) fn matches(words: [u64; WORDS], fingerprint: u8) -> u32 {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    return matches_sse2(words, fingerprint);
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
    matches_portable(words, fingerprint)
}

/// Sixteen bytes and then eight, with the two instructions that every x86-64 has.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline]
fn matches_sse2([first, second, third]: [u64; WORDS], fingerprint: u8) -> u32 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};
    // SAFETY: the target has SSE2, and these work on registers only.
    unsafe {
        let pattern = _mm_set1_epi8(fingerprint as i8);
        let low = _mm_set_epi64x(second as i64, first as i64);
        let high = _mm_set_epi64x(0, third as i64);
        let low = _mm_movemask_epi8(_mm_cmpeq_epi8(low, pattern)) as u32;
        let high = _mm_movemask_epi8(_mm_cmpeq_epi8(high, pattern)) as u32;
        low | (high & 0xFF) << 16
    }
}

/// Eight bytes at a time.
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
fn matches_portable(words: [u64; WORDS], fingerprint: u8) -> u32 {
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
                assert_eq!(matches_portable(words, wanted), expected);
            }
        }
    }

    #[test]
    fn every_byte_of_a_short_suffix_counts() {
        for length in 1..=64_usize {
            let suffix: Vec<u8> = (0..length).map(|i| i as u8).collect();
            for at in 0..length {
                let mut other = suffix.clone();
                other[at] ^= 0x55;
                assert_ne!(fold(&suffix), fold(&other), "length {length}, byte {at}");
            }
        }
    }
}
