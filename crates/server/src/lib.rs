//! The TCP server of a [`Store`](masstree_store::Store).
//!
//! It speaks the protocol of `docs/protocol.md`, the codec of which is `masstree-protocol`. A program gives [`Server::start`] a store and listeners that are
//! bound already, and gets a running server back; [`Server::shutdown`] or a [`ShutdownHandle`] ends it.
//!
//! ```
//! use masstree_server::{Config, Server};
//! use masstree_store::Store;
//! use std::io::{Read, Write};
//! use std::net::{TcpListener, TcpStream};
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let server = Server::start(Store::in_memory(), vec![listener], Config::default())?;
//!
//! let mut client = TcpStream::connect(server.addresses()[0])?;
//! client.write_all(b"\x92\x00\x0e\x94\x01\x08\xa2k1\xa5hello")?; // a handshake, and REPLACE k1 hello
//! let mut replies = [0; 24];
//! client.read_exact(&mut replies)?;
//! assert!(replies.ends_with(b"\x93\x01\x09\x01")); // inserted
//!
//! server.shutdown()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Threads
//! | thread | does |
//! |---|---|
//! | `masstree accept` | accepts, hands connections to the workers in turn, serves the metrics |
//! | `masstree worker N` | serves its connections, each of which is a task |
//! | `masstree settle` | under durability `always` only: waits for the disk on behalf of all connections |
//! | `masstree checkpoint` | while a checkpoint runs that a client has asked for |
//!
//! # A connection
//! Its task reads what the socket has, carries out all whole requests as one batch, and writes the replies at once. GETs that follow one another are looked up
//! together. Writes do not wait for the disk one by one: before the replies of a batch leave, its last write is waited for. A batch is cut into slices,
//! and so are long scans; between two slices the worker's other connections have their turn.
//!
//! ```text
//!              ┌────────────── work: slices until nothing whole is left ─────────────┐
//! socket ─► Input ─► RequestDecoder ─► execute ─► store ─► settle ─► Output ─► socket
//!              └────────────── exchange: wait for bytes, in either direction ────────┘
//! ```
//! What a client can take of the server is bounded by [`Config`]: the length of a message, of a reply, of the output that it does not read, of a transaction, the
//! number of connections, and the time for which something may stay unfinished. A connection that waits for its next request holds no buffer.

#![forbid(unsafe_code)]

mod accept;
mod checkpoints;
mod config;
mod connection;
mod error;
mod exchange;
mod execute;
mod input;
mod local;
mod metrics;
mod output;
mod pool;
mod server;
mod settle;
mod shared;
mod stop;
mod tls;
mod token;
mod transport;
mod wakers;
mod worker;

pub use config::{Config, Tls};
pub use error::{StartError, StopError};
pub use server::Server;
pub use stop::ShutdownHandle;
pub use token::Token;
