//! A version of a row, and the chain of older ones behind it.
//!
//! The map holds the newest version of each key; in the common case it is the only one, and then its word is its stamp. One that stands on an older
//! one, or belongs to a transaction, has an [annex](optimistic::Annex) with its [`Fate`] until it is committed and alone. Only the newest may be undecided:
//! whoever wants to write on top of it waits, or aborts the transaction that it belongs to. Readers never wait.

use std::sync::Arc;

use optimistic::{Annex, Chained, Guard, Word};

use crate::row::Row;
use crate::stamp::{self, Decides, PENDING, Stamp, State, Timestamp};

/// What all versions written by one transaction have in common.
#[derive(Debug)]
pub(crate) struct Commit {
    pub stamp: Stamp,
    /// Whether nobody else may abort it: a batch, which has nothing to conflict with and so must not fail.
    pub firm: bool,
}

impl Commit {
    /// Not decided.
    #[inline]
    pub fn new(firm: bool) -> Self {
        let stamp = Stamp::pending();
        Self { stamp, firm }
    }

    /// Aborts the transaction of somebody who is in the way, if that may be. Whether it is aborted now.
    pub fn push_aside(&self) -> bool {
        !self.firm && self.stamp.abort()
    }
}

/// Who writes a version.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Author<'a> {
    /// A single write.
    Single,
    /// A transaction, or a batch, that writes nothing else.
    Only {
        /// Of the [`Commit`].
        firm: bool,
    },
    /// One that writes several.
    OneOf(&'a Arc<Commit>),
}

/// What decides a version that is not alone.
#[derive(Debug)]
pub(crate) enum Fate {
    /// That of a single write.
    Own(Stamp),
    /// That of a transaction that writes nothing else.
    Only(Commit),
    /// That of its transaction.
    Of(Arc<Commit>),
}

impl Fate {
    #[inline]
    pub fn new(author: Author<'_>) -> Self {
        match author {
            Author::Single => Self::Own(Stamp::pending()),
            Author::Only { firm } => Self::Only(Commit::new(firm)),
            Author::OneOf(commit) => Self::Of(Arc::clone(commit)),
        }
    }

    #[inline]
    fn stamp(&self) -> &Stamp {
        match self {
            Self::Own(stamp) => stamp,
            Self::Only(commit) => &commit.stamp,
            Self::Of(commit) => &commit.stamp,
        }
    }
}

/// A version, as the map holds it: its row, or nothing if the key was removed.
pub(crate) type Linked = Chained<Fate, Option<Row>>;

/// Bytes of an annex.
pub(crate) const ANNEX: usize = size_of::<Annex<Fate, Option<Row>>>().next_multiple_of(16);

#[cfg(not(loom))]
const _: () = assert!(size_of::<Linked>() == 32 && ANNEX == 48);

/// A version that is not decided yet, with nothing below it.
pub(crate) fn first(row: Option<Row>, author: Author<'_>) -> Linked {
    match author {
        Author::Single => Linked::new(row, PENDING),
        _ => Linked::with_annex(row, Fate::new(author)),
    }
}

/// A version that was committed at `at`, the only one of its key.
pub(crate) fn committed(row: Row, at: Timestamp) -> Linked {
    Linked::new(Some(row), stamp::committed(at))
}

/// Bytes that this version takes without an annex, beside the map's.
pub(crate) fn bytes_of(version: &Linked) -> usize {
    size_of::<Linked>() + version.as_ref().map_or(0, Row::heap_bytes)
}

/// What decides a version: its own word, or a stamp apart.
pub(crate) enum Decider<'g> {
    Word(&'g Linked, u64),
    Stamp(&'g Stamp),
}

impl Decides for Decider<'_> {
    #[inline]
    fn load(&self) -> u64 {
        match self {
            // A word that was bits once stays bits; what it is now is found out by whoever exchanges it.
            Self::Word(_, seen) => *seen,
            Self::Stamp(stamp) => stamp.load(),
        }
    }

    #[inline]
    fn exchange(&self, from: u64, to: u64) -> Result<(), u64> {
        match self {
            Self::Word(version, _) => version.exchange(from, to),
            Self::Stamp(stamp) => stamp.exchange(from, to),
        }
    }
}

/// What decides a version, as of now.
#[inline]
pub(crate) fn decider<'g>(version: &'g Linked, guard: &'g Guard) -> Decider<'g> {
    match version.word(guard) {
        Word::Bits(bits) => Decider::Word(version, bits),
        Word::Annex(annex) => Decider::Stamp(annex.fate().stamp()),
    }
}

#[inline]
pub(crate) fn state(version: &Linked, guard: &Guard) -> State {
    decider(version, guard).state()
}

/// When a version was committed; only what is decided has a time.
#[inline]
pub(crate) fn time(version: &Linked, guard: &Guard) -> Option<Timestamp> {
    match state(version, guard) {
        State::Committed(at) => Some(at),
        _ => None,
    }
}

/// The transaction that a version belongs to, if that is not settled.
pub(crate) fn commit<'g>(version: &Linked, guard: &'g Guard) -> Option<&'g Commit> {
    match version.word(guard) {
        Word::Annex(annex) => match annex.fate() {
            Fate::Only(commit) => Some(commit),
            Fate::Of(commit) => Some(commit),
            Fate::Own(_) => None,
        },
        Word::Bits(_) => None,
    }
}

/// The version that a snapshot at `at` sees of the chain that begins at `head`.
#[inline]
pub(crate) fn visible_at<'g>(
    head: &'g Linked,
    at: Timestamp,
    guard: &'g Guard,
) -> Option<&'g Linked> {
    let mut version = head;
    loop {
        match version.word(guard) {
            Word::Bits(bits) => {
                return Decider::Word(version, bits)
                    .is_visible_at(at)
                    .then_some(version);
            }
            Word::Annex(annex) => {
                if annex.fate().stamp().is_visible_at(at) {
                    return Some(version);
                }
                version = annex.older(guard)?;
            }
        }
    }
}

/// The newest committed version of the chain that begins at `head`.
#[inline]
pub(crate) fn newest<'g>(head: &'g Linked, guard: &'g Guard) -> Option<&'g Linked> {
    let is_committed = |state| matches!(state, State::Committed(_));
    let mut version = head;
    loop {
        match version.word(guard) {
            Word::Bits(bits) => return is_committed(stamp::state(bits)).then_some(version),
            Word::Annex(annex) => {
                let stamp = annex.fate().stamp();
                if is_committed(stamp.state()) {
                    return Some(version);
                }
                let below = annex.older(guard);
                // Once it is committed its writer may cut off what is below: then it is this one after all.
                if is_committed(stamp.state()) {
                    return Some(version);
                }
                version = below?;
            }
        }
    }
}
