//! Values that know whether they were dropped, for tests of leaks, double drops and reads of freed memory.
//!
//! A [`DropLedger`] keeps one small counter for each [`Tracked`] value it made. The counters are relaxed atomics in chunks that never
//! move, so tracking orders no threads and hides no race from a race detector. What a ledger allocates is never freed: a value dropped
//! twice, or long after the test's own handle, can still be entered, and pointers to it stay reachable for a leak detector.
//!
//! Each value carries a canary computed from its number and its payload. The canary is checked whenever the value is looked at and once
//! more on drop, which then overwrites it: a second drop, a torn copy or a read of a dropped value is entered as a fault. It is a plain
//! field on purpose: a race detector sees a read of it beside the drop.

use std::borrow::Borrow;
use std::cmp::Ordering as Order;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Counters in the first chunk; each further chunk is twice as large as the one before.
const FIRST_CHUNK: usize = 64;
const CHUNKS: usize = 32;
const MAX_FAULTS: usize = 32;
const DROPPED_CANARY: u64 = 0xdead_dead_dead_dead;

/// Every ledger there is, so that a leak detector finds them reachable.
static LEDGERS: Mutex<Vec<&'static Ledger>> = Mutex::new(Vec::new());

struct Ledger {
    created: AtomicUsize,
    dropped: AtomicUsize,
    chunks: [OnceLock<Box<[AtomicU8]>>; CHUNKS],
    faults: Mutex<Vec<String>>,
}

impl Ledger {
    /// The drop counter of value `id`.
    fn counter(&self, id: usize) -> &AtomicU8 {
        let place = id / FIRST_CHUNK + 1;
        let chunk = place.ilog2() as usize;
        let size = FIRST_CHUNK << chunk;
        let counters =
            self.chunks[chunk].get_or_init(|| (0..size).map(|_| AtomicU8::new(0)).collect());
        &counters[id + FIRST_CHUNK - size]
    }

    fn fault(&self, text: String) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.len() < MAX_FAULTS {
            faults.push(text);
        }
    }

    fn faults(&self) -> Vec<String> {
        self.faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Makes [`Tracked`] values and counts their drops.
///
/// Its clones are handles of the same ledger. Dropping a handle panics if a fault was entered (not during another panic), so that a
/// test cannot forget to ask.
///
/// # Examples
/// ```
/// use masstree_testkit::drops::DropLedger;
/// let ledger = DropLedger::new();
/// let value = ledger.track(7);
/// assert_eq!((value.value(), ledger.live()), (7, 1));
/// drop(value);
/// ledger.assert_all_dropped_once();
/// ```
#[derive(Clone)]
pub struct DropLedger {
    ledger: &'static Ledger,
}

impl Default for DropLedger {
    fn default() -> Self {
        Self::new()
    }
}

impl DropLedger {
    /// An empty ledger; about a KiB that is never freed.
    pub fn new() -> Self {
        let ledger: &'static Ledger = Box::leak(Box::new(Ledger {
            created: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
            chunks: [const { OnceLock::new() }; CHUNKS],
            faults: Mutex::new(Vec::new()),
        }));
        LEDGERS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(ledger);
        Self { ledger }
    }

    /// A new value with the payload `value`.
    pub fn track(&self, value: u64) -> Tracked {
        Tracked::enter(self.ledger, value)
    }

    /// How many values were made, clones included.
    pub fn created(&self) -> usize {
        self.ledger.created.load(Relaxed)
    }

    /// How many drops there were.
    pub fn dropped(&self) -> usize {
        self.ledger.dropped.load(Relaxed)
    }

    /// How many values are not dropped yet. Exact when no thread is making or dropping values.
    pub fn live(&self) -> usize {
        let dropped = self.dropped();
        self.created().saturating_sub(dropped)
    }

    /// The faults entered so far: double drops and broken canaries, at most the first 32.
    pub fn faults(&self) -> Vec<String> {
        self.ledger.faults()
    }

    /// Takes the faults out, for tests that cause them on purpose.
    pub fn take_faults(&self) -> Vec<String> {
        std::mem::take(
            &mut *self
                .ledger
                .faults
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Checks that exactly `expected` values are alive and that there was no fault.
    ///
    /// # Panics
    /// If that is not so.
    #[track_caller]
    pub fn assert_live(&self, expected: usize) {
        self.assert_no_faults();
        assert_eq!(
            self.live(),
            expected,
            "values alive, of {} made",
            self.created()
        );
    }

    /// Checks that every value made was dropped, and once.
    ///
    /// # Panics
    /// If a value is alive, was dropped twice, or had a broken canary; the message names the first few.
    #[track_caller]
    pub fn assert_all_dropped_once(&self) {
        self.assert_no_faults();
        let wrong: Vec<(usize, u8)> = (0..self.created())
            .map(|id| (id, self.ledger.counter(id).load(Relaxed)))
            .filter(|&(_, drops)| drops != 1)
            .collect();
        assert!(
            wrong.is_empty(),
            "{} of {} values were not dropped exactly once; first (number, drops): {:?}",
            wrong.len(),
            self.created(),
            &wrong[..wrong.len().min(8)]
        );
    }

    /// Waits until every value made was dropped once, calling `meanwhile` between looks: reclamation may lag behind.
    ///
    /// # Panics
    /// Like [`assert_all_dropped_once`](Self::assert_all_dropped_once), after `limit`.
    #[track_caller]
    pub fn assert_all_dropped_within(&self, limit: Duration, mut meanwhile: impl FnMut()) {
        let start = Instant::now();
        while self.live() > 0 && start.elapsed() < limit {
            meanwhile();
            std::thread::yield_now();
        }
        self.assert_all_dropped_once();
    }

    #[track_caller]
    fn assert_no_faults(&self) {
        let faults = self.faults();
        assert!(faults.is_empty(), "faults:\n  {}", faults.join("\n  "));
    }
}

impl Drop for DropLedger {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_no_faults();
        }
    }
}

impl fmt::Debug for DropLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DropLedger")
            .field("created", &self.created())
            .field("dropped", &self.dropped())
            .field("faults", &self.faults())
            .finish()
    }
}

/// A value whose drop is counted; compares, hashes and borrows as its payload, so it serves as a key too.
///
/// A clone is another tracked value, with its own number.
pub struct Tracked {
    ledger: &'static Ledger,
    id: usize,
    value: u64,
    canary: u64,
}

impl Tracked {
    fn enter(ledger: &'static Ledger, value: u64) -> Self {
        let id = ledger.created.fetch_add(1, Relaxed);
        ledger.counter(id);
        Self {
            ledger,
            id,
            value,
            canary: canary(id, value),
        }
    }

    /// Its number in the ledger, from zero.
    pub fn id(&self) -> usize {
        self.check();
        self.id
    }

    /// The payload.
    ///
    /// # Panics
    /// If the canary is broken: the value was dropped or never was whole.
    pub fn value(&self) -> u64 {
        self.check();
        self.value
    }

    fn check(&self) {
        if self.canary != canary(self.id, self.value) {
            let text = self.broken("read");
            self.ledger.fault(text.clone());
            panic!("{text}");
        }
    }

    fn broken(&self, when: &str) -> String {
        let kind = match self.canary {
            DROPPED_CANARY => "after it was dropped",
            _ => "with a broken canary",
        };
        format!(
            "value {} (payload {}) was {when} {kind}",
            self.id, self.value
        )
    }
}

/// A bijection of `id` for each payload, with no fixed meaning; zeroed or stale memory is unlikely to satisfy it.
fn canary(id: usize, value: u64) -> u64 {
    (id as u64 ^ value.rotate_left(32))
        .wrapping_add(0x5bd1_e995_9e37_79b9)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Drop for Tracked {
    fn drop(&mut self) {
        // A fault is entered rather than raised: drops run inside collectors, where a panic would abort the process without a word.
        if self.canary == canary(self.id, self.value) {
            let drops = self.ledger.counter(self.id).fetch_add(1, Relaxed);
            if drops != 0 {
                self.ledger.fault(format!(
                    "value {} (payload {}) was dropped {} times",
                    self.id,
                    self.value,
                    u32::from(drops) + 1
                ));
            }
        } else {
            self.ledger.fault(self.broken("dropped"));
        }
        self.ledger.dropped.fetch_add(1, Relaxed);
        self.canary = DROPPED_CANARY;
        // Keeps the store above, which the compiler could leave out of memory about to be freed.
        std::hint::black_box(&mut self.canary);
    }
}

impl Clone for Tracked {
    fn clone(&self) -> Self {
        Self::enter(self.ledger, self.value())
    }
}

impl PartialEq for Tracked {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl Eq for Tracked {}

impl PartialOrd for Tracked {
    fn partial_cmp(&self, other: &Self) -> Option<Order> {
        Some(self.cmp(other))
    }
}

impl Ord for Tracked {
    fn cmp(&self, other: &Self) -> Order {
        self.value().cmp(&other.value())
    }
}

impl Hash for Tracked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value().hash(state);
    }
}

impl Borrow<u64> for Tracked {
    fn borrow(&self) -> &u64 {
        self.check();
        &self.value
    }
}

impl fmt::Debug for Tracked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tracked({}, number {})", self.value(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// What unsafe code gone wrong would make: a second owner of the same value.
    fn twin(value: &Tracked, canary: u64) -> Tracked {
        Tracked {
            ledger: value.ledger,
            id: value.id,
            value: value.value,
            canary,
        }
    }

    #[test]
    fn a_double_drop_of_a_copy_is_entered() {
        let ledger = DropLedger::new();
        let value = ledger.track(9);
        drop(twin(&value, value.canary));
        drop(value);
        let faults = ledger.take_faults();
        assert_eq!(faults, ["value 0 (payload 9) was dropped 2 times"]);
        assert!(catch_unwind(AssertUnwindSafe(|| ledger.assert_all_dropped_once())).is_err());
    }

    #[test]
    fn a_drop_in_place_for_the_second_time_is_entered() {
        let ledger = DropLedger::new();
        drop(twin(&ledger.track(9), DROPPED_CANARY));
        let faults = ledger.take_faults();
        assert_eq!(
            faults,
            ["value 0 (payload 9) was dropped after it was dropped"]
        );
    }

    #[test]
    fn a_read_of_a_dropped_or_torn_value_panics_and_is_entered() {
        let ledger = DropLedger::new();
        let value = ledger.track(9);
        for (canary, kind) in [(DROPPED_CANARY, "after it was dropped"), (1, "broken")] {
            let bad = std::mem::ManuallyDrop::new(twin(&value, canary));
            assert!(catch_unwind(AssertUnwindSafe(|| bad.value())).is_err());
            let faults = ledger.take_faults();
            assert!(faults.len() == 1 && faults[0].contains(kind), "{faults:?}");
        }
    }

    #[test]
    fn a_fault_nobody_asks_about_fails_the_test_that_drops_the_ledger() {
        let ledger = DropLedger::new();
        let value = ledger.track(9);
        drop(twin(&value, 1));
        let handle = ledger.clone();
        assert!(catch_unwind(AssertUnwindSafe(|| drop(handle))).is_err());
        assert_eq!(ledger.take_faults().len(), 1);
    }
}
