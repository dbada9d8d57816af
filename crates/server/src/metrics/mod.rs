//! What is counted, and how it is told.
//!
//! Each worker has a [`Tally`] that only it writes to: a counter is raised by a load and a store, without a locked instruction, once for a slice
//! of requests. Latencies are those of slices: from when their requests were at hand to when their replies could leave, counted for each request in it.

mod collector;
mod http;
mod tally;

pub(crate) use http::serve;
pub(crate) use tally::{Counts, Tally, raise};

pub(crate) use collector::fields;
