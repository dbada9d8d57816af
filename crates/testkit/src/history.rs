//! Recording what concurrent threads did to a map, and when.
//!
//! A [`Recorder`] owns one logical clock. Each thread takes a [`ThreadLog`] and brackets every operation with two stamps of that clock:
//! one before the operation starts, one after it has returned. Logs are private to their threads and reach the recorder when they are
//! dropped, so the only thing recording shares is the clock.
//!
//! The clock is one `AtomicU64` advanced by sequentially consistent increments: stamps are unique, and if one operation returned before
//! another was invoked, its return stamp is the lower one. The increments also order the threads that make them, so a recorded run
//! can hide a missing barrier from a race detector; look for races in runs that record nothing.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One completed operation on one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<K, O, R> {
    /// Number of the log that recorded it, in the order in which logs were opened.
    pub thread: usize,
    /// The key it was about.
    pub key: K,
    /// What was asked.
    pub op: O,
    /// What was answered.
    pub result: R,
    /// The clock before the operation started.
    pub invoked: u64,
    /// The clock after it had returned.
    pub returned: u64,
}

struct Shared<K, O, R> {
    clock: AtomicU64,
    opened: AtomicUsize,
    open: AtomicUsize,
    finished: Mutex<Vec<Operation<K, O, R>>>,
}

/// Collects the operations of many threads into one [`History`].
///
/// # Examples
/// ```
/// use masstree_testkit::history::Recorder;
/// let recorder = Recorder::new();
/// std::thread::scope(|scope| {
///     for value in 0..2 {
///         let mut log = recorder.thread();
///         scope.spawn(move || {
///             log.run("key", value, |_, value| value + 1);
///         });
///     }
/// });
/// assert_eq!(recorder.into_history().len(), 2);
/// ```
pub struct Recorder<K, O, R> {
    shared: Arc<Shared<K, O, R>>,
}

impl<K, O, R> Default for Recorder<K, O, R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, O, R> Recorder<K, O, R> {
    /// A recorder whose clock stands at zero.
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                clock: AtomicU64::new(0),
                opened: AtomicUsize::new(0),
                open: AtomicUsize::new(0),
                finished: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Opens the log of one thread; it borrows nothing, so it can move into any kind of thread.
    pub fn thread(&self) -> ThreadLog<K, O, R> {
        self.shared.open.fetch_add(1, Ordering::SeqCst);
        ThreadLog {
            thread: self.shared.opened.fetch_add(1, Ordering::SeqCst),
            operations: Vec::new(),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Everything recorded, ordered by invocation.
    ///
    /// # Panics
    /// If a log is still open: its operations would be missing, and a history with holes proves nothing.
    pub fn into_history(self) -> History<K, O, R> {
        let open = self.shared.open.load(Ordering::SeqCst);
        assert_eq!(open, 0, "{open} thread logs are still open");
        let mut finished = self
            .shared
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        History::from_operations(std::mem::take(&mut *finished))
    }
}

/// The invocation stamp of an operation under way.
#[derive(Debug)]
#[must_use = "an operation that is never ended is not recorded"]
pub struct Invocation(u64);

/// The operations of one thread, handed to the recorder on drop.
pub struct ThreadLog<K, O, R> {
    thread: usize,
    operations: Vec<Operation<K, O, R>>,
    shared: Arc<Shared<K, O, R>>,
}

impl<K, O, R> ThreadLog<K, O, R> {
    /// Runs `operation` between two stamps, records it, and shows its result.
    ///
    /// An operation that panics is not recorded although it may have had an effect.
    pub fn run(&mut self, key: K, op: O, operation: impl FnOnce(&K, &O) -> R) -> &R {
        let invocation = self.begin();
        let result = operation(&key, &op);
        self.end(invocation, key, op, result)
    }

    /// Takes the invocation stamp; for operations that do not fit in a closure.
    pub fn begin(&mut self) -> Invocation {
        Invocation(self.stamp())
    }

    /// Takes the return stamp and records the operation; what it was may be decided as late as here.
    pub fn end(&mut self, invocation: Invocation, key: K, op: O, result: R) -> &R {
        let returned = self.stamp();
        let operation = Operation {
            thread: self.thread,
            key,
            op,
            result,
            invoked: invocation.0,
            returned,
        };
        &self.operations.push_mut(operation).result
    }

    fn stamp(&self) -> u64 {
        self.shared.clock.fetch_add(1, Ordering::SeqCst)
    }
}

impl<K, O, R> Drop for ThreadLog<K, O, R> {
    fn drop(&mut self) {
        self.shared
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .append(&mut self.operations);
        self.shared.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What all threads did, ordered by invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History<K, O, R> {
    operations: Vec<Operation<K, O, R>>,
}

impl<K, O, R> History<K, O, R> {
    /// A history made by hand, in any order.
    ///
    /// # Panics
    /// If an operation returned before it was invoked.
    pub fn from_operations(mut operations: Vec<Operation<K, O, R>>) -> Self {
        assert!(
            operations.iter().all(|o| o.invoked <= o.returned),
            "an operation returned before it was invoked"
        );
        operations.sort_by_key(|operation| operation.invoked);
        Self { operations }
    }

    /// The operations, by invocation.
    pub fn operations(&self) -> &[Operation<K, O, R>] {
        &self.operations
    }

    /// The operations, to be changed and made a history again.
    pub fn into_operations(self) -> Vec<Operation<K, O, R>> {
        self.operations
    }

    /// How many operations were recorded.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_unique_and_follow_each_thread() {
        let recorder = Recorder::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let mut log = recorder.thread();
                scope.spawn(move || {
                    for i in 0..100 {
                        assert_eq!(*log.run(i % 3, i, |_, op| op * 2), i * 2);
                    }
                });
            }
        });
        let history = recorder.into_history();
        assert_eq!(history.len(), 400);
        let mut stamps: Vec<u64> = history
            .operations()
            .iter()
            .flat_map(|o| [o.invoked, o.returned])
            .collect();
        stamps.sort_unstable();
        assert_eq!(stamps, (0..800).collect::<Vec<_>>());
        for thread in 0..4 {
            let own: Vec<_> = history
                .operations()
                .iter()
                .filter(|o| o.thread == thread)
                .collect();
            assert_eq!(own.len(), 100);
            assert!(own.windows(2).all(|w| w[0].returned < w[1].invoked));
            assert!(own.iter().zip(0..).all(|(o, i)| o.op == i));
        }
    }

    #[test]
    fn begin_and_end_decide_the_operation_late() {
        let recorder = Recorder::new();
        let mut log = recorder.thread();
        let invocation = log.begin();
        log.end(invocation, 'k', "late", 7);
        drop(log);
        let history = recorder.into_history();
        assert_eq!(history.operations()[0].op, "late");
        assert!(!history.is_empty());
    }

    #[test]
    #[should_panic(expected = "still open")]
    fn an_open_log_is_a_hole_in_the_history() {
        let recorder: Recorder<u8, u8, u8> = Recorder::new();
        let _log = recorder.thread();
        recorder.into_history();
    }

    #[test]
    fn a_log_dropped_in_a_panic_keeps_what_had_returned() {
        let recorder = Recorder::new();
        let mut log = recorder.thread();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            log.run(1, 1, |_, _| 1);
            log.run(1, 2, |_, _| panic!("the operation fails"));
        }));
        assert!(outcome.is_err());
        assert_eq!(recorder.into_history().len(), 1);
    }
}
