//! Values: plain ones in the words of a slot, others in a box that never changes once it is published.

use std::marker::PhantomData;

use optimistic::epoch::Guard;

use crate::bits::{Bits, words_of};
use crate::plain::{Form, form};

/// Words that a value of type `V` takes in a leaf.
#[inline(always)]
pub(crate) fn words<V: 'static>() -> usize {
    words_of(form::<V>())
}

/// Whether a value's slot holds a pointer.
#[inline(always)]
pub(crate) fn is_boxed<V: 'static>() -> bool {
    form::<V>() == Form::Boxed
}

/// The value that `bits` are or lead to.
///
/// # Safety
/// The bits were loaded from a slot for a `V` and validated, and if they are a pointer, the guard under which they were loaded outlives `'a` (F3, F4).
#[inline(always)]
pub(crate) unsafe fn reference<V: 'static>(bits: &Bits) -> &V {
    match form::<V>() {
        // SAFETY: validated bits of a plain value.
        Form::Plain(_) => unsafe { bits.as_plain() },
        // SAFETY: a box that is alive while the guard is held.
        Form::Boxed => unsafe { &*bits.0[0].cast::<V>() },
    }
}

/// Drops the value now.
///
/// # Safety
/// The bits own the value, and nobody else can reach it.
pub(crate) unsafe fn release<V: 'static>(bits: Bits) {
    if is_boxed::<V>() {
        // SAFETY: the pointer came from `Box::into_raw` and is released once.
        unsafe { drop_box(bits.0[0].cast::<V>()) };
    }
}

/// Drops the value when nobody can look at it any more.
///
/// # Safety
/// The bits owned the value and are in no slot any more (F3).
#[inline(always)]
pub(crate) unsafe fn retire<V: Send + 'static>(bits: Bits, guard: &Guard) {
    if is_boxed::<V>() {
        // SAFETY: out of reach for later guards, retired once, and a `V` may be dropped by any thread.
        unsafe { guard.retire(bits.0[0].cast::<V>(), drop_box::<V>) };
    }
}

unsafe fn drop_box<V>(pointer: *mut V) {
    // SAFETY: the caller owns the box.
    drop(unsafe { Box::from_raw(pointer) });
}

/// A value on its way into the tree; dropped if it does not get there.
pub(crate) struct FreshValue<V: 'static>(Bits, PhantomData<V>);

impl<V: 'static> FreshValue<V> {
    #[inline(always)]
    pub fn new(value: V) -> Self {
        let bits = match form::<V>() {
            // SAFETY: the form says so.
            Form::Plain(_) => unsafe { Bits::of_plain(&value) },
            Form::Boxed => return Self(Bits::pointer(Box::into_raw(Box::new(value))), PhantomData),
        };
        Self(bits, PhantomData)
    }

    #[inline(always)]
    pub fn bits(&self) -> Bits {
        self.0
    }

    /// The tree owns the value now.
    #[inline(always)]
    pub fn stored(&mut self) {
        if is_boxed::<V>() {
            self.0 = Bits::NULL;
        }
    }
}

impl<V: 'static> Drop for FreshValue<V> {
    #[inline(always)]
    fn drop(&mut self) {
        if is_boxed::<V>() && self.0 != Bits::NULL {
            // SAFETY: the value never got into the tree.
            unsafe { release::<V>(self.0) };
        }
    }
}
