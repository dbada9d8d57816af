//! Clients of the Masstree server: asynchronous, on tokio, and [blocking].
//!
//! | | asynchronous | blocking |
//! |---|---|---|
//! | a pool that reconnects | [`Client`] | [`blocking::Client`] |
//! | one connection | [`Connection`], shared by many tasks | [`blocking::Connection`] |
//! | many requests in flight | [`Connection::submit`], [`Connection::batch`] | [`blocking::Pipeline`] |
//! | the commands | the trait [`Commands`] | the trait [`blocking::Commands`] |
//! | a transaction, aborted when dropped | [`Transaction`] | [`blocking::Transaction`] |
//! | rows in order, fetched as they are needed | [`Scan`] | [`blocking::Scan`], an iterator |
//!
//! ```
//! # use masstree_server::{Config, Server};
//! # use masstree_store::Store;
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let server = Server::start(Store::in_memory(), vec![listener], Config::default())?;
//! # let address = server.addresses()[0].to_string();
//! use masstree_client::blocking::{Client, Commands as _};
//! use masstree_client::{Begin, Options, Query};
//!
//! let client = Client::connect(&address, Options::default())?;
//! client.replace(b"fruit/apple", b"red")?;
//! client.put(b"fruit/pear", &[(0, b"green"), (1, b"soft")])?;
//! assert_eq!(client.get(b"fruit/apple")?.unwrap().value(), b"red");
//!
//! for entry in client.scan(Query::prefix("fruit/")) {
//!     println!("{}", entry?.key.escape_ascii());
//! }
//!
//! client.transact(Begin::default(), |transaction| {
//!     transaction.remove(b"fruit/apple")?;
//!     transaction.replace(b"fruit/plum", b"blue")
//! })?;
//! # server.shutdown()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When things go wrong
//! - What the server refuses is [`Error::Refused`]; the connection and a transaction on it go on.
//! - A connection that ends, whose server stops answering, or whose replies make no sense, is closed, and every request in flight on it gets
//!   [`Error::Lost`], which says whether the request may have been carried out.
//! - The pools then make a new connection. They send a request again if it only reads, or if no byte of it was sent; never a write that may have been
//!   applied, unless [`Options::retry_writes`] asks for it, and never anything of a transaction.
//! - Memory: a reply of more than [`Options::max_reply`] bytes, or of more rows than were asked for, ends the connection; what is in flight is bounded by
//!   [`Options::window`].

#![forbid(unsafe_code)]

pub mod blocking;
mod client;
mod commands;
mod connection;
mod cursor;
mod driver;
mod error;
mod options;
mod query;
mod request;
mod response;
mod row;
mod scan;
mod tls;
mod transaction;
mod wire;

pub use client::Client;
pub use commands::Commands;
pub use connection::{Connection, PendingReply};
pub use error::{Error, Failure};
pub use masstree_protocol::{
    Abilities, Command, Int, Isolation, Range, Transaction as Begin, Written,
};
pub use options::{Options, Tls};
pub use query::Query;
pub use request::Request;
pub use response::{Response, Stat, Swap};
pub use row::{Entry, Row};
pub use scan::Scan;
pub use transaction::Transaction;
pub use wire::ServerInfo;
