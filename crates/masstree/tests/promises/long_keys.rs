//! Long keys: no recursion on their length, and a chain of layers with one entry each costs no leaf for each 8 bytes.

use masstree::{
    Inline, MAX_KEY_LEN, Map, MassTree, MassTreeInline, RangeBound::Unbounded, Storage,
};

use super::contents;

/// Frames of a walk that calls itself for each of 8,192 slices would not fit.
const STACK: usize = 128 * 1024;

fn on_a_small_stack(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work);
        thread.unwrap().join().unwrap();
    });
}

fn all_but_the_last_byte<S: Storage<Value = u64>, const W: usize, const I: usize>() -> Map<S, W, I>
{
    let map: Map<S, W, I> = Map::new();
    let mut key = vec![b'k'; MAX_KEY_LEN];
    for last in 0..=255_u8 {
        key[MAX_KEY_LEN - 1] = last;
        map.insert(&key, u64::from(last)).unwrap();
    }
    map
}

#[test]
fn keys_of_64_kib_that_share_all_but_the_last_byte_take_few_nodes() {
    on_a_small_stack(|| {
        let map: MassTreeInline<u64> = all_but_the_last_byte();
        let stats = map.stats();
        assert_eq!(stats.entries, 256);
        assert!(stats.leaves <= 1 + 256 / 10, "{stats:?}");
        assert!(stats.layers <= 4 && stats.inner_nodes <= 4, "{stats:?}");
        // The shared bytes stand there once.
        assert!(stats.bytes() < MAX_KEY_LEN + 16 * 1024, "{stats:?}");
    });
}

#[test]
fn records_that_move_to_a_layer_leave_a_long_prefix_behind() {
    let map = MassTreeInline::<u64>::new();
    let key = |i: u64| {
        let shared = 4096 + i as usize % 3;
        [
            &vec![b'k'; shared][..],
            format!("{i:04}{:x>40}", "").as_bytes(),
        ]
        .concat()
    };
    for i in 0..200 {
        map.insert(&key(i), i).unwrap();
    }
    let stats = map.stats();
    assert!(stats.layers >= 1 && stats.records >= 150, "{stats:?}");
    assert!(stats.bytes() < 200 * 150, "{stats:?}");
    let guard = map.guard();
    for i in 0..200 {
        assert_eq!(map.get(&key(i)), Some(i));
    }
    assert_eq!(map.keys(&guard).count(), 200);
    assert!(map.keys(&guard).is_sorted());
}

#[test]
fn nothing_recurses_on_the_length_of_a_key() {
    on_a_small_stack(|| {
        let map: Map<Inline<u64>, 10, 3> = all_but_the_last_byte();
        let guard = map.guard();
        let mut key = vec![b'k'; MAX_KEY_LEN];
        assert_eq!(map.get(&key), Some(u64::from(b'k')));
        assert!(map.values(&guard).eq(0..256));
        assert!(map.values(&guard).rev().eq((0..256).rev()));
        assert_eq!(
            map.scan_prefix(&key[..MAX_KEY_LEN - 1], |_, _| true, &guard),
            256
        );
        let copy = map.clone();
        assert_eq!(copy.shape(&guard).len(), 2);
        // Ever shorter prefixes of the shared bytes: the layer's prefix is cut again and again.
        for cut in (1..MAX_KEY_LEN).rev().step_by(997) {
            key.truncate(cut);
            assert_eq!(map.insert(&key, 1000), Ok(None));
            key[cut - 1] = b'x';
            assert_eq!(map.insert(&key, 1001), Ok(None));
            key[cut - 1] = b'k';
        }
        assert!(map.keys(&guard).is_sorted());
        assert_eq!(map.keys(&guard).rev().count(), map.len());
        assert_eq!(map.shape(&guard).len(), map.stats().layers + 1);
        let (pairs, length) = (map.clone().into_iter(), map.len());
        assert_eq!(pairs.count(), length);
        assert_eq!(map.retain(|_, v| v < 1000, &guard), length - 256);
        map.clear();
        let stats = map.stats();
        assert_eq!((stats.leaves, stats.layers, stats.key_bytes), (1, 0, 0));
    });
}

/// As many layers as [`DEEP`] bytes have slices.
const DEEP: usize = 8 * 1024;

/// A key for each 8 bytes: a layer of each, made and given back on a small stack.
#[test]
fn a_deep_trie_is_made_walked_and_given_back() {
    on_a_small_stack(|| {
        let map = MassTree::<usize>::new();
        let key = vec![b'd'; DEEP];
        for length in (8..=DEEP).step_by(8) {
            assert_eq!(map.insert(&key[..length], length), Ok(None));
        }
        let guard = map.guard();
        assert_eq!(map.len(), DEEP / 8);
        // The last few stay together in one leaf, as records.
        assert!(map.stats().layers > DEEP / 8 - 64, "{:?}", map.stats());
        assert_eq!(map.get_ref(&key, &guard), Some(&DEEP));
        let expected = || (8..=DEEP).step_by(8);
        let mut lengths = Vec::new();
        map.scan_values(
            Unbounded,
            Unbounded,
            |v| {
                lengths.push(*v);
                true
            },
            &guard,
        );
        assert!(lengths.into_iter().eq(expected()));
        assert_eq!(map.last(&guard).map(|e| *e.value()), Some(DEEP));
        assert_eq!(map.pop_last(&guard).map(|(_, v)| *v), Some(DEEP));
        drop(guard);
        for length in (8..DEEP).step_by(8) {
            assert_eq!(
                map.remove(&key[..length]).unwrap().as_deref(),
                Some(&length)
            );
        }
        let stats = map.stats();
        assert_eq!(
            (stats.entries, stats.layers, stats.leaves, stats.key_bytes),
            (0, 0, 1, 0)
        );
    });
}

/// The same, dropped whole.
#[test]
fn a_deep_trie_is_dropped_whole() {
    on_a_small_stack(|| {
        let map = MassTree::<usize>::new();
        let key = vec![b'd'; DEEP];
        for length in (8..=DEEP).rev().step_by(8) {
            map.insert(&key[..length], length).unwrap();
        }
        assert_eq!(map.shape(&map.guard()).len(), map.stats().layers + 1);
        drop(map);
    });
}

#[test]
fn keys_that_are_prefixes_of_one_another_are_all_there() {
    for byte in [0, b'p', 255] {
        let key = [byte; 300];
        // In both orders, and from the middle out.
        let orders: [Vec<usize>; 3] = [
            (0..=300).collect(),
            (0..=300).rev().collect(),
            (0..=300).map(|i| (i * 137 + 150) % 301).collect(),
        ];
        for order in orders {
            let map: Map<Inline<u64>, 10, 3> = Map::new();
            for &length in &order {
                assert_eq!(map.insert(&key[..length], length as u64), Ok(None));
            }
            let all = contents(&map, |v| v);
            assert!(
                all.iter()
                    .zip(0..)
                    .all(|((k, v), i)| k.len() == i && *v == i as u64)
            );
            assert_eq!(all.len(), 301);
            let guard = map.guard();
            for length in 0..=300 {
                let prefixed = map.scan_prefix(&key[..length], |_, _| true, &guard);
                assert_eq!(prefixed, 301 - length);
            }
            for &length in &order {
                assert_eq!(map.remove(&key[..length]), Ok(Some(length as u64)));
                assert_eq!(map.get(&key[..length]), None);
            }
            assert_eq!(map.stats().layers, 0);
        }
    }
}

#[test]
fn the_empty_key_is_a_key() {
    let map = MassTree::<u64>::new();
    let guard = map.guard();
    assert_eq!(map.get(b""), None);
    assert_eq!(map.remove(b""), Ok(None));
    assert_eq!(map.insert(b"", 1), Ok(None));
    assert_eq!(map.insert(b"\0", 2), Ok(None));
    assert_eq!(map.first(&guard).map(|e| e.into_pair()), Some((vec![], &1)));
    assert_eq!(map.scan_prefix(b"", |_, _| true, &guard), 2);
    assert_eq!(map.remove(b"").unwrap().as_deref(), Some(&1));
    assert_eq!(map.get_many(&[&b""[..], b"\0"], &guard), [None, Some(&2)]);
}
