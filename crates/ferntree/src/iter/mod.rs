//! Iterators and cursors.
//!
//! None of them holds a lock, at any time: each keeps an epoch guard, a leaf with its version, and the key that it came by last. A step reads one entry and checks
//! the version; if the leaf has changed, the place is sought anew next to that key. So an iterator stops nobody, and its own thread may write to the
//! same tree between two steps, in any way.
//!
//! While others write, keys come strictly in order; each key that is there all the time comes exactly once; none comes that was not there, with that
//! value, when the step was made. A whole iteration is not one moment.
//!
//! What was removed while an iterator is alive is freed only after it is dropped, in all trees of the process: do not keep one for long.
//!
//! | type | items | moves |
//! |---|---|---|
//! | [`Range`], [`RangeRev`], [`Keys`], [`Values`] | clones, as `Iterator`s from both ends | |
//! | [`RawSharedIter`] | lends references | a cursor: seek, next, prev, peek |
//! | [`RawExclusiveIter`] | lends references | the same, and inserts and removes at its place |

mod range;
mod raw;
mod raw_mut;

pub use range::{Keys, Range, RangeRev, Values};
pub use raw::RawSharedIter;
pub use raw_mut::RawExclusiveIter;
