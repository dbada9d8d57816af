//! The tasks of a worker's connections, to be woken when the server ends.
//!
//! A task's waker stays the same for all its life, so each is noted down once, when the task begins, and a wait costs nothing more.

use std::cell::RefCell;
use std::task::Waker;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Wakers(RefCell<Slots>);

#[derive(Debug, Default)]
struct Slots {
    wakers: Vec<Option<Waker>>,
    free: Vec<usize>,
}

/// A task's place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    wakers: &'a Wakers,
    index: usize,
}

impl Wakers {
    /// Notes a task down.
    pub fn enter(&self, waker: Waker) -> Place<'_> {
        let mut slots = self.0.borrow_mut();
        let index = slots.free.pop().unwrap_or_else(|| {
            slots.wakers.push(None);
            slots.wakers.len() - 1
        });
        slots.wakers[index] = Some(waker);
        Place {
            wakers: self,
            index,
        }
    }

    /// Wakes all that are noted down.
    pub fn wake_all(&self) {
        // Waking only queues a task, none runs here and comes back.
        self.0
            .borrow()
            .wakers
            .iter()
            .flatten()
            .for_each(Waker::wake_by_ref);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut slots = self.wakers.0.borrow_mut();
        slots.wakers[self.index] = None;
        slots.free.push(self.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn those_who_left_are_not_woken() {
        let wakers = Wakers::default();
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let first = wakers.enter(Arc::clone(&count).into());
        let _second = wakers.enter(Arc::clone(&count).into());
        drop(first);
        wakers.wake_all();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        let _third = wakers.enter(Arc::clone(&count).into());
        wakers.wake_all();
        assert_eq!(count.0.load(Ordering::Relaxed), 3);
        assert_eq!(wakers.0.borrow().wakers.len(), 2);
    }
}
