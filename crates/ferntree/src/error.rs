//! What can go wrong.

use thiserror::Error;

/// An error of the tree or of its latch.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// What was read optimistically may not have been there at once.
    #[error("optimistic validation failed")]
    Unwind,
    /// The tree is not in order: a bug, or keys whose `Ord` contradicts itself.
    #[error("the tree is not in order: {0}")]
    InvariantViolation(&'static str),
    /// The pairs given to a bulk load were not in strictly ascending order.
    #[error("the keys are not in strictly ascending order, at pair {0}")]
    NotAscending(usize),
}

impl From<::optimistic::latch::Unwind> for Error {
    fn from(_: ::optimistic::latch::Unwind) -> Self {
        Self::Unwind
    }
}

/// The outcome of what can go wrong.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a compare-and-exchange changed nothing: a clone of what was there instead.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the value is not the expected one")]
pub struct Differs<V>(pub Option<V>);
