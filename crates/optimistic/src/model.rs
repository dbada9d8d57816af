//! The atomics of a loom model: loom's own, and beside each a turnstile that every access goes through first.
//!
//! Loom tries another order of two accesses only if it takes them to be dependent, and of an atomic it remembers one access: a thread that
//! loads and then stores hides the loads of other threads from itself, and the orders in which these see the store are never tried. The turnstile
//! is a condition variable on which nobody waits: notifying it synchronizes nothing, and all notifications depend on each other.

use loom::sync::Condvar;
use loom::sync::atomic;

use crate::sync::Ordering;

macro_rules! atomics {
    ($($(#[$doc:meta])* $name:ident$(<$parameter:ident>)? of $value:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name$(<$parameter>)? {
                atomic: atomic::$name$(<$parameter>)?,
                turnstile: Condvar,
            }

            impl$(<$parameter>)? $name$(<$parameter>)? {
                /// A fresh atomic.
                #[track_caller]
                pub fn new(value: $value) -> Self {
                    Self { atomic: atomic::$name::new(value), turnstile: Condvar::new() }
                }

                /// Loads the value.
                #[track_caller]
                pub fn load(&self, order: Ordering) -> $value {
                    self.turnstile.notify_one();
                    self.atomic.load(order)
                }

                /// Stores a value.
                #[track_caller]
                pub fn store(&self, value: $value, order: Ordering) {
                    self.turnstile.notify_one();
                    self.atomic.store(value, order);
                }

                /// Stores a value and returns the one before.
                #[track_caller]
                pub fn swap(&self, value: $value, order: Ordering) -> $value {
                    self.turnstile.notify_one();
                    self.atomic.swap(value, order)
                }

                /// Stores `new` if the value is `current`.
                ///
                /// # Errors
                /// The value found, if it was another.
                #[track_caller]
                pub fn compare_exchange(
                    &self,
                    current: $value,
                    new: $value,
                    success: Ordering,
                    failure: Ordering,
                ) -> Result<$value, $value> {
                    self.turnstile.notify_one();
                    self.atomic.compare_exchange(current, new, success, failure)
                }
            }
        )*
    };
}

atomics! {
    /// A pointer.
    AtomicPtr<T> of *mut T;
    /// A 32-bit number.
    AtomicU32 of u32;
    /// A 64-bit number.
    AtomicU64 of u64;
    /// A number of a pointer's size.
    AtomicUsize of usize;
}

macro_rules! numbers {
    ($($name:ident of $value:ty),*) => {
        $(
            impl $name {
                /// Adds, and returns the value before.
                #[track_caller]
                pub fn fetch_add(&self, by: $value, order: Ordering) -> $value {
                    self.turnstile.notify_one();
                    self.atomic.fetch_add(by, order)
                }

                /// Sets bits, and returns the value before.
                #[track_caller]
                pub fn fetch_or(&self, bits: $value, order: Ordering) -> $value {
                    self.turnstile.notify_one();
                    self.atomic.fetch_or(bits, order)
                }

                /// Clears the bits that `bits` does not have, and returns the value before.
                #[track_caller]
                pub fn fetch_and(&self, bits: $value, order: Ordering) -> $value {
                    self.turnstile.notify_one();
                    self.atomic.fetch_and(bits, order)
                }

                /// Raises the value to `least`, and returns the value before.
                #[track_caller]
                pub fn fetch_max(&self, least: $value, order: Ordering) -> $value {
                    self.turnstile.notify_one();
                    self.atomic.fetch_max(least, order)
                }
            }
        )*
    };
}

numbers!(AtomicU64 of u64, AtomicUsize of usize);

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(std::ptr::null_mut())
    }
}
