//! Ordered maps side by side: ours and their peers, on the same keys, in turns, with every answer checked.
//!
//! | module | what is in it |
//! |---|---|
//! | [`contestant`] | what a map must offer to take part |
//! | [`contestants`] | the maps, one a file; the peers behind the feature `peers` |
//! | [`keys`] | keys, made or read from a file, and the distributions they are drawn from |
//! | [`script`], [`play`] | what a thread does, written down before the clock starts, and the loop that does it |
//! | [`race`] | one measured step: pinned threads, released together |
//! | [`workloads`] | the rows of the table |
//! | [`scenarios`] | the workloads of the C++ test program by name, which are tests as well |
//! | [`verify`] | every answer against a sorted vector |
//! | [`memory`] | resident bytes, in a process of its own |
//! | [`machine`] | what the numbers were measured on |
//! | [`runner`] | rounds, turns, medians |
//! | [`report`] | table, JSON, HTML |
//!
//! Apart from that, [`load`] is the workload generator of `masstree bench`.
//!
//! How it measures: the contestants take turns within each round, threads are pinned, keys and choices are made before the
//! clock starts, and the median of the rounds counts. Memory is measured in a process of its own.
#![forbid(unsafe_code)]

pub mod contestant;
pub mod contestants;
pub mod keys;
pub mod load;
pub mod machine;
pub mod memory;
pub mod play;
pub mod race;
pub mod report;
pub mod runner;
pub mod scenarios;
pub mod script;
pub mod verify;
pub mod workloads;
