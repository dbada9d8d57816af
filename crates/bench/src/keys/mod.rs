//! Keys, made before any clock starts.
//!
//! [`Keys`] holds byte strings end to end, so that reading them in order is a walk through memory that the processor sees
//! coming: the maps' own cache misses are what a run measures. A key's position is its id; a [`KeySet`] adds the sorted order
//! and keys that are not there.

pub mod file;
pub mod shape;
pub mod zipf;

/// Byte strings, end to end.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    /// No keys, with room for `keys` of them and `bytes` altogether.
    #[must_use]
    pub fn with_capacity(keys: usize, bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            ends: Vec::with_capacity(keys),
        }
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All bytes of all keys.
    #[must_use]
    pub fn total_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a key.
    pub fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    /// The key at position `i`.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    #[must_use]
    pub fn get(&self, i: usize) -> &[u8] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.bytes[start..self.ends[i]]
    }

    /// All keys in order of position.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.len()).map(|i| self.get(i))
    }

    /// The length of the longest key.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.iter().map(<[u8]>::len).max().unwrap_or(0)
    }
}

/// The keys that a map is loaded with, their sorted order, and others that are not in it.
#[derive(Clone, Debug)]
pub struct KeySet {
    /// The keys, in the order of loading; the position of a key is its id.
    pub present: Keys,
    /// The ids in the order of their keys.
    pub sorted: Vec<u32>,
    /// Keys that are not among the present ones, each once.
    pub absent: Keys,
}

impl KeySet {
    /// Sorts `present`.
    #[must_use]
    pub fn new(present: Keys, absent: Keys) -> Self {
        let mut sorted: Vec<u32> = (0..present.len() as u32).collect();
        sorted.sort_unstable_by_key(|id| present.get(*id as usize));
        Self {
            present,
            sorted,
            absent,
        }
    }

    /// The keys in ascending order, with their ids.
    pub fn in_order(&self) -> impl DoubleEndedIterator<Item = (&[u8], u32)> + ExactSizeIterator {
        self.sorted
            .iter()
            .map(|id| (self.present.get(*id as usize), *id))
    }
}
