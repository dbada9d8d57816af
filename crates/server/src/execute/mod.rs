//! Carrying out requests.
//!
//! [`slice`] decodes and carries out what is whole, up to a bound on how long that may take; what takes longer by itself (a long scan, a wait for the
//! disk) it leaves to [`slow`], which waits and yields. Both only append to the output: the connection sends it.
//!
//! | file | has |
//! |---|---|
//! | `slice.rs` | the loop over requests, and what a slice is |
//! | `reads.rs` | GET, alone and in runs; MGET |
//! | `writes.rs` | PUT, REPLACE, REMOVE, CAS |
//! | `walk.rs` | SCAN and RANGE, in steps |
//! | `backwards.rs` | RANGE backwards in a transaction |
//! | `transaction.rs` | BEGIN, COMMIT, ABORT, and what an open transaction does with the other commands |
//! | `admin.rs` | HANDSHAKE, STATS, CHECKPOINT |
//! | `slow.rs` | what waits or yields |
//! | `cells.rs` | columns of rows in replies |
//! | `replies.rs` | replies to writes that turn out not to be safe |

mod admin;
mod backwards;
mod cells;
mod failure;
mod reads;
mod replies;
mod slice;
mod slow;
mod transaction;
mod walk;
mod writes;

pub(crate) use replies::{WriteReply, retract};
pub(crate) use slice::{Pause, Session, Slice, slice};
pub(crate) use slow::slow;
