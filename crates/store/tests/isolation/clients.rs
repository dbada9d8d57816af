//! Ways to run a transaction: the store's own, and broken ones made of its parts, which the judge has to catch.

use std::collections::BTreeMap;

use masstree_store::{Batch, Error, Isolation, Row, Snapshot, Store, Transaction};

/// A transaction as the workload needs it.
pub enum Client<'s> {
    Whole(Transaction),
    /// Ranges are read past the transaction, which so knows nothing of them.
    WithoutRanges(Transaction, Snapshot),
    /// Reads a snapshot and writes a batch; nobody looks whether that still fits.
    WithoutChecks(&'s Store, Snapshot, BTreeMap<Vec<u8>, Row>),
    /// As before, and reads what is newest.
    WithoutSnapshot(&'s Store, BTreeMap<Vec<u8>, Row>),
}

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Whole(Isolation),
    /// One level or the other.
    Either,
    WithoutRanges,
    WithoutChecks,
    WithoutSnapshot,
}

impl<'s> Client<'s> {
    pub fn begin(store: &'s Store, way: Way, number: u32) -> Self {
        let isolation = match way {
            Way::Whole(isolation) => isolation,
            Way::Either if number.is_multiple_of(2) => Isolation::Snapshot,
            _ => Isolation::Serializable,
        };
        match way {
            Way::Whole(_) | Way::Either => Self::Whole(store.transaction(isolation)),
            Way::WithoutRanges => {
                let tx = store.transaction(isolation);
                let snapshot = tx.snapshot().clone();
                Self::WithoutRanges(tx, snapshot)
            }
            Way::WithoutChecks => Self::WithoutChecks(store, store.snapshot(), BTreeMap::new()),
            Way::WithoutSnapshot => Self::WithoutSnapshot(store, BTreeMap::new()),
        }
    }

    pub fn get(&mut self, key: &[u8]) -> Result<Option<Row>, Error> {
        match self {
            Self::Whole(tx) | Self::WithoutRanges(tx, _) => tx.get(key),
            Self::WithoutChecks(_, snapshot, writes) => match writes.get(key) {
                Some(row) => Ok(Some(row.clone())),
                None => snapshot.get(key),
            },
            Self::WithoutSnapshot(store, writes) => match writes.get(key) {
                Some(row) => Ok(Some(row.clone())),
                None => store.get(key),
            },
        }
    }

    pub fn put(&mut self, key: &[u8], row: Row) -> Result<(), Error> {
        match self {
            Self::Whole(tx) | Self::WithoutRanges(tx, _) => tx.put_row(key, row),
            Self::WithoutChecks(_, _, writes) | Self::WithoutSnapshot(_, writes) => {
                writes.insert(key.to_vec(), row);
                Ok(())
            }
        }
    }

    /// The rows of a range of keys, which have not been written here.
    pub fn rows(&mut self, first: &[u8], last: &[u8]) -> Result<BTreeMap<Vec<u8>, Row>, Error> {
        let range = first..=last;
        match self {
            Self::Whole(tx) => Ok(tx.rows::<&[u8]>(range)?.into_iter().collect()),
            Self::WithoutRanges(_, snapshot) | Self::WithoutChecks(_, snapshot, _) => {
                snapshot.range::<&[u8]>(range).collect()
            }
            Self::WithoutSnapshot(store, _) => store.snapshot().range::<&[u8]>(range).collect(),
        }
    }

    /// Whether it happened.
    pub fn commit(self) -> Result<bool, Error> {
        let done = match self {
            Self::Whole(tx) | Self::WithoutRanges(tx, _) => tx.commit(),
            Self::WithoutChecks(store, _, writes) | Self::WithoutSnapshot(store, writes) => {
                let mut batch = Batch::new();
                for (key, row) in writes {
                    batch.put_row(&key, row);
                }
                store.batch(&batch)
            }
        };
        match done {
            Ok(_) => Ok(true),
            Err(Error::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
