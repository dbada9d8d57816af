//! What takes part, behind one trait.

use std::ops::Bound;

use masstree::{MassTree, RangeBound};
use masstree_store::{Isolation, Store};

/// A key, or a value.
pub type Bytes = [u8; 16];

/// A way to do the same as the others. What fails is a bug, so it panics.
pub trait Contestant: Sync {
    /// One pair, in a transaction of its own.
    fn set(&self, key: &Bytes, value: &Bytes);
    /// The value of a key, given to `read`.
    fn get(&self, key: &Bytes, read: &mut dyn FnMut(&[u8]));
    /// Reads one key and writes another in one serializable transaction.
    fn transaction(&self, read: &Bytes, write: &Bytes, value: &Bytes);
    /// Up to `limit` pairs from a key on, as of one moment.
    fn scan(&self, from: &Bytes, limit: usize, visit: &mut dyn FnMut(&[u8], &[u8]));
}

/// In the order of the columns.
pub const NAMES: [&str; 3] = ["store", "surrealmx", "map"];

/// An empty contestant.
pub fn make(name: &str) -> Option<Box<dyn Contestant>> {
    Some(match name {
        "store" => Box::new(Store::in_memory()),
        "surrealmx" => Box::new(surrealmx::Database::new()),
        "map" => Box::new(MassTree::<Bytes>::new()),
        _ => return None,
    })
}

impl Contestant for Store {
    fn set(&self, key: &Bytes, value: &Bytes) {
        self.replace(key, value).unwrap();
    }

    fn get(&self, key: &Bytes, read: &mut dyn FnMut(&[u8])) {
        self.get_with(key, |row| {
            if let Some(value) = row.and_then(|row| row.column(0)) {
                read(value);
            }
        })
        .unwrap();
    }

    fn transaction(&self, read: &Bytes, write: &Bytes, value: &Bytes) {
        self.transact(Isolation::Serializable, |transaction| {
            assert!(transaction.get(read)?.is_some());
            transaction.replace(write, value)
        })
        .unwrap();
    }

    fn scan(&self, from: &Bytes, limit: usize, visit: &mut dyn FnMut(&[u8], &[u8])) {
        let mut left = limit;
        let range = (Bound::Included(&from[..]), Bound::Unbounded);
        self.snapshot()
            .visit::<&[u8]>(range, |key, row| {
                visit(key, row.column(0).unwrap_or_default());
                left -= 1;
                left > 0
            })
            .unwrap();
    }
}

impl Contestant for surrealmx::Database {
    fn set(&self, key: &Bytes, value: &Bytes) {
        surrealmx::Database::set(self, &key[..], &value[..]).unwrap();
    }

    fn get(&self, key: &Bytes, read: &mut dyn FnMut(&[u8])) {
        self.with_value(&key[..], |value| read(value)).unwrap();
    }

    fn transaction(&self, read: &Bytes, write: &Bytes, value: &Bytes) {
        loop {
            let mut transaction = self.transaction(true);
            assert!(transaction.get(&read[..]).unwrap().is_some());
            transaction.set(&write[..], &value[..]).unwrap();
            if transaction.commit().is_ok() {
                return;
            }
        }
    }

    fn scan(&self, from: &Bytes, limit: usize, visit: &mut dyn FnMut(&[u8], &[u8])) {
        let range = &from[..]..&[0xFF; 17][..];
        self.scan_with(range, None, Some(limit), |key, value| {
            visit(key, value);
            true
        })
        .unwrap();
    }
}

impl Contestant for MassTree<Bytes> {
    fn set(&self, key: &Bytes, value: &Bytes) {
        self.insert(key, *value).unwrap();
    }

    fn get(&self, key: &Bytes, read: &mut dyn FnMut(&[u8])) {
        if let Some(value) = self.get_ref(key, &self.guard()) {
            read(value);
        }
    }

    /// A lookup and an insert, without what makes them a transaction: what the map leaves to the store.
    fn transaction(&self, read: &Bytes, write: &Bytes, value: &Bytes) {
        let guard = self.guard();
        assert!(self.get_ref(read, &guard).is_some());
        self.insert_with_guard(write, *value, &guard).unwrap();
    }

    /// Not as of one moment.
    fn scan(&self, from: &Bytes, limit: usize, visit: &mut dyn FnMut(&[u8], &[u8])) {
        let mut left = limit;
        let from = RangeBound::Included(from);
        let visit = |key: &[u8], value: &Bytes| {
            visit(key, value);
            left -= 1;
            left > 0
        };
        self.scan_ref(from, RangeBound::Unbounded, visit, &self.guard());
    }
}
