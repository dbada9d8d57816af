//! The client without a runtime: plain calls on plain sockets.
//!
//! A [`Client`] may be shared by any number of threads; each call has a connection to itself while it lasts. A [`Connection`] is for one thread that wants
//! to keep many requests in flight, with a [`Pipeline`].

mod client;
mod commands;
mod connection;
mod exchange;
mod pipeline;
mod scan;
mod stream;
mod transaction;

pub use client::Client;
pub use commands::Commands;
pub use connection::Connection;
pub use pipeline::Pipeline;
pub use scan::Scan;
pub use transaction::Transaction;
