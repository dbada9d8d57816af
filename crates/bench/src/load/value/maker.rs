//! Values as they are written.

use rand::RngExt;
use rand::rngs::SmallRng;

use super::{CHECK, CHECKED, Version, WHOLE, check_of, small_check};
use crate::load::file::Values;

/// Bytes that fillings are cut from.
const POOL: usize = 1 << 16;

/// What compressible values repeat.
const WORDS: &[u8] =
    b"a value that repeats itself, so that a server which compresses has something to do; ";

/// Makes a thread's values.
#[derive(Debug)]
pub struct Maker {
    values: Values,
    run: u32,
    pool: Box<[u8]>,
    rng: SmallRng,
}

impl Maker {
    /// For values of this kind, in the run of this number.
    #[must_use]
    pub fn new(values: Values, run: u32, mut rng: SmallRng) -> Self {
        let pool = match values {
            Values::Compressible => WORDS.iter().copied().cycle().take(POOL).collect(),
            Values::Random | Values::Verifiable => {
                let mut pool = vec![0; POOL];
                rng.fill(&mut pool[..]);
                pool.into_boxed_slice()
            }
        };
        Self {
            values,
            run,
            pool,
            rng,
        }
    }

    /// Whether what it makes can be verified.
    #[must_use]
    pub fn is_verifiable(&self) -> bool {
        self.values == Values::Verifiable
    }

    /// Appends a value of `size` bytes.
    #[inline]
    pub fn write(&mut self, stamp: u64, version: Version, size: usize, out: &mut Vec<u8>) {
        let start = out.len();
        if !self.is_verifiable() {
            return self.fill(size, out);
        }
        if size < CHECKED {
            return out.extend_from_slice(&stamp.to_le_bytes()[..size]);
        }
        if size < WHOLE {
            out.extend_from_slice(&[0; CHECK]);
            self.fill(size - CHECK, out);
            let check = small_check(stamp, &out[start + CHECK..]);
            out[start..start + CHECK].copy_from_slice(&check.to_le_bytes());
            return;
        }
        out.extend_from_slice(&stamp.to_le_bytes());
        out.extend_from_slice(&version.0.to_le_bytes());
        out.extend_from_slice(&self.run.to_le_bytes());
        out.extend_from_slice(&[0; CHECK]);
        self.fill(size - WHOLE, out);
        let check = check_of(stamp, version.0, self.run, &out[start + WHOLE..]);
        out[start + WHOLE - CHECK..start + WHOLE].copy_from_slice(&check.to_le_bytes());
    }

    /// Appends so many bytes of the pool, from a place that changes.
    #[inline]
    fn fill(&mut self, mut size: usize, out: &mut Vec<u8>) {
        let mut at = self.rng.random::<u32>() as usize % POOL;
        while size > 0 {
            let part = size.min(POOL - at);
            out.extend_from_slice(&self.pool[at..at + part]);
            size -= part;
            at = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::draw::{Purpose, generator};

    #[test]
    fn random_values_differ_and_compressible_ones_repeat() {
        let mut values = Vec::new();
        for kind in [Values::Random, Values::Compressible] {
            let mut maker = Maker::new(kind, 1, generator(1, 0, Purpose::Values));
            let mut value = Vec::new();
            maker.write(7, Version::LOADED, 20_000, &mut value);
            values.push(zstd::bulk::compress(&value, 1).unwrap().len());
        }
        assert!(values[0] > 19_000, "{values:?}");
        assert!(values[1] < 1_000, "{values:?}");
    }
}
