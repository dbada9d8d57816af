//! What the tests of this workspace stand on.
//!
//! The crate names none of the maps it serves: it is a dev-dependency of all of them, and what it checks comes in through closures,
//! byte keys and numbers. It is not published.
//!
//! | question | module |
//! |---|---|
//! | Does a map give the answers of a sequential one? | [`reference`](mod@reference): [`ReferenceMap`](reference::ReferenceMap), driven by [`keys`] of every shape |
//! | Could concurrent answers have been given one at a time? | [`history`] records them, [`linearizability`] judges them by [`map_model`] |
//! | Is every value dropped once, and none read after? | [`drops`]: [`DropLedger`](drops::DropLedger) and [`Tracked`](drops::Tracked) |
//! | Does memory come back? | [`allocations`]: the resident set, coarse but safe |
//! | Does it hold up under threads, and does the test end? | [`stress`] |
//!
//! # A differential test
//! ```
//! use masstree_testkit::keys::{KeyGen, KeyShape};
//! use masstree_testkit::reference::ReferenceMap;
//! use std::collections::BTreeMap;
//!
//! let mut under_test = BTreeMap::new();
//! let mut reference = ReferenceMap::new();
//! let mut keys = KeyGen::new(KeyShape::TrailingNuls, 1);
//! for i in 0..1_000 {
//!     let key = keys.key();
//!     if i % 3 == 0 {
//!         assert_eq!(under_test.remove(&key), reference.remove(&key));
//!     } else {
//!         assert_eq!(under_test.insert(key.clone(), i), reference.insert(&key, i));
//!     }
//! }
//! let mine = under_test.iter().map(|(key, value)| (key.as_slice(), value));
//! assert!(mine.eq(reference.iter()));
//! ```
//!
//! # A linearizability test
//! Few keys, several threads, a value of its own for each write; record, then judge. `unwrap` prints the counterexample.
//! ```
//! use masstree_testkit::history::Recorder;
//! use masstree_testkit::linearizability::check;
//! use masstree_testkit::map_model::{MapModel, MapOp, MapResult};
//! use masstree_testkit::stress::run_threads;
//! use std::collections::BTreeMap;
//! use std::sync::Mutex;
//!
//! let map = Mutex::new(BTreeMap::new());
//! let recorder = Recorder::new();
//! run_threads(4, 1, std::time::Duration::from_secs(60), |worker| {
//!     let mut log = recorder.thread();
//!     for i in 0..50 {
//!         let key = [i as u8 % 3];
//!         let value = (worker.index * 50 + i) as u64;
//!         log.run(key, MapOp::Insert(value), |key, _| {
//!             MapResult::Previous(map.lock().unwrap().insert(*key, value))
//!         });
//!         log.run(key, MapOp::Get, |key, _| {
//!             MapResult::Previous(map.lock().unwrap().get(key).copied())
//!         });
//!     }
//! });
//! check(&MapModel::empty(), &recorder.into_history()).unwrap();
//! ```
//!
//! # Sizes
//! Tests ask [`stress::scale`] for their batch sizes: a tenth under a sanitizer, and `MASSTREE_TEST_SCALE` times as much as written.
#![forbid(unsafe_code)]

pub mod allocations;
pub mod disk;
pub mod drops;
pub mod history;
pub mod keys;
pub mod linearizability;
pub mod map_model;
pub mod reference;
pub mod stress;
