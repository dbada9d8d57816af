//! Which key comes next: a table of keys, and what a thread draws from it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use rand::RngExt;
use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, Normal, Zipf};

use super::Ring;
use super::permutation::Permutation;
use crate::keys::Keys as Lines;
use crate::load::file::{KeyFormat, KeyStrategy, Keys};

/// Keys of a table without `max`.
pub const MAX: u64 = 1_000_000;

/// The exponent of "latest", and of "zipfian" if nothing else is said.
const EXPONENT: f64 = 0.99;

/// A table of keys, shared by all threads.
#[derive(Debug)]
pub struct KeyTable {
    strategy: KeyStrategy,
    count: u64,
    start: u64,
    exponent: f64,
    mean: f64,
    std_dev: f64,
    hot_set: f64,
    hot_ops: f64,
    prefix: Vec<u8>,
    format: KeyFormat,
    lines: Option<Arc<Lines>>,
    /// latest: the newest key's number.
    newest: AtomicU64,
}

impl KeyTable {
    /// The table that a file describes; `lines` are those of its path, if it has one.
    #[must_use]
    pub fn new(keys: &Keys, lines: Option<Arc<Lines>>) -> Self {
        let start = keys.start.unwrap_or(0);
        let count = match &lines {
            Some(lines) => lines.len() as u64,
            None => keys.max.unwrap_or(start.saturating_add(MAX)),
        };
        let prefix = keys.prefix.clone().unwrap_or_else(|| "key:".to_owned());
        Self {
            strategy: keys.strategy,
            count,
            start,
            exponent: keys.exponent.unwrap_or(EXPONENT),
            mean: keys.mean_pct.unwrap_or(0.5),
            std_dev: keys.std_dev_pct.unwrap_or(0.1),
            hot_set: keys.hot_set.unwrap_or(0.2),
            hot_ops: keys.hot_ops.unwrap_or(0.8),
            prefix: prefix.into_bytes(),
            format: keys.format.unwrap_or_default(),
            lines,
            newest: AtomicU64::new(count.saturating_sub(1)),
        }
    }

    /// Keys are numbered up to one less than this.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The number of the first key that is loaded.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.start
    }

    /// The longest key, in bytes.
    #[must_use]
    pub fn longest(&self) -> usize {
        match &self.lines {
            Some(lines) => lines.longest(),
            None => self.prefix.len() + 20,
        }
    }

    /// Whether all bytes of all keys are such; the digits are not asked about.
    pub fn is_of(&self, such: impl Fn(u8) -> bool) -> bool {
        match &self.lines {
            Some(lines) => lines.iter().flatten().all(|byte| such(*byte)),
            None => self.prefix.iter().all(|byte| such(*byte)),
        }
    }

    /// Appends the key of this number.
    #[inline]
    pub fn write(&self, number: u64, key: &mut Vec<u8>) {
        if let Some(lines) = &self.lines {
            key.extend_from_slice(lines.get(number as usize % lines.len().max(1)));
            return;
        }
        key.extend_from_slice(&self.prefix);
        match self.format {
            KeyFormat::Decimal => decimal(number, 1, key),
            KeyFormat::Padded => decimal(number, 12, key),
            KeyFormat::Hex => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                key.extend(
                    (0..16)
                        .rev()
                        .map(|place| DIGITS[(number >> (4 * place)) as usize & 15]),
                );
            }
        }
    }

    /// The number for a write to a table of "latest": one that was not there.
    fn add(&self) -> u64 {
        self.newest.fetch_add(1, Relaxed) + 1
    }
}

/// Appends a number with at least so many digits, two of them at a time.
#[inline]
fn decimal(mut number: u64, least: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    while number >= 10 {
        let pair = (number % 100) as u8;
        number /= 100;
        at -= 2;
        digits[at] = b'0' + pair / 10;
        digits[at + 1] = b'0' + pair % 10;
    }
    if number > 0 {
        at -= 1;
        digits[at] = b'0' + number as u8;
    }
    out.extend_from_slice(&digits[at.min(digits.len() - least)..]);
}

/// What a thread draws from a table.
#[derive(Debug)]
pub struct KeyDraw {
    table: Arc<KeyTable>,
    how: How,
}

#[derive(Debug)]
enum How {
    /// The next one, and how far the one after it is.
    Step {
        next: u64,
        by: u64,
        from: u64,
    },
    Uniform(SmallRng),
    /// Numbers drawn ahead.
    Ahead(Ring),
    /// Distances from the newest key, drawn ahead.
    Latest(Ring),
    Hotspot {
        rng: SmallRng,
        hot: u64,
        share: f64,
        place: Permutation,
    },
}

impl KeyDraw {
    /// For thread `thread` of `threads`, which will need about `wanted` keys.
    #[must_use]
    pub fn new(
        table: &Arc<KeyTable>,
        thread: usize,
        threads: usize,
        wanted: u64,
        rng: SmallRng,
    ) -> Self {
        let count = table.count.max(1);
        let how = match table.strategy {
            KeyStrategy::Sequential => How::Step {
                next: thread as u64,
                by: threads as u64,
                from: table.start.min(count - 1),
            },
            KeyStrategy::RoundRobin => How::Step {
                next: (u128::from(count) * thread as u128 / threads.max(1) as u128) as u64,
                by: 1,
                from: 0,
            },
            KeyStrategy::Uniform | KeyStrategy::Random | KeyStrategy::File => How::Uniform(rng),
            KeyStrategy::Zipfian => {
                let place = Permutation::new(count);
                let rank = ranks(count, table.exponent);
                How::Ahead(Ring::fill(wanted, rng, |rng| place.place(rank(rng))))
            }
            KeyStrategy::Latest => {
                How::Latest(Ring::fill(wanted, rng, ranks(count, table.exponent)))
            }
            KeyStrategy::Gaussian => {
                let (mean, std_dev) = (table.mean * count as f64, table.std_dev * count as f64);
                How::Ahead(Ring::fill(wanted, rng, move |rng| {
                    gaussian(mean, std_dev, count, rng)
                }))
            }
            KeyStrategy::Hotspot => How::Hotspot {
                rng,
                hot: ((table.hot_set * count as f64).round() as u64).min(count),
                share: table.hot_ops,
                place: Permutation::new(count),
            },
        };
        Self {
            table: Arc::clone(table),
            how,
        }
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &KeyTable {
        &self.table
    }

    /// The next key's number; a write to a table of "latest" makes a new one.
    #[inline]
    pub fn next(&mut self, writes: bool) -> u64 {
        let count = self.table.count;
        match &mut self.how {
            How::Step { next, by, from } => {
                let span = count - *from;
                let number = *from + *next % span;
                *next = (*next + *by) % (span * *by);
                number
            }
            How::Uniform(rng) => rng.random_range(0..count),
            How::Ahead(ring) => ring.draw(),
            How::Latest(_) if writes => self.table.add(),
            How::Latest(ring) => {
                let newest = self.table.newest.load(Relaxed);
                newest.saturating_sub(ring.draw())
            }
            How::Hotspot {
                rng,
                hot,
                share,
                place,
            } => {
                let cold = count - *hot;
                let is_hot = cold == 0 || (*hot > 0 && rng.random::<f64>() < *share);
                place.place(if is_hot {
                    rng.random_range(0..*hot)
                } else {
                    *hot + rng.random_range(0..cold)
                })
            }
        }
    }
}

/// Ranks from 0, in proportion to (rank + 1) to the power of minus `exponent`.
fn ranks(count: u64, exponent: f64) -> impl Fn(&mut SmallRng) -> u64 {
    let zipf = Zipf::new(count as f64, exponent).ok();
    move |rng| {
        let rank = zipf.as_ref().map_or(1.0, |zipf| zipf.sample(rng));
        (rank as u64).clamp(1, count) - 1
    }
}

/// The cell below `count` that a normal number falls into, drawn again when it falls outside.
fn gaussian(mean: f64, std_dev: f64, count: u64, rng: &mut SmallRng) -> u64 {
    if let Ok(normal) = Normal::new(mean, std_dev) {
        // With a mean inside, half of what is drawn lies on the side of the range at the least.
        for _ in 0..1_000 {
            let number = normal.sample(rng);
            if number >= 0.0 && number < count as f64 {
                return number as u64;
            }
        }
    }
    (mean as u64).min(count - 1)
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
