//! What a connection has written, to know what its reads may not see any more.
//!
//! A server that is linearizable never shows a connection a value that this connection wrote before another write of its own to the same
//! key was acknowledged, nor what was loaded before the run. That holds whoever else writes the key. A key that is not there can
//! only be judged where nobody removes keys, or where no other connection writes.
//!
//! Memory is bounded: keys share a table of fixed size, and a key whose place another one takes is forgotten, not misjudged.

use super::Version;

/// Bytes that the ledgers of all connections take together.
const BUDGET: usize = 64 << 20;

/// What is known of one key.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    key: u64,
    /// The number of the last write that was sent.
    sent: u64,
    /// The number of the last write that was acknowledged.
    acknowledged: u64,
    /// Versions of this connection below this one are gone.
    floor: u64,
    /// Whether the key is there after the last write that was acknowledged.
    present: bool,
}

/// What a read that is sent now must not see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// Versions of this connection below this one; what was loaded, if it is not 0.
    pub counter: u64,
    /// That the key is missing, if nobody else removes it.
    pub present: bool,
    /// Whether no write of this connection to the key is on its way.
    pub settled: bool,
}

/// What one connection has written.
#[derive(Debug)]
pub struct Ledger {
    entries: Box<[Entry]>,
    writer: u32,
    run: u32,
}

impl Ledger {
    /// For the connection of this number of so many, on so many keys.
    #[must_use]
    pub fn new(writer: u32, run: u32, keys: u64, connections: usize) -> Self {
        let room = BUDGET / size_of::<Entry>() / connections.max(1);
        let wanted = usize::try_from(keys)
            .unwrap_or(usize::MAX)
            .saturating_mul(2);
        let places = wanted.min(room).clamp(64, 1 << 30);
        let places = 1 << places.ilog2();
        Self {
            entries: vec![Entry::default(); places].into_boxed_slice(),
            writer,
            run,
        }
    }

    #[inline]
    fn place(&self, key: u64) -> usize {
        key as usize & (self.entries.len() - 1)
    }

    #[inline]
    fn known(&mut self, key: u64) -> Option<&mut Entry> {
        let place = self.place(key);
        let entry = &mut self.entries[place];
        (entry.key == key && entry.sent > 0).then_some(entry)
    }

    /// A write of this number is sent.
    #[inline]
    pub fn sent(&mut self, key: u64, number: u64) {
        let place = self.place(key);
        let entry = &mut self.entries[place];
        if entry.key != key {
            *entry = Entry {
                key,
                ..Entry::default()
            };
        }
        entry.sent = number;
    }

    /// The write of this number was acknowledged; the key is now there or not. With `versioned` older versions of it are gone.
    #[inline]
    pub fn acknowledged(&mut self, key: u64, number: u64, present: bool, versioned: bool) {
        if let Some(entry) = self.known(key) {
            entry.acknowledged = number;
            entry.present = present;
            if versioned {
                entry.floor = number;
            }
        }
    }

    /// The row's first column now carries no version.
    pub fn unversioned(&mut self, key: u64) {
        if let Some(entry) = self.known(key) {
            entry.floor = 0;
        }
    }

    /// The write of this number did nothing.
    #[inline]
    pub fn refused(&mut self, key: u64, number: u64) {
        if let Some(entry) = self.known(key) {
            entry.acknowledged = number;
        }
    }

    /// It is not known what came of writes to this key.
    pub fn forget(&mut self, key: u64) {
        if let Some(entry) = self.known(key) {
            *entry = Entry::default();
        }
    }

    /// What a read of this key that is sent now must not see.
    #[inline]
    pub fn floor(&mut self, key: u64) -> Floor {
        match self.known(key) {
            Some(entry) => Floor {
                counter: entry.floor,
                present: entry.present && entry.acknowledged > 0,
                settled: entry.sent == entry.acknowledged,
            },
            None => Floor::default(),
        }
    }

    /// Whether a version is older than what was acknowledged before the read was sent.
    #[inline]
    #[must_use]
    pub fn is_stale(&self, floor: Floor, run: u32, version: Version) -> bool {
        run == self.run
            && floor.counter > 0
            && (version.writer() == 0
                || (version.writer() == self.writer && version.counter() < floor.counter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_versions_are_stale_once_a_newer_one_is_acknowledged() {
        let mut ledger = Ledger::new(3, 9, 100, 1);
        ledger.sent(77, 4);
        let before = ledger.floor(77);
        assert!(!ledger.is_stale(before, 9, Version::LOADED));
        assert!(!before.settled);
        ledger.acknowledged(77, 4, true, true);
        let floor = ledger.floor(77);
        assert!(floor.settled && floor.present);
        assert!(ledger.is_stale(floor, 9, Version::LOADED));
        assert!(ledger.is_stale(floor, 9, Version::new(3, 3)));
        assert!(!ledger.is_stale(floor, 9, Version::new(3, 4)));
        assert!(!ledger.is_stale(floor, 9, Version::new(4, 1)));
        assert!(!ledger.is_stale(floor, 8, Version::LOADED));
    }

    #[test]
    fn removed_and_refused_writes_are_known() {
        let mut ledger = Ledger::new(1, 9, 100, 1);
        ledger.sent(5, 1);
        ledger.acknowledged(5, 1, true, true);
        ledger.sent(5, 2);
        ledger.acknowledged(5, 2, false, true);
        assert_eq!(ledger.floor(5).counter, 2);
        assert!(!ledger.floor(5).present);
        ledger.sent(5, 3);
        ledger.refused(5, 3);
        assert!(ledger.floor(5).settled && !ledger.floor(5).present);
        ledger.forget(5);
        assert_eq!(ledger.floor(5), Floor::default());
    }

    #[test]
    fn a_key_that_loses_its_place_is_forgotten() {
        let mut ledger = Ledger::new(1, 9, 4, 1);
        let places = ledger.entries.len() as u64;
        ledger.sent(1, 1);
        ledger.sent(1 + places, 2);
        ledger.acknowledged(1, 1, true, true);
        assert_eq!(ledger.floor(1), Floor::default());
        let many = Ledger::new(1, 9, u64::MAX, 10_000);
        assert!(many.entries.len() * size_of::<Entry>() <= BUDGET / 10_000);
    }
}
