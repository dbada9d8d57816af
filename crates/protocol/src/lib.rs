//! The messages of the Masstree server and its clients: MessagePack arrays over a stream of bytes.
//!
//! No input or output happens here. Bytes that arrived go in, requests or replies come out, borrowed from those bytes; replies and
//! requests are appended to a `Vec<u8>`. `docs/protocol.md` of the repository shows every message with its bytes.
//!
//! | | a server | a client |
//! |---|---|---|
//! | reads | [`RequestDecoder`] → [`Step`] → [`Request`] | [`ReplyDecoder`] → [`Reply`] → [`Body`] |
//! | writes | [`ReplyWriter`], [`ReplyList`] | [`RequestWriter`] |
//!
//! # A server's loop
//! ```
//! use masstree_protocol::{Greeting, Limits, Malformed, ReplyWriter, Request, RequestDecoder, Step};
//!
//! /// Answers what is whole in `input`, and drops it from there. Returns whether the connection goes on.
//! fn serve(decoder: &mut RequestDecoder, input: &mut Vec<u8>, output: &mut Vec<u8>) -> bool {
//!     let mut done = 0;
//!     let goes_on = loop {
//!         let mut reply = ReplyWriter::new(output);
//!         match decoder.decode(&input[done..]) {
//!             Ok(Step::Request { used, seq, request }) => {
//!                 match request {
//!                     Request::Handshake(hello) => {
//!                         decoder.accept(&hello);
//!                         reply.welcome(seq, Greeting::Ours, None);
//!                     }
//!                     Request::Get { .. } => reply.value(seq, b"always the same"),
//!                     other => reply.error(seq, &format!("{} is not done here", other.command())),
//!                 }
//!                 done += used;
//!             }
//!             Ok(Step::Refused { used, seq, refusal }) => {
//!                 reply.refuse(seq, &refusal);
//!                 done += used;
//!                 if refusal.closes() {
//!                     break false;
//!                 }
//!             }
//!             Ok(Step::Partial { discard, .. }) => {
//!                 done += discard;
//!                 break true;
//!             }
//!             Err(malformed) => {
//!                 reply.malformed(&malformed);
//!                 break false;
//!             }
//!         }
//!     };
//!     input.drain(..done);
//!     goes_on
//! }
//!
//! let mut decoder = RequestDecoder::new(Limits::default());
//! let (mut input, mut output) = (Vec::new(), Vec::new());
//! input.extend(b"\x92\x00\x0e\x93\x06\x02\xa2k1"); // a handshake, and GET k1 in the same segment
//! assert!(serve(&mut decoder, &mut input, &mut output));
//! assert!(output.ends_with(b"\x93\x06\x03\xafalways the same"));
//! ```
//!
//! # What a client of ill will can do
//! A declared length is compared with [`Limits`] before anything is taken for it, and decoding takes no memory at all. Nesting ends at
//! [`MAX_DEPTH`](limits::MAX_DEPTH). A message that arrives byte by byte costs no more than one that arrives whole, but for the calls. What is
//! wrong is a value, [`Malformed`] or [`Refusal`], that says what and where; no input panics.

#![forbid(unsafe_code)]

mod command;
mod decoder;
mod error;
mod handshake;
mod integer;
pub mod limits;
mod msgpack;
mod reply;
mod request;

pub use command::{Command, ResultCode};
pub use decoder::{RequestDecoder, Step};
pub use error::{Malformed, MalformedKind, Refusal, RefusalKind, ReplyError};
pub use handshake::{Abilities, Greeting, Hello, MAX_SEQ, NEWEST_PROTO, VERSION};
pub use integer::Int;
pub use limits::Limits;
pub use reply::{
    Body, Cells, Fields, List, Miss, Reply, ReplyDecoder, ReplyList, ReplyWriter, Row, Scalar,
    Written,
};
pub use request::{
    Assignments, Columns, Isolation, Keys, Range, Request, RequestWriter, Transaction,
};
