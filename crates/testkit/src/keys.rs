//! Byte keys of the shapes that ordered maps get wrong.
//!
//! A [`KeyPopulation`] is a fixed set of distinct keys of one [`KeyShape`]; a [`KeyGen`] draws from it. Populations are small on
//! purpose: operations hit keys that exist, and all threads of a test that share a population meet on the same keys. Both are
//! functions of their seeds.
//!
//! The lengths lean towards the edges of 8-byte slices (7, 8, 9, 15, 16, 17, …) and the bytes towards 0x00 and 0xff, because that is
//! where slices, padding and prefix successors are decided.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};

/// A family of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyShape {
    /// 0 to 8 bytes.
    Short,
    /// Exactly 8 bytes: numbers, big-endian, dense and scattered.
    Eight,
    /// 9 to 300 bytes with nothing in common.
    Long,
    /// A few common prefixes of 1 byte to 4 KiB, each followed by 0 to 12 bytes of its own.
    SharedPrefix,
    /// A few strings and their prefixes: most keys are a prefix of another.
    Nested,
    /// A short stem followed by 0 to 20 zero bytes: keys that differ only in trailing zeros.
    TrailingNuls,
    /// 0 to 3 bytes out of 0x00, 0x01, 0xff, the empty key among them.
    Tiny,
    /// Numbers in decimal digits, not padded.
    Decimal,
    /// Addresses with a host out of a few, a path and sometimes a query.
    Url,
    /// Up to 20 letters `a` and `b`: dense collisions at every length.
    TwoLetters,
    /// All the shapes above in one population.
    Mixed,
}

impl KeyShape {
    /// Every shape.
    pub const ALL: [KeyShape; 11] = [
        KeyShape::Short,
        KeyShape::Eight,
        KeyShape::Long,
        KeyShape::SharedPrefix,
        KeyShape::Nested,
        KeyShape::TrailingNuls,
        KeyShape::Tiny,
        KeyShape::Decimal,
        KeyShape::Url,
        KeyShape::TwoLetters,
        KeyShape::Mixed,
    ];
}

/// Lengths at and beside the edges of slices, up to some KiB.
const PREFIX_LENGTHS: [usize; 20] = [
    1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65, 120, 255, 256, 1000, 1024, 4096,
];

/// A fixed set of distinct keys, cheap to clone.
#[derive(Clone, Debug)]
pub struct KeyPopulation {
    keys: Arc<[Vec<u8>]>,
}

impl KeyPopulation {
    /// At most `size` keys of `shape`; fewer if the shape has no more.
    ///
    /// # Panics
    /// If `size` is zero.
    pub fn new(shape: KeyShape, size: usize, seed: u64) -> Self {
        assert!(size > 0, "a population has at least one key");
        let mut rng = SmallRng::seed_from_u64(seed ^ (shape as u64) << 56);
        let stems = Stems::new(&mut rng);
        let mut keys = BTreeSet::new();
        if matches!(shape, KeyShape::Tiny | KeyShape::Short | KeyShape::Mixed) {
            keys.insert(Vec::new());
        }
        // Shapes with few members repeat themselves; the number of draws bounds the search for a new one.
        for _ in 0..size * 16 {
            if keys.len() >= size {
                break;
            }
            keys.insert(stems.draw(shape, size, &mut rng));
        }
        Self {
            keys: keys.into_iter().collect(),
        }
    }

    /// The keys, ascending.
    pub fn keys(&self) -> &[Vec<u8>] {
        &self.keys
    }

    /// A generator that draws from these keys.
    pub fn generator(&self, seed: u64) -> KeyGen {
        KeyGen {
            population: self.clone(),
            rng: SmallRng::seed_from_u64(seed),
        }
    }
}

/// Draws keys from a population.
///
/// # Examples
/// ```
/// use masstree_testkit::keys::{KeyGen, KeyShape};
/// for shape in KeyShape::ALL {
///     let (mut a, mut b) = (KeyGen::new(shape, 1), KeyGen::new(shape, 1));
///     assert_eq!(a.key(), b.key());
/// }
/// ```
#[derive(Clone, Debug)]
pub struct KeyGen {
    population: KeyPopulation,
    rng: SmallRng,
}

impl KeyGen {
    /// How many keys [`KeyGen::new`] draws from, at most.
    pub const POPULATION: usize = 512;

    /// A generator over the shape's default population, which is the same for every `seed`.
    pub fn new(shape: KeyShape, seed: u64) -> Self {
        KeyPopulation::new(shape, Self::POPULATION, 0).generator(seed)
    }

    /// A key of the population.
    pub fn key(&mut self) -> Vec<u8> {
        self.key_ref().to_vec()
    }

    /// A key of the population, lent.
    pub fn key_ref(&mut self) -> &[u8] {
        let at = self.rng.random_range(0..self.population.keys.len());
        &self.population.keys[at]
    }

    /// A key just beside one of the population, seldom a member itself: for bounds and misses.
    pub fn near_key(&mut self) -> Vec<u8> {
        let mut key = self.key();
        match self.rng.random_range(0..5) {
            0 => key.push(0),
            1 => key.push(u8::MAX),
            2 => drop(key.pop()),
            3 => key.truncate(key.len() / 8 * 8),
            _ => match key.last_mut() {
                Some(last) => *last = last.wrapping_add(if self.rng.random() { 1 } else { 255 }),
                None => key.push(1),
            },
        }
        key
    }

    /// The population drawn from.
    pub fn population(&self) -> &KeyPopulation {
        &self.population
    }
}

/// What the keys of one population have in common.
struct Stems {
    prefixes: Vec<Vec<u8>>,
    nested: Vec<Vec<u8>>,
    nul_stems: Vec<Vec<u8>>,
}

impl Stems {
    fn new(rng: &mut SmallRng) -> Self {
        Self {
            prefixes: PREFIX_LENGTHS.iter().map(|&n| bytes(rng, n)).collect(),
            nested: [40, 100, 700].iter().map(|&n| bytes(rng, n)).collect(),
            nul_stems: (0..24).map(|i| bytes(rng, i % 12)).collect(),
        }
    }

    fn draw(&self, shape: KeyShape, population: usize, rng: &mut SmallRng) -> Vec<u8> {
        match shape {
            KeyShape::Short => {
                let length = rng.random_range(0..=8);
                bytes(rng, length)
            }
            KeyShape::Eight => {
                let number: u64 = match rng.random_range(0..3) {
                    0 => rng.random(),
                    _ => rng.random_range(0..population as u64 * 2),
                };
                number.to_be_bytes().to_vec()
            }
            KeyShape::Long => {
                let length = rng.random_range(9..=300);
                bytes(rng, length)
            }
            KeyShape::SharedPrefix => {
                let mut key = one_of(&self.prefixes, rng).clone();
                let own = rng.random_range(0..=12);
                key.extend(bytes(rng, own));
                key
            }
            KeyShape::Nested => {
                let whole = one_of(&self.nested, rng);
                whole[..rng.random_range(0..=whole.len())].to_vec()
            }
            KeyShape::TrailingNuls => {
                let mut key = one_of(&self.nul_stems, rng).clone();
                key.resize(key.len() + rng.random_range(0..=20), 0);
                key
            }
            KeyShape::Tiny => (0..rng.random_range(0..=3))
                .map(|_| *one_of(&[0x00, 0x01, 0xff], rng))
                .collect(),
            KeyShape::Decimal => {
                let digits = rng.random_range(1..=12);
                let number = rng.random_range(0..10u64.pow(digits));
                number.to_string().into_bytes()
            }
            KeyShape::Url => url(rng),
            KeyShape::TwoLetters => (0..rng.random_range(0..=20))
                .map(|_| *one_of(b"ab", rng))
                .collect(),
            KeyShape::Mixed => {
                let others = &KeyShape::ALL[..KeyShape::ALL.len() - 1];
                self.draw(*one_of(others, rng), population, rng)
            }
        }
    }
}

fn one_of<'a, T>(choices: &'a [T], rng: &mut SmallRng) -> &'a T {
    choices.choose(rng).expect("there is a choice")
}

/// Random bytes, a quarter of them extreme.
fn bytes(rng: &mut SmallRng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rng.fill_bytes(&mut bytes);
    for byte in &mut bytes {
        match rng.random_range(0..8) {
            0 => *byte = 0,
            1 => *byte = u8::MAX,
            _ => {}
        }
    }
    bytes
}

fn url(rng: &mut SmallRng) -> Vec<u8> {
    const HOSTS: [&str; 4] = [
        "example.org",
        "www.example.org",
        "example.com",
        "a.b.example.net",
    ];
    const SEGMENTS: [&str; 7] = ["", "index", "wiki", "images", "2024", "archive", "user"];
    let scheme = one_of(&["http", "https"], rng);
    let mut url = format!("{scheme}://{}", one_of(&HOSTS, rng));
    for _ in 0..rng.random_range(0..5) {
        url.push('/');
        url.push_str(one_of::<&str>(&SEGMENTS, rng));
    }
    if rng.random() {
        url.push_str(&format!("?id={}", rng.random_range(0..1000)));
    }
    url.into_bytes()
}
