//! Storage that is read while it is replaced.
//!
//! [`form`] tells how values of a type lie in a tree's nodes. [`AtomicSlot`] is one such place by itself.

use std::fmt;
use std::marker::PhantomData;

use optimistic::VersionLock;
use optimistic::epoch;
use optimistic::order::{PUBLISH_VALUE, READ_VALUE};

use crate::bits::Bits;
use crate::node::Word;
pub use crate::plain::{Form, form};
use crate::value::{self, FreshValue};

/// A value that any number of threads read, without a lock, while others replace it.
///
/// # Examples
/// ```
/// use ferntree::atomic_slot::AtomicSlot;
/// let slot = AtomicSlot::new("one".to_string());
/// assert_eq!(slot.read(|text| text.len()), 3);
/// slot.replace("three".to_string());
/// assert_eq!(slot.get(), "three");
/// ```
pub struct AtomicSlot<T: 'static> {
    lock: VersionLock,
    words: [Word; 2],
    owns: PhantomData<T>,
}

impl<T: Send + 'static> AtomicSlot<T> {
    /// A slot with a value in it.
    pub fn new(value: T) -> Self {
        let mut fresh = FreshValue::new(value);
        let Bits([first, second]) = fresh.bits();
        fresh.stored();
        Self {
            lock: VersionLock::inner(),
            words: [Word::new(first), Word::new(second)],
            owns: PhantomData,
        }
    }

    fn load(&self) -> Bits {
        Bits([
            self.words[0].load(READ_VALUE),
            self.words[1].load(READ_VALUE),
        ])
    }

    /// What `look` makes of the value. It runs once, outside of all locks.
    pub fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let _guard = epoch::pin();
        loop {
            let stamp = self.lock.stable();
            let bits = self.load();
            if self.lock.validate(stamp) {
                // SAFETY: validated under the guard.
                return look(unsafe { value::reference(&bits) });
            }
        }
    }

    /// A clone of the value.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.read(T::clone)
    }

    /// Puts another value in. The old one is dropped when nobody looks at it any more.
    pub fn replace(&self, value: T) {
        let guard = epoch::pin();
        let mut fresh = FreshValue::new(value);
        let new = fresh.bits();
        let mut lock = loop {
            if let Some(lock) = self.lock.lock_if(self.lock.stable()) {
                break lock;
            }
        };
        let old = self.load();
        lock.mark_change();
        for (word, new) in self.words.iter().zip(new.0) {
            word.store(new, PUBLISH_VALUE);
        }
        drop(lock);
        fresh.stored();
        // SAFETY: out of its slot, which only the holder of the lock could take it from.
        unsafe { value::retire::<T>(old, &guard) };
    }
}

impl<T: 'static> Drop for AtomicSlot<T> {
    fn drop(&mut self) {
        let bits = Bits([
            self.words[0].load(READ_VALUE),
            self.words[1].load(READ_VALUE),
        ]);
        // SAFETY: nobody else has the slot any more.
        unsafe { value::release::<T>(bits) };
    }
}

impl<T: 'static> fmt::Debug for AtomicSlot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtomicSlot")
    }
}
