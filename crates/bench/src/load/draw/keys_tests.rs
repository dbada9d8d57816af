//! Each key distribution against its definition.

use super::super::statistics::{ks_fits, normal_cdf, reaches_chi_square};
use super::super::{Purpose, generator};
use super::*;

const DRAWS: usize = 200_000;

fn draw(keys: &Keys, thread: usize, threads: usize) -> KeyDraw {
    let table = Arc::new(KeyTable::new(keys, None));
    let rng = generator(42, thread, Purpose::Keys(0));
    KeyDraw::new(&table, thread, threads, 1 << 18, rng)
}

fn keys(strategy: KeyStrategy, max: u64) -> Keys {
    Keys {
        strategy,
        max: Some(max),
        ..Keys::default()
    }
}

fn counts(keys: &Keys) -> Vec<u64> {
    let mut draw = draw(keys, 0, 1);
    let mut counts = vec![0; keys.max.unwrap() as usize];
    (0..DRAWS).for_each(|_| counts[draw.next(false) as usize] += 1);
    counts
}

#[test]
fn uniform_by_chi_square() {
    for strategy in [KeyStrategy::Uniform, KeyStrategy::Random] {
        let counts = counts(&keys(strategy, 1000));
        assert!(!reaches_chi_square(&counts, &[1.0 / 1000.0; 1000]));
    }
}

#[test]
fn zipfian_by_chi_square_for_every_exponent() {
    for exponent in [0.0, 0.5, 0.99, 1.0, 1.2, 2.0, 5.0] {
        let n = 1000;
        let keys = Keys {
            exponent: Some(exponent),
            ..keys(KeyStrategy::Zipfian, n)
        };
        let sum: f64 = (1..=n).map(|rank| (rank as f64).powf(-exponent)).sum();
        let place = Permutation::new(n);
        let counts = counts(&keys);
        let by_rank: Vec<u64> = (0..n)
            .map(|rank| counts[place.place(rank) as usize])
            .collect();
        let shares: Vec<f64> = (1..=n)
            .map(|rank| (rank as f64).powf(-exponent) / sum)
            .collect();
        assert!(
            !reaches_chi_square(&by_rank, &shares),
            "exponent {exponent}"
        );
    }
}

#[test]
fn hot_zipfian_keys_do_not_lie_together() {
    let counts = counts(&keys(KeyStrategy::Zipfian, 1000));
    let mut hot: Vec<usize> = (0..1000).collect();
    hot.sort_by_key(|number| std::cmp::Reverse(counts[*number]));
    let lowest = hot[..10].iter().min().unwrap();
    let highest = hot[..10].iter().max().unwrap();
    assert!(highest - lowest > 500);
}

#[test]
fn gaussian_by_kolmogorov_and_smirnov() {
    let keys = Keys {
        mean_pct: Some(0.5),
        std_dev_pct: Some(0.1),
        ..keys(KeyStrategy::Gaussian, 10_000)
    };
    let mut draw = draw(&keys, 0, 1);
    let numbers: Vec<u64> = (0..DRAWS).map(|_| draw.next(false)).collect();
    let below = |x: f64| normal_cdf((x - 5000.0) / 1000.0);
    let inside = below(10_000.0) - below(0.0);
    assert!(ks_fits(&numbers, |x| (below(x as f64 + 1.0) - below(0.0)) / inside));
}

#[test]
fn a_gaussian_that_is_cut_off_stays_inside() {
    let keys = Keys {
        mean_pct: Some(1.0),
        std_dev_pct: Some(0.5),
        ..keys(KeyStrategy::Gaussian, 100)
    };
    let counts = counts(&keys);
    let below = |x: f64| normal_cdf((x - 100.0) / 50.0);
    let inside = below(100.0) - below(0.0);
    let shares: Vec<f64> = (0..100)
        .map(|x| (below(f64::from(x) + 1.0) - below(f64::from(x))) / inside)
        .collect();
    assert!(!reaches_chi_square(&counts, &shares));
}

#[test]
fn hotspot_by_chi_square() {
    let keys = Keys {
        hot_set: Some(0.1),
        hot_ops: Some(0.75),
        ..keys(KeyStrategy::Hotspot, 1000)
    };
    let place = Permutation::new(1000);
    let counts = counts(&keys);
    let by_rank: Vec<u64> = (0..1000)
        .map(|rank| counts[place.place(rank) as usize])
        .collect();
    let shares: Vec<f64> = (0..1000)
        .map(|rank| if rank < 100 { 0.0075 } else { 0.25 / 900.0 })
        .collect();
    assert!(!reaches_chi_square(&by_rank, &shares));
}

#[test]
fn latest_is_zipfian_from_the_newest_key_down_and_writes_add() {
    let keys = keys(KeyStrategy::Latest, 1000);
    let counts = counts(&keys);
    let sum: f64 = (1..=1000).map(|rank| f64::from(rank).powf(-0.99)).sum();
    let shares: Vec<f64> = (1..=1000)
        .rev()
        .map(|rank| f64::from(rank).powf(-0.99) / sum)
        .collect();
    assert!(!reaches_chi_square(&counts, &shares));
    let mut draw = draw(&keys, 0, 1);
    assert_eq!((draw.next(true), draw.next(true)), (1000, 1001));
    let newest = (0..1000).map(|_| draw.next(false)).max();
    assert_eq!(newest, Some(1001));
}

#[test]
fn sequential_threads_share_the_sequence_and_go_round() {
    let keys = Keys {
        start: Some(10),
        ..keys(KeyStrategy::Sequential, 100)
    };
    let mut threads = [draw(&keys, 0, 2), draw(&keys, 1, 2)];
    let drawn: Vec<u64> = (0..180).map(|i| threads[i % 2].next(false)).collect();
    let expected: Vec<u64> = (0..180).map(|i| 10 + i % 90).collect();
    assert_eq!(drawn, expected);
}

#[test]
fn round_robin_threads_begin_at_different_places() {
    let keys = keys(KeyStrategy::RoundRobin, 10);
    let mut second = draw(&keys, 1, 2);
    let drawn: Vec<u64> = (0..10).map(|_| second.next(false)).collect();
    assert_eq!(drawn, [5, 6, 7, 8, 9, 0, 1, 2, 3, 4]);
}

#[test]
fn threads_draw_differently_and_the_seed_decides() {
    for strategy in [
        KeyStrategy::Uniform,
        KeyStrategy::Zipfian,
        KeyStrategy::Gaussian,
    ] {
        let keys = keys(strategy, 1_000_000);
        let sequence = |thread| -> Vec<u64> {
            let mut draw = draw(&keys, thread, 2);
            (0..100).map(|_| draw.next(false)).collect()
        };
        assert_ne!(sequence(0), sequence(1));
        assert_eq!(sequence(0), sequence(0));
    }
}

#[test]
fn keys_are_written_in_each_format() {
    for (format, written) in [
        (KeyFormat::Decimal, "k1024"),
        (KeyFormat::Padded, "k000000001024"),
        (KeyFormat::Hex, "k0000000000000400"),
    ] {
        let table = KeyTable::new(
            &Keys {
                prefix: Some("k".to_owned()),
                format: Some(format),
                ..Keys::default()
            },
            None,
        );
        let mut key = Vec::new();
        table.write(1024, &mut key);
        assert_eq!(key, written.as_bytes());
    }
    let mut zero = Vec::new();
    decimal(0, 1, &mut zero);
    assert_eq!(zero, b"0");
    for number in [1, 9, 10, 99, 100, 101, 1009, 65_536, u64::MAX] {
        let mut written = Vec::new();
        decimal(number, 1, &mut written);
        assert_eq!(written, number.to_string().as_bytes());
    }
}

#[test]
fn lines_of_a_file_are_drawn_evenly() {
    let mut lines = Lines::default();
    [b"one", b"two", b"six"]
        .iter()
        .for_each(|line| lines.push(*line));
    let file = keys(KeyStrategy::File, 3);
    let table = Arc::new(KeyTable::new(&file, Some(Arc::new(lines))));
    let mut draw = KeyDraw::new(&table, 0, 1, 64, generator(1, 0, Purpose::Keys(0)));
    let mut counts = [0; 3];
    (0..3000).for_each(|_| counts[draw.next(false) as usize] += 1);
    assert!(!reaches_chi_square(&counts, &[1.0 / 3.0; 3]));
    let mut key = Vec::new();
    draw.table().write(2, &mut key);
    assert_eq!(key, b"six");
}
