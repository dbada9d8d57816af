//! The shapes of generated keys.
//!
//! Every shape is a function from a counter to a key that never gives the same key for two counters: the counter goes through a
//! bijection on 64 bits first (SplitMix64's finisher, Steele, Lea and Flood, OOPSLA 2014). So no key has to be compared with the
//! others, the keys that are absent are those of the counters after the present ones, and making keys leaves no garbage behind
//! that would blur a measure of memory.

use std::fmt::Write as _;

use super::{KeySet, Keys};

/// What keys look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// 8 random bytes.
    Random8,
    /// 16 random bytes.
    Random16,
    /// 24 random bytes.
    Random24,
    /// 32 random bytes.
    Random32,
    /// 32 bytes, of which all keys share the first 24.
    Shared32,
    /// `Shared(n)`: all keys share the first `n` bytes, 8 random ones follow.
    Shared(usize),
    /// URLs of 30 to 100 bytes.
    Url,
    /// Decimal numbers of up to ten digits.
    Decimal,
    /// Pairs of keys that share 120 bytes with each other and with no other key.
    Pairs120,
}

/// So many keys in pairs tell what one takes; more of them would not fit, with a map that takes ten thousand bytes a key.
const MOST_PAIRED: usize = 500_000;
/// The most keys that are made to be absent.
const MOST_ABSENT: usize = 1_000_000;

/// A bijection on 64 bits that looks random.
#[must_use]
pub fn mix(counter: u64) -> u64 {
    let mut bits = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A bijection on 32 bits that looks random (the finisher of MurmurHash3, public domain).
#[must_use]
pub fn mix32(counter: u32) -> u32 {
    let mut bits = counter ^ 0x5bd1_e995;
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x85eb_ca6b);
    bits = (bits ^ (bits >> 13)).wrapping_mul(0xc2b2_ae35);
    bits ^ (bits >> 16)
}

const HOSTS: [&str; 8] = [
    "archive",
    "bulletin",
    "catalogue",
    "gallery",
    "harbour",
    "journal",
    "library",
    "museum",
];
const DOMAINS: [&str; 4] = ["example.com", "example.org", "example.net", "test.example"];
const PARTS: [&str; 8] = [
    "articles",
    "authors",
    "en",
    "images/large",
    "index",
    "news",
    "objects",
    "results",
];

/// Writes the URL of `counter` to `text`.
fn url(counter: u64, text: &mut String) {
    let bits = mix(counter);
    let pick = |shift: u32, from: usize| (bits >> shift) as usize % from;
    let _ = write!(
        text,
        "https://{}{}.{}",
        HOSTS[pick(0, 8)],
        pick(3, 300),
        DOMAINS[pick(13, 4)]
    );
    for part in 0..pick(15, 4) as u32 {
        let _ = write!(text, "/{}", PARTS[pick(18 + 3 * part, 8)]);
    }
    let _ = write!(text, "/{bits:x}");
    if pick(30, 3) == 0 {
        let _ = write!(text, "?page={}", pick(34, 90));
    }
}

impl Shape {
    /// Whether every key has 8 bytes.
    #[must_use]
    pub fn is_integer(self) -> bool {
        self == Self::Random8
    }

    /// Appends the key of `counter` to `keys`; `scratch` is reused.
    fn write(self, counter: u64, scratch: &mut Vec<u8>, text: &mut String) {
        scratch.clear();
        let words = |scratch: &mut Vec<u8>, count: u64| {
            for word in 0..count {
                scratch.extend_from_slice(&mix(counter.wrapping_add(word << 48)).to_be_bytes());
            }
        };
        match self {
            Self::Random8 => words(scratch, 1),
            Self::Random16 => words(scratch, 2),
            Self::Random24 => words(scratch, 3),
            Self::Random32 => words(scratch, 4),
            Self::Shared32 => Self::Shared(24).write(counter, scratch, text),
            Self::Shared(len) => {
                scratch.resize(len, b'k');
                words(scratch, 1);
            }
            Self::Url => {
                text.clear();
                url(counter, text);
                scratch.extend_from_slice(text.as_bytes());
            }
            Self::Decimal => {
                text.clear();
                let _ = write!(text, "{}", mix32(counter as u32));
                scratch.extend_from_slice(text.as_bytes());
            }
            Self::Pairs120 => {
                for word in 0..15 {
                    scratch.extend_from_slice(
                        &mix((counter / 2).wrapping_add(word << 48)).to_be_bytes(),
                    );
                }
                scratch.extend_from_slice(&mix(counter).to_be_bytes());
            }
        }
    }

    /// The keys of `count` counters from `first` on.
    #[must_use]
    pub fn keys(self, first: usize, count: usize) -> Keys {
        let mut scratch = Vec::with_capacity(160);
        let mut text = String::with_capacity(160);
        let mut bytes = 0;
        for counter in first..first + count.min(256) {
            self.write(counter as u64, &mut scratch, &mut text);
            bytes += scratch.len();
        }
        let room = if count > 256 {
            bytes * count / 256 + bytes * count / 1024
        } else {
            bytes
        };
        let mut keys = Keys::with_capacity(count, room);
        for counter in first..first + count {
            self.write(counter as u64, &mut scratch, &mut text);
            keys.push(&scratch);
        }
        keys
    }

    /// `count` keys to load and as many others, though at most a million; of keys in pairs half a million at most.
    #[must_use]
    pub fn key_set(self, count: usize) -> KeySet {
        let count = match self {
            Self::Pairs120 => count.min(MOST_PAIRED),
            _ => count,
        };
        KeySet::new(
            self.keys(0, count),
            self.keys(count, count.min(MOST_ABSENT)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_comes_twice() {
        let shapes = [
            Shape::Random8,
            Shape::Random16,
            Shape::Shared32,
            Shape::Url,
            Shape::Decimal,
            Shape::Pairs120,
        ];
        for shape in shapes {
            let set = shape.key_set(20_000);
            let mut all: Vec<&[u8]> = set.present.iter().chain(set.absent.iter()).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 40_000, "{shape:?}");
        }
    }

    #[test]
    fn urls_have_30_to_100_bytes() {
        let keys = Shape::Url.keys(0, 50_000);
        assert!(keys.iter().all(|key| (30..=100).contains(&key.len())));
    }
}
