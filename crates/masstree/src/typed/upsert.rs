//! Insert-if-absent and insert-or-modify that give back the very value that is in the map afterwards.
//!
//! Both look first and then write on the condition that what they saw still stands. The value to insert is made at most once: a write
//! that is refused gives it back, since nobody else has seen it.

use std::sync::Arc;

use super::raw::RawMap;
use crate::storage::{Storage, Word};
use crate::write::{Expect, Fresh, Written};
use crate::{Guard, InsertError, Shared};

/// How a conditional write ended.
enum Attempt<V> {
    Stored(Arc<V>),
    /// Another thread was faster: what it left there, and the value that was not stored.
    Lost(Option<Word>, Option<V>),
}

fn attempt<V: Send + Sync + 'static>(
    map: &RawMap<V>,
    key: &[u8],
    expect: Expect,
    value: V,
    guard: &Guard<'_>,
) -> Result<Attempt<V>, InsertError> {
    let fresh = Fresh::<Shared<V>>::new(value);
    let kept = share(fresh.word(), guard);
    Ok(match map.write(key, expect, fresh, guard)? {
        Written::Stored(old) => {
            if let Some(old) = old {
                drop(map.take_out(old, guard));
            }
            Attempt::Stored(kept)
        }
        Written::Refused(found) => Attempt::Lost(found, Arc::into_inner(kept)),
    })
}

/// A handle on the value of a word that was found under `guard`, or that is not in the map yet.
fn share<V: Send + Sync + 'static>(word: Word, _guard: &Guard<'_>) -> Arc<V> {
    // SAFETY: a word found under a guard is not released while it is held (I4), and one that is not in the map belongs to the caller.
    unsafe { Shared::<V>::owned(word) }
}

/// The value of `key`; where there is none, the one that `make` makes.
pub fn get_or_insert<V: Send + Sync + 'static>(
    map: &RawMap<V>,
    key: &[u8],
    make: impl FnOnce() -> V,
    guard: &Guard<'_>,
) -> Result<Arc<V>, InsertError> {
    if let Some(word) = map.find(key, guard) {
        return Ok(share(word, guard));
    }
    let mut value = make();
    loop {
        match attempt(map, key, Expect::Absent, value, guard)? {
            Attempt::Stored(stored) => return Ok(stored),
            Attempt::Lost(Some(word), _) => return Ok(share(word, guard)),
            Attempt::Lost(None, spare) => {
                value = spare.expect("a value that was not stored has no other owner")
            }
        }
    }
}

/// Replaces the value of `key` by what `modify` makes of it; where there is none, inserts what `make` makes. Returns what is there now.
pub fn modify_or_insert<V: Send + Sync + 'static>(
    map: &RawMap<V>,
    key: &[u8],
    mut modify: impl FnMut(&V) -> V,
    make: impl FnOnce() -> V,
    guard: &Guard<'_>,
) -> Result<Arc<V>, InsertError> {
    let mut make = Some(make);
    let mut spare = None;
    loop {
        let found = map.find(key, guard);
        let (expect, value) = match found {
            // SAFETY: found under the guard, so not released while it is held (I4).
            Some(word) => (
                Expect::Word(word),
                modify(unsafe { Shared::<V>::reference(word) }),
            ),
            None => {
                let value = spare.take().or_else(|| make.take().map(|make| make()));
                (
                    Expect::Absent,
                    value.expect("a value that was not stored has no other owner"),
                )
            }
        };
        match attempt(map, key, expect, value, guard)? {
            Attempt::Stored(stored) => return Ok(stored),
            Attempt::Lost(_, value) if found.is_none() => spare = value,
            Attempt::Lost(..) => {}
        }
    }
}
