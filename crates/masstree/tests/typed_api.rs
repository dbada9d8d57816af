//! What the typed maps promise beyond `BTreeMap`: borrowed lookups, refusals, iterators that can be kept, writers beside one another.

use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use masstree::typed::{DecodeError, EncodeKey, Key, KeyBuf, Total};
use masstree::{InsertError, MAX_KEY_LEN, OrderedMap, OrderedSet};

#[test]
fn lookups_take_borrowed_forms() {
    let texts = OrderedMap::<String, u32>::new();
    texts.insert_ref("a", 1).unwrap();
    assert_eq!(*texts.get_or_insert_with("b", || 2).unwrap(), 2);
    texts.fetch_update("b", |n| n.map(|n| n + 1)).unwrap();
    assert_eq!(texts.get("b").as_deref(), Some(&3));
    assert_eq!(
        texts.get_key_value("a").map(|(key, _)| key),
        Some("a".to_string())
    );
    assert_eq!(
        texts
            .range::<str, _>((Included("a"), Excluded("b")))
            .count(),
        1
    );
    assert!(texts.contains_key("a") && !texts.contains_key("c"));
    assert_eq!(
        texts.remove_entry("a").map(|(key, _)| key),
        Some("a".to_string())
    );

    let bytes = OrderedSet::<Vec<u8>>::from([b"x\0".to_vec()]);
    assert!(bytes.contains(&b"x\0"[..]) && !bytes.contains(&b"x"[..]));
    let arrays = OrderedSet::from([[1u8, 2]]);
    assert!(arrays.contains(&[1u8, 2][..]));
    let boxed = OrderedMap::<Box<str>, ()>::from([("k".into(), ())]);
    assert!(boxed.get("k").is_some());
    let numbers = OrderedMap::<u64, ()>::from([(5, ())]);
    assert!(numbers.get(&5).is_some() && numbers.get_or_insert_with(&6, || ()).is_ok());
}

#[test]
fn keys_over_the_limit_are_refused_and_found_nowhere() {
    let map = OrderedMap::<String, u8>::new();
    let longest = "x".repeat(MAX_KEY_LEN);
    let longer = "x".repeat(MAX_KEY_LEN + 1);
    assert_eq!(map.insert(longest.clone(), 1), Ok(None));
    assert_eq!(
        map.insert(longer.clone(), 2),
        Err(InsertError::KeyTooLong {
            len: MAX_KEY_LEN + 1
        })
    );
    assert!(map.entry(longer.clone()).or_insert(2).is_err());
    assert!(
        map.entry(longer.clone())
            .and_modify(|n| *n)
            .or_insert(2)
            .is_err()
    );
    assert_eq!((map.get(&longer), map.remove(&longer)), (None, None));
    assert_eq!(map.range(longer..).count(), 0);
    assert_eq!(map.get(&longest).as_deref(), Some(&1));
    // In front of another component each zero byte takes two.
    let pairs = OrderedSet::<(Vec<u8>, u8)>::new();
    assert!(pairs.insert((vec![0; MAX_KEY_LEN / 2], 0)).is_err());
}

#[test]
fn floats_are_keys_with_and_without_an_order_of_their_own() {
    let bare =
        OrderedMap::<f64, u32>::from([(0.0, 1), (-0.0, 2), (f64::NAN, 3), (f64::NEG_INFINITY, 4)]);
    assert_eq!(bare.values().map(|n| *n).collect::<Vec<_>>(), [4, 2, 1, 3]);
    assert_eq!(bare.range(-1.0..=0.0).count(), 2);
    assert_eq!(bare.get(&f64::NAN).as_deref(), Some(&3));
    let total = OrderedSet::from([Total(1.5f32), Total(-1.5)]);
    assert_eq!(total.iter().collect::<Vec<_>>(), [Total(-1.5), Total(1.5)]);
}

#[test]
fn an_iterator_can_be_kept_sent_and_outlives_changes() {
    let map: OrderedMap<u32, u32> = (0..1000).map(|n| (n, n)).collect();
    let mut entries = map.iter();
    assert_eq!(entries.next().map(|(key, _)| key), Some(0));
    map.retain(|key, _| *key < 10 || *key >= 990);
    map.insert(500, 500).unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            assert_eq!(entries.next_back().map(|(key, _)| key), Some(999));
            let rest: Vec<u32> = entries.by_ref().map(|(key, _)| key).collect();
            assert!(rest.is_sorted());
            assert!((990..999).chain([500]).all(|key| rest.contains(&key)));
            assert!(entries.next().is_none() && entries.next_back().is_none());
        });
    });
}

#[test]
fn no_count_is_lost_through_entry_update_and_fetch_update() {
    const ROUNDS: u64 = 2_000;
    let counts = OrderedMap::<(u8, String), u64>::new();
    let key = |n: u64| ((n % 3) as u8, "count".to_string());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for n in 0..ROUNDS {
                    counts
                        .entry(key(n))
                        .and_modify(|count| count + 1)
                        .or_insert(1)
                        .unwrap();
                }
            });
            scope.spawn(|| {
                for n in 0..ROUNDS {
                    counts
                        .fetch_update(&key(n), |count| Some(count.map_or(1, |count| count + 1)))
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(counts.values().map(|count| *count).sum::<u64>(), 4 * ROUNDS);
}

#[test]
fn all_who_insert_one_key_get_one_value_and_each_entry_is_popped_once() {
    let map = OrderedMap::<u32, thread::ThreadId>::new();
    let seen: Vec<Vec<_>> = thread::scope(|scope| {
        let insert = || {
            (0..500)
                .map(|n| {
                    *map.entry(n)
                        .or_insert_with(|| thread::current().id())
                        .unwrap()
                })
                .collect()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(insert)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(seen.iter().all(|ids| ids == &seen[0]));

    let mut popped: Vec<u32> = thread::scope(|scope| {
        let pops = [0, 1].map(|n| {
            let map = &map;
            scope.spawn(move || {
                let pop = || {
                    if n == 0 {
                        map.pop_first()
                    } else {
                        map.pop_last()
                    }
                };
                std::iter::from_fn(pop)
                    .map(|(key, _)| key)
                    .collect::<Vec<_>>()
            })
        });
        pops.into_iter()
            .flat_map(|pop| pop.join().unwrap())
            .collect()
    });
    popped.sort_unstable();
    assert!(popped.into_iter().eq(0..500));
}

#[test]
fn a_scan_beside_writers_is_ordered_and_misses_nothing_that_stays() {
    let set: OrderedSet<u32> = (0..2000).step_by(2).collect();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for key in (1..2000).step_by(2) {
                    set.insert(key).unwrap();
                }
                for key in (1..2000).step_by(2) {
                    set.remove(&key);
                }
            }
        });
        for _ in 0..20 {
            for keys in [
                set.iter().collect::<Vec<_>>(),
                set.iter()
                    .rev()
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .collect(),
            ] {
                assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
                assert_eq!(keys.iter().filter(|key| *key % 2 == 0).count(), 1000);
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// A key of one's own: an enum as the number of its variant and its fields.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Root,
    Child { path: String, depth: i8 },
}

impl EncodeKey for Node {
    fn encode(&self, out: &mut KeyBuf) {
        match self {
            Self::Root => 0u8.encode(out),
            Self::Child { path, depth } => (1u8, path, depth).encode(out),
        }
    }
}

impl Key for Node {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        match u8::decode(input)? {
            0 => Ok(Self::Root),
            1 => Key::decode(input).map(|(path, depth)| Self::Child { path, depth }),
            _ => Err(DecodeError::InvalidValue { expected: "Node" }),
        }
    }
}

#[test]
fn a_key_of_ones_own_works_alone_and_in_composites() {
    let child = |path: &str, depth| Node::Child {
        path: path.into(),
        depth,
    };
    let nodes = [
        Node::Root,
        child("", 3),
        child("a", -1),
        child("a", 0),
        child("ab", -9),
    ];
    let set: OrderedSet<(Node, Option<Node>)> = nodes
        .iter()
        .rev()
        .flat_map(|a| [None, Some(child("z", 0))].map(|b| (a.clone(), b)))
        .collect();
    let first: Vec<Node> = set.iter().map(|(node, _)| node).step_by(2).collect();
    assert_eq!(first, nodes);
    assert!(
        set.range((Excluded((Node::Root, None)), Unbounded))
            .next()
            .is_some_and(|(_, second)| second.is_some())
    );
}
