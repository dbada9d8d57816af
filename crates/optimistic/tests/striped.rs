//! Counters that more threads than have seats add to, some after others have ended.
#![cfg(not(any(loom, shuttle)))]

use std::sync::Barrier;
use std::thread;

use optimistic::Striped;

#[test]
fn nothing_is_lost_among_more_threads_than_seats() {
    const THREADS: usize = 40;
    const EACH: isize = 5_000;
    let counters = Striped::<2>::new();
    for _ in 0..3 {
        // All are there at once, so that some find no seat; those of the next round take the seats of the ended.
        let start = Barrier::new(THREADS);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    counters.add(1, 0);
                    start.wait();
                    for _ in 0..EACH {
                        counters.add(0, 3);
                        counters.add(1, -1);
                    }
                });
            }
        });
    }
    let additions = 3 * THREADS as isize * EACH;
    assert_eq!(counters.sum(0), 3 * additions);
    assert_eq!(counters.sum(1), -additions);
}
