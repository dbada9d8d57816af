//! What a serializable transaction checks before it commits: that what it has read is still the newest.
//!
//! All its own versions are in the map by then, and the timestamp of the commit has been taken: who writes later what was checked commits at
//! that time or later, so the order of timestamps is one in which the transactions could have run one by one. Of two transactions that each
//! write what the other has read at least one sees the other.
//! A range is walked again: a key that came into it since is found there with its timestamp, a key that went with that of its removal.

use std::ptr;

use masstree::Guard;

use crate::error::{Error, Result};
use crate::scan::{Range, borrowed};
use crate::stamp::{State, Timestamp};
use crate::table::Table;
use crate::version::{Commit, Linked, commit, state, time};

impl Table {
    /// Checks that `key` has not been written since `since`.
    pub fn validate_key(
        &self,
        key: &[u8],
        since: Timestamp,
        own: &Commit,
        guard: &Guard<'_>,
    ) -> Result<()> {
        match self.map.get_ref(key, guard) {
            Some(head) => self.validate(key, head, guard.as_ref(), since, own),
            None => Ok(()),
        }
    }

    /// Checks that no key of the range has been written since `since`.
    pub fn validate_range(&self, range: &Range, since: Timestamp, own: &Commit) -> Result<()> {
        let mut result = Ok(());
        self.visit_heads(borrowed(range), true, |key, head, guard| {
            result = self.validate(key, head, guard, since, own);
            result.is_ok()
        });
        result
    }

    fn validate(
        &self,
        key: &[u8],
        head: &Linked,
        guard: &optimistic::Guard,
        since: Timestamp,
        own: &Commit,
    ) -> Result<()> {
        let conflict = || Err(Error::Conflict { key: key.to_vec() });
        match state(head, guard) {
            State::Committed(at) if at > since => return conflict(),
            State::Committed(_) => return Ok(()),
            State::Aborted => {}
            State::Pending => match commit(head, guard) {
                Some(other) if ptr::eq(other, own) => {}
                // Of two transactions in each other's way the one with the lower address goes on.
                Some(other) if ptr::from_ref(own) < ptr::from_ref(other) && other.push_aside() => {}
                _ => return conflict(),
            },
        }
        // The version below is committed.
        match head.older(guard).and_then(|below| time(below, guard)) {
            Some(at) if at > since => conflict(),
            _ => Ok(()),
        }
    }
}
