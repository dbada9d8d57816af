//! The core of a connection, without input or output; the asynchronous and the blocking front end move the bytes.
//!
//! Requests are written into a buffer and entered in a [`Ledger`]; bytes that arrive go into an [`Input`], which gives replies; the
//! ledger finds the request that a reply belongs to, checks it, and returns what the front end left there to hand the response to.

mod greeting;
mod input;
mod ledger;

pub use greeting::ServerInfo;
pub(crate) use greeting::{greeted, hello};
pub(crate) use input::Input;
pub(crate) use ledger::Ledger;

/// A buffer for output is given back once it has grown beyond this.
pub(crate) const KEPT_OUTPUT: usize = 1 << 20;
