//! The memory orderings of the protocols, by name.
//!
//! `--cfg weaken="NAME"` replaces one of them by relaxed (a fence by nothing). `ci/weaken.sh` does so for each name in
//! turn and expects a loom model to fail: an ordering that no model misses is not needed, or not tested.

use crate::sync::{Ordering, fence};

macro_rules! orderings {
    ($($(#[$doc:meta])* $name:ident = $weak:literal, $ordering:ident;)*) => {
        $($(#[$doc])* pub const $name: Ordering = if cfg!(weaken = $weak) { Ordering::Relaxed } else { Ordering::$ordering };)*
    };
}

orderings! {
    /// A reader's first load of a version; partner of [`UNLOCK`].
    STABLE = "stable", Acquire;
    /// The compare-and-swap that takes a lock; partner of [`UNLOCK`].
    LOCK = "lock", Acquire;
    /// The store that gives up a lock and publishes what was written under it.
    UNLOCK = "unlock", Release;
    /// Publishes a pointer to a fresh node that readers follow before they validate.
    PUBLISH_NODE = "publish_node", Release;
    /// Loads a pointer that is followed before validation; partner of [`PUBLISH_NODE`].
    FOLLOW_NODE = "follow_node", Acquire;
    /// Publishes a value that replaces another without a change of version.
    PUBLISH_VALUE = "publish_value", Release;
    /// Loads the value of a record after validation; partner of [`PUBLISH_VALUE`].
    READ_VALUE = "read_value", Acquire;
    /// Takes a seat, and takes over what its last owner did there; partner of [`GIVE_UP_SEAT`].
    TAKE_SEAT = "take_seat", Acquire;
    /// Gives up a seat, and publishes what its owner did there.
    GIVE_UP_SEAT = "give_up_seat", Release;
}

/// The fence between a writer's mark and its changes; partner of [`fence_before_validation`].
#[inline]
pub fn fence_after_mark() {
    if !cfg!(weaken = "mark_fence") {
        fence(Ordering::Release);
    }
}

/// The fence between a reader's loads and the load that validates them; partner of [`fence_after_mark`].
#[inline]
pub fn fence_before_validation() {
    if !cfg!(weaken = "validation_fence") {
        fence(Ordering::Acquire);
    }
}

/// The fence between a thread's announcement and its look at what others announce: of two threads that each announce and then look, at least one sees the other.
#[inline]
pub fn fence_after_announcement() {
    if !cfg!(weaken = "announcement_fence") {
        fence(Ordering::SeqCst);
    }
}
