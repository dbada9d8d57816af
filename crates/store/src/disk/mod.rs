//! The disk below the store: a log of transactions, checkpoints, and recovery from both. It knows nothing of versions or rows.
//!
//! [`recover`] reads a directory and gives its contents to callbacks; [`Recovered::open`] then gives the [`Log`], which every
//! transaction is appended to as it commits, and the [`Checkpoints`]. [`verify`] and [`salvage`] read a directory that recovery
//! refuses. docs/formats.md has every structure byte by byte and says how a crash is told from damage.
//!
//! | file | holds |
//! |---|---|
//! | `format/` | the structures: bytes in, values out |
//! | `device.rs`, `real.rs` | what is asked of a file system; std's |
//! | `directory.rs` | the same with typed errors |
//! | `log/` | appending, group commit, segments |
//! | `checkpoint/` | parts, and the change from one checkpoint to the next |
//! | `recovery/` | reading both at opening |
//! | `inspect.rs` | reading both in spite of damage |
//!
//! # Examples
//! ```
//! use masstree_store::disk::{Change, Error, RealDisk, recover};
//! use std::sync::Arc;
//!
//! # let path = std::env::temp_dir().join(format!("masstree-disk-doc-{}", std::process::id()));
//! # let _ = std::fs::remove_dir_all(&path);
//! let disk = Arc::new(RealDisk::create(&path)?);
//! let recovered = recover(disk.clone(), 2, |_| {}, |_, _| Ok::<_, Error>(()), |_| Ok(()))?;
//! let (log, _checkpoints) = recovered.open(&Default::default(), Default::default())?;
//! let changes = [Change::Replace { key: b"key", row: b"row" }];
//! let position = log.append(&changes, || Some(1))?.unwrap();
//! log.durable(position)?;
//! log.close()?;
//! # drop(_checkpoints);
//!
//! let recovered = recover(disk, 2, |_| {}, |_, _| Ok::<_, Error>(()), |found| {
//!     found.for_each(|timestamp, change| {
//!         assert_eq!((timestamp, change), (1, changes[0]));
//!         Ok(())
//!     })
//! })?;
//! assert_eq!((recovered.report.records, recovered.report.timestamp), (1, 1));
//! # std::fs::remove_dir_all(&path).unwrap();
//! # Ok::<(), Error>(())
//! ```

mod checkpoint;
mod device;
mod directory;
mod error;
mod format;
mod inspect;
mod log;
mod real;
mod recovery;

pub use checkpoint::{
    CheckpointOptions, CheckpointReport, CheckpointWriter, Checkpoints, PartWriter,
};
pub use device::{Disk, DiskFile, Hold};
pub use error::Error;
pub use format::change::{Change, MAX_KEY, Record};
pub use inspect::{Inspection, Salvaged, salvage, verify};
pub use log::{Cut, Durability, Log, LogOptions, LogStats, Position};
pub use real::RealDisk;
pub use recovery::{Changes, Progress, Recovered, RecoveryReport, Stage, TornTail, recover};
