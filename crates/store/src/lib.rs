//! An in-memory ordered store: rows with columns, versions, snapshots, transactions.
//!
//! It lies between the ordered map and the network: a Rust program opens a [`Store`] and shares it between its threads.

mod checkpointer;
mod clock;
mod deferred;
pub mod disk;
mod error;
mod garbage;
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
mod stamp;
mod stats;
mod store;
mod sweeper;
mod sync;
mod table;
mod transaction;
mod validate;
mod version;

pub use deferred::{Debt, Deferred, Swap};
pub use disk::{CheckpointReport, Durability, Progress, RecoveryReport};
pub use error::{Error, Result};
pub use options::Options;
pub use row::Row;
pub use scan::Rows;
pub use snapshot::Snapshot;
pub use stamp::Timestamp;
pub use stats::Stats;
pub use store::Store;
pub use transaction::{Batch, Isolation, Savepoint, Transaction};
