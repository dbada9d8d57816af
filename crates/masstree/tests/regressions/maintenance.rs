//! Giving nodes back ends, and needs nobody to ask for it.

use masstree::{Inline, Map, MassTree15, Storage};
use masstree_testkit::stress::Watchdog;

use super::LIMIT;

fn remove_the_middle_twice<S: Storage<Value = u64>, const W: usize, const I: usize>() {
    let _watchdog = Watchdog::start("64 keys, the middle removed twice", LIMIT);
    let map: Map<S, W, I> = Map::new();
    let key = |i: u64| format!("key{i:05}").into_bytes();
    for i in 0..64 {
        map.insert(&key(i), i).unwrap();
    }
    for _ in 0..2 {
        for i in 16..48 {
            assert!(map.remove(&key(i)).unwrap().is_some());
        }
        assert_eq!(map.len(), 32);
        for i in 16..48 {
            assert!(map.insert(&key(i), i).unwrap().is_none());
        }
    }
    for i in 0..64 {
        assert!(map.remove(&key(i)).unwrap().is_some());
    }
    let stats = map.stats();
    assert_eq!((stats.entries, stats.leaves, stats.inner_nodes), (0, 1, 0));
}

#[test]
fn maintenance_ends() {
    remove_the_middle_twice::<Inline<u64>, 10, 3>();
    remove_the_middle_twice::<masstree::Shared<u64>, 15, 27>();
    remove_the_middle_twice::<Inline<u64>, 24, 27>();
}

/// The nodes' side of "87 bytes a removed key": the bytes themselves are counted in `tests/memory.rs`.
#[test]
fn removed_keys_leave_no_node_behind() {
    let map = MassTree15::<u64>::new();
    let empty = map.stats().bytes();
    for round in 0..20_u64 {
        for i in 0..2_000_u64 {
            map.insert(format!("user/{round}/{i}").as_bytes(), i)
                .unwrap();
        }
        for i in 0..2_000_u64 {
            map.remove(format!("user/{round}/{i}").as_bytes()).unwrap();
        }
        // A layer's emptied root may stay as a leaf of another size: at most one leaf.
        assert!(map.stats().bytes() <= empty, "{:?}", map.stats());
    }
}
