//! A new value on top of the one that is there, which it links to.
//!
//! Taking the old value's word out of the map gives its count away; linking to it from the new one takes a count. Here the one becomes the other:
//! the count moves from the map into the link, so that nothing is counted twice and nothing is retired until the link is cut.

use std::sync::Arc;

use optimistic::Chained;

use crate::error::InsertError;
use crate::guard::Guard;
use crate::map::Map;
use crate::storage::Shared;
use crate::write::{Expect, Fresh, Written};

/// A value that links to `older`, of which it has no count yet; dropped before it has, it links to nothing.
struct Borrowing<'a, T: Send + Sync + 'static>(&'a Chained<T>);

impl<T: Send + Sync + 'static> Drop for Borrowing<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the value never got into the map, so it is the caller's alone, and the link has no count.
        unsafe { self.0.older().disown() };
    }
}

impl<T: Send + Sync + 'static, const W: usize, const I: usize> Map<Shared<Chained<T>>, W, I> {
    /// Puts `key` to `value`, on top of the value that it has, if that is `expected`: that very object. Returns a handle on what is there then;
    /// nothing if something else was there, and then nothing has changed.
    ///
    /// # Errors
    /// [`InsertError`]; then nothing has changed.
    ///
    /// # Examples
    /// ```
    /// use optimistic::Chained;
    /// let map = masstree::MassTree::<Chained<u64>>::new();
    /// let guard = map.guard();
    /// map.insert(b"k", Chained::new(1, None)).unwrap();
    /// let one = map.get_ref(b"k", &guard).unwrap();
    /// let two = map.push(b"k", one, 2, &guard).unwrap().unwrap();
    /// assert_eq!(two.older().get(guard.as_ref()).map(|one| **one), Some(1));
    /// assert!(map.push(b"k", one, 3, &guard).unwrap().is_none());
    /// ```
    pub fn push(
        &self,
        key: &[u8],
        expected: &Chained<T>,
        value: T,
        guard: &Guard<'_>,
    ) -> Result<Option<Arc<Chained<T>>>, InsertError> {
        let top = Arc::new(Chained::new(value, None));
        // SAFETY: nobody else has `top`. If it gets into the map, the map's count of `expected` is given to the link; if not, it is disowned.
        unsafe { top.older().borrow(expected) };
        let borrowing = Borrowing(&top);
        let expect = Expect::Word(std::ptr::from_ref(expected).cast_mut().cast());
        let written = self.write(key, expect, Fresh::shared(Arc::clone(&top)), guard)?;
        Ok(match written {
            Written::Stored(_) => {
                // The map's count of `expected`, which nobody retires, is the link's.
                std::mem::forget(borrowing);
                Some(top)
            }
            Written::Refused(_) => {
                drop(borrowing);
                None
            }
        })
    }
}
