//! `OrderedMap` and `OrderedSet` do what `BTreeMap` and `BTreeSet` do: random operations, for keys of several types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use std::sync::Arc;

use masstree::typed::Key;
use masstree::{OrderedMap, OrderedSet};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Op<K> {
    Insert(K, u32),
    Remove(K),
    RemoveEntry(K),
    Get(K),
    Update(K),
    FetchUpdate(K, Option<u32>),
    GetOrInsert(K, u32),
    EntryOrInsert(K, u32),
    EntryModify(K, u32),
    PopFirst,
    PopLast,
    Range(Bound<K>, Bound<K>, Vec<bool>),
    Bounds(Bound<K>),
    Retain(u32),
    Clear,
}

fn bound<K: Debug + Clone>(
    key: impl Strategy<Value = K> + Clone,
) -> impl Strategy<Value = Bound<K>> + Clone {
    prop_oneof![4 => key.clone().prop_map(Included), 4 => key.prop_map(Excluded), 1 => Just(Unbounded)]
}

fn op<K: Debug + Clone + 'static>(
    key: impl Strategy<Value = K> + Clone + 'static,
) -> impl Strategy<Value = Op<K>> {
    let value = 0u32..100;
    prop_oneof![
        20 => (key.clone(), value.clone()).prop_map(|(k, v)| Op::Insert(k, v)),
        6 => key.clone().prop_map(Op::Remove),
        2 => key.clone().prop_map(Op::RemoveEntry),
        6 => key.clone().prop_map(Op::Get),
        2 => key.clone().prop_map(Op::Update),
        2 => (key.clone(), prop::option::of(value.clone())).prop_map(|(k, v)| Op::FetchUpdate(k, v)),
        2 => (key.clone(), value.clone()).prop_map(|(k, v)| Op::GetOrInsert(k, v)),
        2 => (key.clone(), value.clone()).prop_map(|(k, v)| Op::EntryOrInsert(k, v)),
        2 => (key.clone(), value).prop_map(|(k, v)| Op::EntryModify(k, v)),
        1 => Just(Op::PopFirst),
        1 => Just(Op::PopLast),
        6 => (bound(key.clone()), bound(key.clone()), prop::collection::vec(any::<bool>(), 0..200))
            .prop_map(|(a, b, turns)| Op::Range(a, b, turns)),
        4 => bound(key).prop_map(Op::Bounds),
        1 => (2u32..9).prop_map(Op::Retain),
        1 => Just(Op::Clear),
    ]
}

type Pair<K> = (K, u32);

fn pair<K>((key, value): (K, Arc<u32>)) -> Pair<K> {
    (key, *value)
}

fn cloned<K: Clone>((key, value): (&K, &u32)) -> Pair<K> {
    (key.clone(), *value)
}

fn apply<K: Key + Ord + Clone + Debug>(
    map: &OrderedMap<K, u32>,
    model: &mut BTreeMap<K, u32>,
    op: Op<K>,
) {
    let value = |found: Option<Arc<u32>>| found.map(|value| *value);
    match op {
        Op::Insert(k, v) => {
            assert_eq!(value(map.insert(k.clone(), v).unwrap()), model.insert(k, v))
        }
        Op::Remove(k) => assert_eq!(value(map.remove(&k)), model.remove(&k)),
        Op::RemoveEntry(k) => assert_eq!(map.remove_entry(&k).map(pair), model.remove_entry(&k)),
        Op::Get(k) => {
            assert_eq!(value(map.get(&k)), model.get(&k).copied());
            assert_eq!(map.get_with(&k, |v| *v), model.get(&k).copied());
            assert_eq!(
                map.get_key_value(&k).map(pair),
                model.get_key_value(&k).map(cloned)
            );
            assert_eq!(map.contains_key(&k), model.contains_key(&k));
        }
        Op::Update(k) => {
            assert_eq!(
                value(map.update(&k, |v| v + 1).unwrap()),
                model.get(&k).copied()
            );
            model.entry(k).and_modify(|v| *v += 1);
        }
        Op::FetchUpdate(k, v) => {
            assert_eq!(
                value(map.fetch_update(&k, |_| v).unwrap()),
                model.get(&k).copied()
            );
            if let Some(v) = v {
                model.insert(k, v);
            }
        }
        Op::GetOrInsert(k, v) => {
            assert_eq!(
                *map.get_or_insert_with(&k, || v).unwrap(),
                *model.entry(k).or_insert(v)
            );
        }
        Op::EntryOrInsert(k, v) => {
            assert_eq!(
                *map.entry(k.clone()).or_insert(v).unwrap(),
                *model.entry(k).or_insert(v)
            );
        }
        Op::EntryModify(k, v) => {
            let now = map
                .entry(k.clone())
                .and_modify(|v| v + 1)
                .and_modify(|v| v * 2)
                .or_insert(v)
                .unwrap();
            assert_eq!(
                *now,
                *model
                    .entry(k)
                    .and_modify(|v| *v = (*v + 1) * 2)
                    .or_insert(v)
            );
        }
        Op::PopFirst => assert_eq!(map.pop_first().map(pair), model.pop_first()),
        Op::PopLast => assert_eq!(map.pop_last().map(pair), model.pop_last()),
        Op::Range(low, high, turns) => range(map, model, (low, high), &turns),
        Op::Bounds(bound) => {
            let above = model.range((bound.clone(), Unbounded)).next().map(cloned);
            assert_eq!(map.lower_bound(bound.as_ref()).map(pair), above);
            let below = model
                .range((Unbounded, bound.clone()))
                .next_back()
                .map(cloned);
            assert_eq!(map.upper_bound(bound.as_ref()).map(pair), below);
        }
        Op::Retain(n) => {
            map.retain(|_, v| v % n != 0);
            model.retain(|_, v| *v % n != 0);
        }
        Op::Clear => {
            map.clear();
            model.clear();
        }
    }
    assert_eq!(map.len(), model.len());
    assert_eq!(map.is_empty(), model.is_empty());
}

/// A range taken from both ends in turns, then to its end. std panics for an inverted one, which here is empty.
fn range<K: Key + Ord + Clone + Debug>(
    map: &OrderedMap<K, u32>,
    model: &BTreeMap<K, u32>,
    bounds: (Bound<K>, Bound<K>),
    turns: &[bool],
) {
    let inverted = match (&bounds.0, &bounds.1) {
        (Excluded(a), Excluded(b)) => a >= b,
        (Included(a) | Excluded(a), Included(b) | Excluded(b)) => a > b,
        _ => false,
    };
    let mut expected: std::collections::VecDeque<_> = if inverted {
        [].into()
    } else {
        model.range(bounds.clone()).map(cloned).collect()
    };
    let mut actual = map.range::<K, _>(bounds);
    for &from_back in turns {
        let (got, wanted) = if from_back {
            (actual.next_back(), expected.pop_back())
        } else {
            (actual.next(), expected.pop_front())
        };
        assert_eq!(got.map(pair), wanted);
    }
    assert_eq!(actual.map(pair).collect::<Vec<_>>(), Vec::from(expected));
}

fn check<K: Key + Ord + Clone + Debug>(ops: Vec<Op<K>>) {
    let map = OrderedMap::new();
    let mut model = BTreeMap::new();
    for op in ops {
        apply(&map, &mut model, op);
    }
    let entries: Vec<_> = model.iter().map(cloned).collect();
    assert_eq!(map.iter().map(pair).collect::<Vec<_>>(), entries);
    assert_eq!(
        map.iter().rev().map(pair).collect::<Vec<_>>(),
        entries.iter().rev().cloned().collect::<Vec<_>>()
    );
    assert_eq!(
        map.keys().collect::<Vec<_>>(),
        model.keys().cloned().collect::<Vec<_>>()
    );
    assert_eq!(
        map.values().rev().map(|v| *v).collect::<Vec<_>>(),
        model.values().rev().copied().collect::<Vec<_>>()
    );
    assert_eq!(map.first_key_value().map(pair), entries.first().cloned());
    assert_eq!(map.last_key_value().map(pair), entries.last().cloned());
    assert_eq!(format!("{map:?}"), format!("{model:?}"));
    let copy = map.clone();
    assert_eq!(copy, map);
    assert_eq!(copy.into_iter().len(), model.len());
    assert!(map.into_iter().map(pair).eq(entries));
    check_set(&model);
}

/// Two sets of the keys of `model`, overlapping.
fn check_set<K: Key + Ord + Clone + Debug>(model: &BTreeMap<K, u32>) {
    let halves = [3, 5].map(|n| {
        model
            .iter()
            .filter(|(_, v)| *v % n != 0)
            .map(|(k, _)| k.clone())
            .collect::<BTreeSet<K>>()
    });
    let [a, b] = &halves;
    let [x, y] = [a, b].map(|half| half.iter().cloned().collect::<OrderedSet<K>>());
    assert_eq!((x.len(), y.len()), (a.len(), b.len()));
    assert!(x.iter().eq(a.iter().cloned()));
    assert!(x.iter().rev().eq(a.iter().rev().cloned()));
    assert!(x.union(&y).eq(a.union(b).cloned()));
    assert!(x.intersection(&y).eq(a.intersection(b).cloned()));
    assert!(x.difference(&y).eq(a.difference(b).cloned()));
    assert!(
        x.symmetric_difference(&y)
            .eq(a.symmetric_difference(b).cloned())
    );
    assert_eq!(
        (x.is_subset(&y), x.is_disjoint(&y), x == y),
        (a.is_subset(b), a.is_disjoint(b), a == b)
    );
    assert_eq!(
        (x.first().as_ref(), x.last().as_ref()),
        (a.first(), a.last())
    );
    for key in model.keys() {
        assert_eq!(x.contains(key), a.contains(key));
        assert_eq!(x.get(key).as_ref(), a.get(key));
        assert_eq!(
            x.lower_bound(Excluded(key)).as_ref(),
            a.range((Excluded(key), Unbounded)).next()
        );
        assert_eq!(
            x.upper_bound(Excluded(key)).as_ref(),
            a.range((Unbounded, Excluded(key))).next_back()
        );
    }
    for key in model.keys() {
        assert_eq!(x.remove(key), a.contains(key));
    }
    assert!(x.is_empty() && x.pop_first().is_none());
    assert_eq!(y.into_iter().len(), b.len());
}

proptest! {
    #[test]
    fn prefixes_of_strings(keys in prop::collection::btree_set("[ab\u{FF}]{0,4}", 0..60), prefix in "[ab\u{FF}]{0,3}") {
        let set: OrderedSet<String> = keys.iter().cloned().collect();
        prop_assert!(set.prefix(prefix.as_str()).eq(keys.into_iter().filter(|key| key.starts_with(&prefix))));
    }

    #[test]
    fn prefixes_of_bytes_up_to_the_largest(
        keys in prop::collection::btree_set(prop::collection::vec(0xFEu8.., 0..4), 0..30),
        prefix in prop::collection::vec(0xFEu8.., 0..3),
    ) {
        let set: OrderedSet<Vec<u8>> = keys.iter().cloned().collect();
        prop_assert!(set.prefix(prefix.as_slice()).eq(keys.into_iter().filter(|key| key.starts_with(&prefix))));
    }

    #[test]
    fn prefixes_of_tuples(keys in prop::collection::btree_set((text(), any::<i8>(), 0u8..3), 0..60), n in any::<i8>(), s in text()) {
        let (first, second) = keys.iter().next().map_or((s, n), |key| (key.0.clone(), key.1));
        let set: OrderedSet<(String, i8, u8)> = keys.iter().cloned().collect();
        prop_assert!(set.prefix(&(first.clone(),)).eq(keys.iter().filter(|key| key.0 == first).cloned()));
        prop_assert!(set.prefix(&(first.clone(), second)).eq(keys.iter().filter(|key| key.0 == first && key.1 == second).cloned()));
    }
}

macro_rules! differential {
    ($($name:ident: $key:expr;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(ops in prop::collection::vec(op($key), 0..400)) {
                    check(ops);
                }
            )*
        }
    };
}

fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        "[\u{0}\u{1}ab]{0,3}",
        "prefix[ab]{0,3}",
        "[a-c]{0,2}z{70,80}[a-c]?"
    ]
}

differential! {
    u64_keys: prop_oneof![0u64..300, any::<u64>()];
    i32_keys: prop_oneof![-100i32..100, any::<i32>()];
    string_keys: text();
    number_and_string_keys: (0u32..3, text());
    option_keys: prop::option::of(prop_oneof![-50i64..50, any::<i64>()]);
    byte_array_keys: prop::array::uniform4(0u8..4);
    pair_of_strings_keys: (text(), text());
    reversed_keys: (-30i16..30, text()).prop_map(|(n, s)| (std::cmp::Reverse(n), s));
}
