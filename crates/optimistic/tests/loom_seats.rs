//! A model of seats that threads take one after the other, under loom with at most three preemptions; `ci/loom.sh` runs it.
//!
//! What the owner of the one seat counts is a cell that no two threads may touch at once, and that each has to see as the last owner left it.
#![cfg(loom)]

use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::thread;
use optimistic::striped::Seats;

struct Room {
    seats: Seats<1>,
    number: UnsafeCell<usize>,
}

// SAFETY: the number is touched by whoever has the seat; loom fails the model if that does not exclude the others.
unsafe impl Sync for Room {}

impl Room {
    /// Counts if the seat is free, and gives it up again. How much was counted.
    fn count(&self) -> usize {
        let Some(seat) = self.seats.take() else {
            return 0;
        };
        // SAFETY: as for `Sync`.
        self.number.with_mut(|number| unsafe { *number += 1 });
        self.seats.give_up(seat);
        1
    }
}

#[test]
fn owners_of_a_seat_follow_each_other() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let room = Arc::new(Room {
            seats: Seats::default(),
            number: UnsafeCell::new(0),
        });
        let other = {
            let room = Arc::clone(&room);
            thread::spawn(move || room.count())
        };
        let counted = room.count() + other.join().unwrap();
        assert!(counted > 0);
        // SAFETY: the other thread has ended.
        room.number
            .with(|number| assert_eq!(unsafe { *number }, counted));
    });
}
