//! Keys over 64 KiB: an error on every write, "not there" on every read and remove, and no panic anywhere.

use std::num::NonZero;

use masstree::RangeBound::{Excluded, Included, Unbounded};
use masstree::{CompareError, InsertError, MAX_KEY_LEN, MassTree};

use super::contents;

const TOO_LONG: InsertError = InsertError::KeyTooLong { len: 65_537 };

fn map() -> MassTree<u64> {
    let map = MassTree::new();
    for (key, value) in [(&b""[..], 1), (b"a", 2), (&[b'k'; 65_536], 3), (b"z", 4)] {
        assert_eq!(map.insert(key, value), Ok(None));
    }
    map
}

#[test]
fn a_key_of_64_kib_is_a_key_like_any_other() {
    let map = map();
    let key = [b'k'; MAX_KEY_LEN];
    let guard = map.guard();
    assert_eq!(map.get_ref(&key, &guard), Some(&3));
    assert_eq!(map.lower_bound(Included(&key), &guard).unwrap().key(), key);
    assert_eq!(map.remove(&key).unwrap().as_deref(), Some(&3));
    assert_eq!(map.len(), 3);
}

#[test]
fn every_write_of_a_longer_key_is_an_error_and_changes_nothing() {
    let map = map();
    let before = contents(&map, |v| *v);
    let guard = map.guard();
    // Beginning like a key that is there, and like none.
    for key in [[b'k'; 65_537], [0; 65_537]] {
        assert_eq!(map.insert(&key, 9), Err(TOO_LONG));
        assert_eq!(map.insert_with_guard(&key, 9, &guard), Err(TOO_LONG));
        assert_eq!(map.fetch_update(&key, |_| Some(9), &guard), Err(TOO_LONG));
        assert_eq!(map.get_or_insert_with(&key, || 9, &guard), Err(TOO_LONG));
        assert_eq!(map.entry(&key, &guard).or_insert(9), Err(TOO_LONG));
        assert_eq!(map.entry(&key, &guard).or_insert_with(|| 9), Err(TOO_LONG));
        assert_eq!(map.entry(&key, &guard).or_default(), Err(TOO_LONG));
        assert_eq!(map.entry(&key, &guard).insert(9), Err(TOO_LONG));
        assert_eq!(
            map.entry(&key, &guard).and_modify(|_| 9).or_insert(9),
            Err(TOO_LONG)
        );
        let exchanged = map.compare_exchange(&key, None, Some(9), &guard);
        assert_eq!(exchanged, Err(CompareError::Insert(TOO_LONG)));
        assert_eq!(map.insert_many([(&key[..], 9)], &guard), Err(TOO_LONG));
        for threads in [1, 2] {
            let pairs = vec![(key.to_vec(), 9)];
            assert_eq!(map.bulk_load(pairs, NonZero::new(threads)), Err(TOO_LONG));
        }
        assert_eq!(contents(&map, |v| *v), before);
    }
    assert_eq!(
        TOO_LONG.to_string(),
        "key of 65537 bytes is longer than the limit of 65536"
    );
}

#[test]
fn a_batch_stops_at_the_key_that_is_too_long() {
    let long = vec![0; 65_537];
    let pairs = || (0..40_u8).map(|i| (if i == 30 { long.clone() } else { vec![i] }, u64::from(i)));
    let map = MassTree::<u64>::new();
    assert_eq!(map.insert_many(pairs(), &map.guard()), Err(TOO_LONG));
    assert!(contents(&map, |v| *v).into_values().eq(0..30));
    let map = MassTree::<u64>::new();
    assert_eq!(
        map.bulk_load(pairs().collect(), NonZero::new(1)),
        Err(TOO_LONG)
    );
    assert!(contents(&map, |v| *v).into_values().eq(0..30));
}

#[test]
fn reads_and_removes_of_a_longer_key_find_nothing() {
    let map = map();
    let before = contents(&map, |v| *v);
    let guard = map.guard();
    for key in [[b'k'; 65_537], [0; 65_537]] {
        assert_eq!(map.get(&key), None);
        assert_eq!(map.get_ref(&key, &guard), None);
        assert_eq!(map.get_with_guard(&key, &guard), None);
        assert!(!map.contains_key(&key));
        assert_eq!(map.get_many(&[&key[..], b"a"], &guard), [None, Some(&2)]);
        assert_eq!(map.update(&key, |_| panic!("not there"), &guard), Ok(None));
        assert_eq!(map.fetch_update(&key, |_| None, &guard), Ok(None));
        assert_eq!(map.entry(&key, &guard).get(), None);
        assert_eq!(map.entry(&key, &guard).remove(), None);
        assert_eq!(map.remove(&key), Ok(None));
        assert_eq!(map.remove_if(&key, |_| panic!("not there"), &guard), None);
        assert_eq!(map.remove_many(&[key], &guard), Ok(0));
        assert_eq!(map.compare_exchange(&key, None, None, &guard), Ok(None));
        let expected = std::sync::Arc::new(9);
        let exchanged = map.compare_exchange(&key, Some(&expected), None, &guard);
        assert_eq!(exchanged, Err(CompareError::Differs(None)));
        assert_eq!(contents(&map, |v| *v), before);
    }
}

#[test]
fn a_longer_key_is_a_fine_bound() {
    let map = map();
    let guard = map.guard();
    let key = [b'k'; 65_537];
    for bound in [Included(&key[..]), Excluded(&key)] {
        let above: Vec<u64> = map
            .range(bound, Unbounded, &guard)
            .map(|e| *e.value())
            .collect();
        let below: Vec<u64> = map
            .range(Unbounded, bound, &guard)
            .map(|e| *e.value())
            .collect();
        assert_eq!((above, below), (vec![4], vec![1, 2, 3]));
        assert_eq!(map.upper_bound(bound, &guard).map(|e| *e.value()), Some(3));
    }
    assert_eq!(map.scan_prefix(&key, |_, _| true, &guard), 0);
    let mut cursor = map.cursor(&guard);
    assert!(!cursor.seek(&key));
    assert_eq!(cursor.value(), Some(&4));
    assert!(!cursor.seek_for_prev(&key));
    assert_eq!(cursor.value(), Some(&3));
}
