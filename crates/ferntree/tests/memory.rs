//! Memory comes back: inserting and removing for long ends where it began. A process of its own, since it looks at the resident set.
#![cfg(not(any(loom, shuttle)))]

use ferntree::GenericTree;
use masstree_testkit::allocations::resident_bytes;
use masstree_testkit::stress::{mix, scale};

#[test]
fn memory_comes_back() {
    let tree = GenericTree::<u64, String, 16, 16>::new();
    let churn = |from: u64| {
        let keys = scale(200_000) as u64;
        for i in from..from + keys {
            tree.insert(mix(8, i), i.to_string());
        }
        for i in from..from + keys {
            assert!(tree.remove(&mix(8, i)).is_some());
        }
        assert_eq!((tree.len(), tree.height()), (0, 1));
        for _ in 0..2000 {
            optimistic::epoch::pin().flush();
        }
    };
    churn(0);
    let Ok(before) = resident_bytes() else { return };
    (1..6).for_each(|round| churn(round << 32));
    let after = resident_bytes().unwrap_or(before);
    assert!(after < before + (40 << 20), "{before} then {after}");
}
