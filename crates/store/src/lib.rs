//! An in-memory ordered store: rows with columns, versions, snapshots, transactions.
//!
//! It lies between the ordered map and the network: a Rust program opens a [`Store`] and shares it between its threads.
//!
//! ```
//! use masstree_store::{Isolation, Options, Store};
//! # let directory = std::env::temp_dir().join(format!("masstree-store-guide-{}", std::process::id()));
//! # let _ = std::fs::remove_dir_all(&directory);
//!
//! let store = Store::open(Options::new(&directory))?; // or Store::in_memory()
//! store.put(b"ada", &[(0, b"Lovelace"), (1, b"1815")])?; // columns, in one step
//! let before = store.snapshot(); // a moment to read from
//! store.transact(Isolation::Serializable, |tx| {
//!     // tried again on conflict
//!     let year = tx.get(b"ada")?.and_then(|row| row.column(1).map(<[u8]>::to_vec));
//!     tx.put(b"index/1815", &[(0, &year.unwrap_or_default())])
//! })?;
//! assert!(before.get(b"index/1815")?.is_none());
//! # drop((store, before));
//! # std::fs::remove_dir_all(&directory).unwrap();
//! # Ok::<(), masstree_store::Error>(())
//! ```
//!
//! | | |
//! |---|---|
//! | [`Store`] | single operations, linearizable; batches; checkpoints and statistics |
//! | [`Snapshot`], [`Rows`] | a moment to read from, and rows in order |
//! | [`Transaction`] | snapshot isolation or serializable, with savepoints; [`Store::transact`] tries again on conflict |
//! | [`Deferred`] | many writes that wait for the disk once |
//! | [`Options`], [`Durability`] | limits, where the files are, what an acknowledged write survives |
//! | [`disk`] | log, checkpoints, recovery; looking into a directory without serving it |

mod attempt;
mod batch;
mod bytes;
mod checkpointer;
mod clock;
mod deferred;
pub mod disk;
mod error;
mod garbage;
mod heads;
mod history;
mod journal;
mod lookups;
#[cfg(all(test, loom))]
mod models;
mod open;
mod options;
mod row;
mod scan;
mod snapshot;
mod sorted;
mod stamp;
mod stats;
mod store;
mod sweeper;
mod sync;
mod table;
mod transaction;
mod validate;
mod version;

pub use batch::Batch;
pub use deferred::{Debt, Deferred, Swap};
pub use disk::{CheckpointReport, Durability, Progress, RecoveryReport};
pub use error::{Error, Result};
pub use options::Options;
pub use row::Row;
pub use scan::Rows;
pub use snapshot::Snapshot;
pub use stamp::Timestamp;
pub use stats::{CheckpointStats, Stats};
pub use store::Store;
pub use transaction::{Isolation, Savepoint, Transaction};
