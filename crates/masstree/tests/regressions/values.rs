//! A handle on a value is its holder's own.

use std::time::Duration;

use masstree::{MassTree, RangeBound::Unbounded};
use masstree_testkit::drops::DropLedger;

#[test]
fn a_value_handle_outlives_the_map() {
    let ledger = DropLedger::new();
    let map = MassTree::new();
    for i in 0..100_u64 {
        map.insert(&i.to_be_bytes(), ledger.track(i)).unwrap();
    }
    let got = map.get(&7_u64.to_be_bytes()).unwrap();
    let removed = map.remove(&8_u64.to_be_bytes()).unwrap().unwrap();
    let replaced = map
        .insert(&9_u64.to_be_bytes(), ledger.track(9))
        .unwrap()
        .unwrap();
    let (_, popped) = map.pop_last(&map.guard()).unwrap();
    let mut scanned = Vec::new();
    map.scan(
        Unbounded,
        Unbounded,
        |_, value| {
            scanned.push(value);
            scanned.len() < 3
        },
        &map.guard(),
    );
    drop(map);
    assert_eq!(
        (
            got.value(),
            removed.value(),
            replaced.value(),
            popped.value()
        ),
        (7, 8, 9, 99)
    );
    assert_eq!(
        scanned.iter().map(|v| v.value()).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    std::thread::spawn(move || assert_eq!(got.value(), 7))
        .join()
        .unwrap();
    drop((removed, replaced, popped, scanned));
    let collector = MassTree::<u8>::new();
    ledger.assert_all_dropped_within(Duration::from_secs(60), || collector.guard().flush());
}
