//! Bounds and directions: what a range holds and what it must not.

use std::collections::BTreeSet;

use masstree::RangeBound::{self, Excluded, Included, Unbounded};
use masstree::{Inline, Map, MassTree, MassTree15, MassTreeInline};
use masstree_testkit::keys::{KeyPopulation, KeyShape};

/// The keys of a range, from the scans, the iterator and the cursor, which have to agree.
fn keys<const W: usize, const I: usize>(
    map: &Map<Inline<u64>, W, I>,
    start: RangeBound<'_>,
    end: RangeBound<'_>,
) -> Vec<Vec<u8>> {
    let guard = map.guard();
    let mut forward = Vec::new();
    let scanned = map.scan(
        start,
        end,
        |key, _| {
            forward.push(key.to_vec());
            true
        },
        &guard,
    );
    let mut backward = Vec::new();
    map.scan_rev(
        start,
        end,
        |key, _| {
            backward.push(key.to_vec());
            true
        },
        &guard,
    );
    backward.reverse();
    let range = || map.range(start, end, &guard).map(masstree::Entry::into_key);
    let mut from_behind: Vec<_> = range().rev().collect();
    from_behind.reverse();
    assert_eq!(scanned, forward.len());
    assert_eq!(forward, backward, "{start:?} {end:?} backward");
    assert_eq!(
        forward,
        range().collect::<Vec<_>>(),
        "{start:?} {end:?} range"
    );
    assert_eq!(forward, from_behind, "{start:?} {end:?} range backward");
    forward
}

fn map_of(keys: &[&[u8]]) -> MassTreeInline<u64> {
    keys.iter().map(|key| (key, 7)).collect()
}

#[test]
fn a_bounded_range_holds_its_own_start() {
    let map = map_of(&[b"bbababab", b"bbabababbaaabba"]);
    let start = Included(b"bbabababbaaabba");
    assert_eq!(keys(&map, start, Unbounded), [b"bbabababbaaabba".to_vec()]);
    assert_eq!(keys(&map, Included(b"bbababab"), Unbounded).len(), 2);
    assert_eq!(keys(&map, start, start), [b"bbabababbaaabba".to_vec()]);
}

#[test]
fn a_bounded_range_holds_no_key_below_its_start() {
    let map = map_of(&[b"bbababab"]);
    for start in [
        Included(&b"bbabababbaaabba"[..]),
        Excluded(b"bbabababbaaabba"),
    ] {
        assert!(keys(&map, start, Unbounded).is_empty(), "{start:?}");
    }
    assert_eq!(
        keys(&map, Unbounded, Included(b"bbabababbaaabba")),
        [b"bbababab".to_vec()]
    );
}

#[test]
fn a_reverse_range_finds_what_is_below_its_end() {
    let map = map_of(&[&[31]]);
    for end in [Included(&[219][..]), Excluded(&[219])] {
        assert_eq!(keys(&map, Unbounded, end), [vec![31]], "{end:?}");
        assert_eq!(map.upper_bound(end, &map.guard()).unwrap().key(), [31]);
    }
}

#[test]
fn keys_that_differ_by_a_trailing_nul_stay_apart_at_a_bound() {
    for stem in [
        &b""[..],
        b"k",
        b"1234567",
        b"12345678",
        b"123456789",
        b"0123456789abcdef",
    ] {
        let with = |nuls: usize| [stem, &vec![0; nuls]].concat();
        let all: Vec<Vec<u8>> = (0..20).map(with).collect();
        let map: Map<Inline<u64>, 10, 3> = all.iter().map(|key| (key, 1)).collect();
        for at in 0..20 {
            let key = &all[at];
            assert_eq!(keys(&map, Included(key), Unbounded), all[at..]);
            assert_eq!(keys(&map, Excluded(key), Unbounded), all[at + 1..]);
            assert_eq!(keys(&map, Unbounded, Included(key)), all[..=at]);
            assert_eq!(keys(&map, Unbounded, Excluded(key)), all[..at]);
            // A bound that is not there, between two that are.
            assert_eq!(map.remove(key), Ok(Some(1)));
            assert_eq!(keys(&map, Included(key), Unbounded), all[at + 1..]);
            assert_eq!(keys(&map, Unbounded, Included(key)), all[..at]);
            map.insert(key, 1).unwrap();
        }
    }
}

#[test]
fn a_full_reverse_iteration_yields_all_of_22() {
    for shape in KeyShape::ALL {
        for seed in 0..20 {
            let population = KeyPopulation::new(shape, 22, seed);
            let mut expected = population.keys().to_vec();
            let map: MassTree<usize> = population.keys().iter().zip(0..).collect();
            let guard = map.guard();
            let backward: Vec<_> = map.keys(&guard).rev().collect();
            expected.reverse();
            assert_eq!(backward, expected, "{shape:?} {seed}");
        }
    }
}

#[test]
fn every_pair_of_bounds_yields_exactly_what_lies_between() {
    let letters = [&b""[..], b"a", b"b"];
    let mut population = BTreeSet::new();
    for stem in [&b""[..], b"aaaaaaa", b"aaaaaaaa", b"aaaaaaaaaaaaaaaa"] {
        for first in letters {
            for second in letters {
                population.insert([stem, first, second].concat());
            }
        }
    }
    let all: Vec<_> = population.iter().collect();
    let map: Map<Inline<u64>, 10, 3> = all.iter().step_by(2).map(|key| (key, 1)).collect();
    let there: Vec<_> = all.iter().step_by(2).collect();
    for start in &all {
        for end in &all {
            for (from, above) in [
                (
                    Included(start.as_slice()),
                    &(|k: &[u8]| k >= start.as_slice()) as &dyn Fn(&[u8]) -> bool,
                ),
                (Excluded(start.as_slice()), &|k: &[u8]| k > start.as_slice()),
            ] {
                for (to, below) in [
                    (
                        Included(end.as_slice()),
                        &(|k: &[u8]| k <= end.as_slice()) as &dyn Fn(&[u8]) -> bool,
                    ),
                    (Excluded(end.as_slice()), &|k: &[u8]| k < end.as_slice()),
                ] {
                    let want = there.iter().filter(|k| above(k) && below(k));
                    assert!(
                        keys(&map, from, to).iter().eq(want.map(|k| **k)),
                        "{from:?} {to:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_scan_ends_where_its_visitor_says() {
    let map = MassTree15::<u64>::new();
    for i in 0..1000_u64 {
        map.insert(format!("a shared beginning {i:04}").as_bytes(), i)
            .unwrap();
    }
    let guard = map.guard();
    for stop in [1, 2, 15, 16, 500, 1000] {
        let mut calls = 0;
        let mut visit = || {
            calls += 1;
            assert!(calls <= stop, "called again after it said no");
            calls < stop
        };
        assert_eq!(map.scan(Unbounded, Unbounded, |_, _| visit(), &guard), stop);
        calls = 0;
        let mut visit = || {
            calls += 1;
            assert!(calls <= stop, "called again after it said no");
            calls < stop
        };
        assert_eq!(
            map.scan_rev(Unbounded, Unbounded, |_, _| visit(), &guard),
            stop
        );
        calls = 0;
        let mut visit = || {
            calls += 1;
            assert!(calls <= stop, "called again after it said no");
            calls < stop
        };
        assert_eq!(map.scan_prefix(b"a shared", |_, _| visit(), &guard), stop);
    }
}

#[test]
fn a_scan_ends_at_its_end() {
    let map = MassTreeInline::<u64>::new();
    for i in 0..1000_u64 {
        map.insert(&i.to_be_bytes(), i).unwrap();
    }
    let guard = map.guard();
    for end in [0_u64, 1, 23, 24, 25, 500, 999] {
        let key = end.to_be_bytes();
        let last = |bound| {
            map.range(Unbounded, bound, &guard)
                .last()
                .map(|e| e.value())
        };
        assert_eq!(last(Included(&key)), Some(end));
        assert_eq!(last(Excluded(&key)), end.checked_sub(1));
        assert_eq!(
            map.scan(
                Unbounded,
                Excluded(&key),
                |_, v| {
                    assert!(v < end);
                    true
                },
                &guard
            ),
            end as usize
        );
        assert_eq!(
            map.scan_rev(
                Excluded(&key),
                Unbounded,
                |_, v| {
                    assert!(v > end);
                    true
                },
                &guard
            ),
            999 - end as usize
        );
    }
}
