//! Each shape of key has the properties it is named for.

use std::collections::BTreeSet;

use masstree_testkit::keys::{KeyGen, KeyPopulation, KeyShape};

fn population(shape: KeyShape) -> Vec<Vec<u8>> {
    KeyPopulation::new(shape, 512, 3).keys().to_vec()
}

#[test]
fn populations_are_distinct_sorted_bounded_and_seeded() {
    for shape in KeyShape::ALL {
        let keys = population(shape);
        assert!(keys.windows(2).all(|w| w[0] < w[1]), "{shape:?}");
        let least = if shape == KeyShape::Tiny { 40 } else { 200 };
        assert!(
            (least..=512).contains(&keys.len()),
            "{shape:?}: {}",
            keys.len()
        );
        assert_eq!(keys, population(shape));
        if shape != KeyShape::Tiny {
            assert_ne!(keys, KeyPopulation::new(shape, 512, 4).keys());
        }
    }
}

#[test]
fn generators_of_different_seeds_meet_on_the_same_keys() {
    for shape in KeyShape::ALL {
        let (mut a, mut b) = (KeyGen::new(shape, 1), KeyGen::new(shape, 2));
        let drawn = |g: &mut KeyGen| (0..5_000).map(|_| g.key()).collect::<Vec<_>>();
        let (a, b) = (drawn(&mut a), drawn(&mut b));
        assert_ne!(a, b);
        let set = |keys: Vec<Vec<u8>>| keys.into_iter().collect::<BTreeSet<_>>();
        let (a, b) = (set(a), set(b));
        assert!(a.len() <= KeyGen::POPULATION);
        assert!(a.intersection(&b).count() * 10 > a.len() * 9, "{shape:?}");
    }
}

#[test]
fn lengths_and_letters_fit_the_shape() {
    assert!(population(KeyShape::Short).iter().all(|k| k.len() <= 8));
    assert!(population(KeyShape::Eight).iter().all(|k| k.len() == 8));
    assert!(
        population(KeyShape::Long)
            .iter()
            .all(|k| (9..=300).contains(&k.len()))
    );
    assert!(
        population(KeyShape::Decimal)
            .iter()
            .all(|k| k.iter().all(u8::is_ascii_digit))
    );
    assert!(
        population(KeyShape::Url)
            .iter()
            .all(|k| k.starts_with(b"http"))
    );
    let ab = |key: &Vec<u8>| key.iter().all(|b| b"ab".contains(b));
    assert!(population(KeyShape::TwoLetters).iter().all(ab));
    for shape in [KeyShape::Short, KeyShape::Tiny, KeyShape::Mixed] {
        assert!(population(shape)[0].is_empty(), "{shape:?}");
    }
}

#[test]
fn long_prefixes_are_shared() {
    let keys = population(KeyShape::SharedPrefix);
    for length in [8, 64, 256, 1024, 4096] {
        let pair = keys
            .windows(2)
            .any(|w| w[1].len() >= length && w[0].starts_with(&w[1][..length]));
        assert!(pair, "no two keys share {length} bytes");
    }
}

#[test]
fn nested_keys_are_prefixes_of_others() {
    let keys = population(KeyShape::Nested);
    let prefixes = keys.windows(2).filter(|w| w[1].starts_with(&w[0])).count();
    assert!(
        prefixes * 10 > keys.len() * 9,
        "{prefixes} of {}",
        keys.len()
    );
}

#[test]
fn some_keys_differ_only_in_trailing_zeros() {
    let keys: BTreeSet<_> = population(KeyShape::TrailingNuls).into_iter().collect();
    let with_a_longer_twin = keys
        .iter()
        .filter(|key| keys.contains(&[key.as_slice(), &[0]].concat()))
        .count();
    assert!(with_a_longer_twin > 100, "{with_a_longer_twin}");
}

#[test]
fn near_keys_mostly_miss() {
    let mut keys = KeyGen::new(KeyShape::Long, 1);
    let members: BTreeSet<_> = keys.population().keys().iter().cloned().collect();
    let misses = (0..1_000)
        .filter(|_| !members.contains(&keys.near_key()))
        .count();
    assert!(misses > 800, "{misses}");
}
