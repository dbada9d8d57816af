//! Chains: values of one key, the newest first, of which the older ones are taken out when nobody needs them any more.
//!
//! A value has one word beside it. As long as it is decided and alone that word holds bits that say all there is to say; otherwise it points to an
//! [`Annex`], which holds what decides it and the link to the older one. So a value that is alone takes no more than its own bytes and the word.
//!
//! ```text
//! map -> top [ word -> annex { fate, older } | value ] -> ... -> last [ bits | value ]
//! ```
//! Each object has one owner: the map owns the newest of a chain, an annex the older one that it links to. Ownership moves with the
//! pointer, nothing is counted. Links change only so that chains get shorter, and only by who has *claimed* the link by marking it: a claimed link
//! still leads readers on, but owns nothing. To take `lower` out from under `upper` both links are claimed, that of `upper` because it changes and that
//! of `lower` because what it owns moves up. Nobody waits for a claim; who fails to get one leaves the chain as it is.

use std::ptr;

use crate::epoch::Guard;
use crate::order::{FOLLOW_NODE, LOCK, PUBLISH_NODE, PUBLISH_VALUE};
use crate::sync::{
    AtomicPtr,
    Ordering::{Relaxed, SeqCst},
};

/// Marks bits in a word, and a claimed link.
const MARK: usize = 1;

/// A value of a chain. See the module.
#[derive(Debug)]
pub struct Chained<A: Send + Sync + 'static, T: Send + Sync + 'static> {
    word: AtomicPtr<Annex<A, T>>,
    value: T,
}

/// What a value has beside it that is not decided, or not alone.
#[derive(Debug)]
pub struct Annex<A: Send + Sync + 'static, T: Send + Sync + 'static> {
    fate: A,
    older: AtomicPtr<Chained<A, T>>,
    /// Annexes come and go with every write. As large as short values they would be strewn among those, each in a line of memory that nobody has near.
    _apart: [u64; 2],
}

/// What the word of a value says.
#[derive(Debug)]
pub enum Word<'g, A: Send + Sync + 'static, T: Send + Sync + 'static> {
    /// These 63 bits; there is no older value.
    Bits(u64),
    /// It is in the annex.
    Annex(&'g Annex<A, T>),
}

fn bits_to_word<T>(bits: u64) -> *mut T {
    ptr::without_provenance_mut((bits as usize) << 1 | MARK)
}

fn is_marked<T>(pointer: *mut T) -> bool {
    pointer.addr() & MARK != 0
}

fn marked<T>(pointer: *mut T) -> *mut T {
    pointer.map_addr(|address| address | MARK)
}

fn unmarked<T>(pointer: *mut T) -> *mut T {
    pointer.map_addr(|address| address & !MARK)
}

unsafe fn free<T>(pointer: *mut T) {
    // SAFETY: the pointer came from a box, and is freed once.
    drop(unsafe { Box::from_raw(pointer) });
}

unsafe fn free_with_older<A: Send + Sync, T: Send + Sync>(annex: *mut Annex<A, T>) {
    // SAFETY: the annex is freed once, and with it the older one, which its claimed link does not own.
    unsafe {
        let annex = Box::from_raw(annex);
        let older = unmarked(annex.older.load(Relaxed));
        drop(annex);
        free(older);
    }
}

impl<A: Send + Sync + 'static, T: Send + Sync + 'static> Chained<A, T> {
    /// A value with no older one, of which `bits` tell all.
    #[inline]
    pub fn new(value: T, bits: u64) -> Self {
        let word = AtomicPtr::new(bits_to_word(bits));
        Self { word, value }
    }

    /// A value with no older one, and an annex.
    pub fn with_annex(value: T, fate: A) -> Self {
        let older = AtomicPtr::new(ptr::null_mut());
        let annex = Box::into_raw(Box::new(Annex {
            fate,
            older,
            _apart: [0; 2],
        }));
        let word = AtomicPtr::new(annex);
        Self { word, value }
    }

    /// What its word says.
    #[inline]
    pub fn word<'g>(&self, _guard: &'g Guard) -> Word<'g, A, T> {
        let word = self.word.load(SeqCst);
        if is_marked(word) {
            return Word::Bits((word.addr() >> 1) as u64);
        }
        // SAFETY: an annex is retired after it has left the word, so it stays as long as the guard does.
        Word::Annex(unsafe { &*word })
    }

    /// Exchanges bits for others.
    ///
    /// # Errors
    /// The bits found, if they were others.
    #[inline]
    pub fn exchange(&self, from: u64, to: u64) -> Result<(), u64> {
        let (from, to) = (bits_to_word(from), bits_to_word(to));
        match self.word.compare_exchange(from, to, SeqCst, SeqCst) {
            Ok(_) => Ok(()),
            Err(found) => Err((found.addr() >> 1) as u64),
        }
    }

    /// The older value.
    #[inline]
    pub fn older<'g>(&self, guard: &'g Guard) -> Option<&'g Self> {
        match self.word(guard) {
            Word::Bits(_) => None,
            Word::Annex(annex) => annex.older(guard),
        }
    }

    /// Replaces the annex by `bits`, if there is no older value. Whether it did.
    pub fn settle(&self, bits: u64, guard: &Guard) -> bool {
        let (raw, Word::Annex(annex)) = (self.word.load(SeqCst), self.word(guard)) else {
            return false;
        };
        // Whoever takes the annex out of the word has claimed its link first, for good: it is the same in both loads.
        if annex.claim(ptr::null_mut()).is_none() {
            return false;
        }
        self.word.store(bits_to_word(bits), PUBLISH_VALUE);
        // SAFETY: the annex has left the word, by the claim's owner alone; its link owns nothing.
        unsafe { guard.retire(raw, free) };
        true
    }

    /// Takes `lower` out, which is the older value, and retires it; if none is left below then, `bits` take the place of the annex. How many annexes went;
    /// nothing if `lower` is not there, or somebody else is about to change the chain here, and then nothing has changed.
    pub fn cut(&self, lower: &Self, bits: u64, guard: &Guard) -> Option<usize> {
        let (raw, Word::Annex(annex)) = (self.word.load(SeqCst), self.word(guard)) else {
            return None;
        };
        let lower = annex.claim(ptr::from_ref(lower).cast_mut())?;
        // SAFETY: the claimed link leads to it, so it is not retired before this returns.
        let (below, annexes) = match unsafe { &*lower }.word(guard) {
            Word::Bits(_) => (ptr::null_mut(), 0),
            Word::Annex(beneath) => match beneath.claim_any() {
                Some(below) => (below, 1),
                None => {
                    annex.older.store(lower, PUBLISH_NODE);
                    return None;
                }
            },
        };
        if below.is_null() {
            self.word.store(bits_to_word(bits), PUBLISH_VALUE);
            // SAFETY: the annex has left the word, by the claim's owner alone, and nothing else leads to what is below.
            unsafe { guard.retire(raw, free_with_older) };
            Some(annexes + 1)
        } else {
            annex.older.store(below, PUBLISH_NODE);
            // SAFETY: the only link to it was claimed and leads past it now; its own link is claimed, so what that led to is not freed with it.
            unsafe { guard.retire(lower, free) };
            Some(annexes)
        }
    }

    /// Claims the link to the older value, so that it can go where this value is now. Nothing if somebody else has claimed it.
    pub fn claim_older<'g>(&self, guard: &'g Guard) -> Option<Claimed<'g, A, T>> {
        Some(match self.word(guard) {
            Word::Bits(_) => Claimed {
                annex: None,
                older: ptr::null_mut(),
            },
            Word::Annex(annex) => Claimed {
                annex: Some(annex),
                older: annex.claim_any()?,
            },
        })
    }

    /// A value on top of `older`, whose ownership is given to it.
    ///
    /// # Safety
    /// `older` came from a box, and once others can reach the value nobody else owns it. A value that they never can must be [`disowned`](Self::disown).
    pub unsafe fn on_top(value: T, fate: A, older: *mut Self) -> Self {
        let top = Self::with_annex(value, fate);
        // SAFETY: the annex was just made, and is the caller's alone.
        unsafe { &*top.word.load(Relaxed) }
            .older
            .store(older, Relaxed);
        top
    }

    /// Makes a value that nobody else has ever reached forget its older one.
    pub fn disown(&mut self) {
        let word = self.word.load(Relaxed);
        if !is_marked(word) {
            // SAFETY: the value is the caller's alone, so its annex is too.
            unsafe { &*word }.older.store(ptr::null_mut(), Relaxed);
        }
    }
}

impl<A: Send + Sync + 'static, T: Send + Sync + 'static> Annex<A, T> {
    /// What decides the value.
    #[inline]
    pub fn fate(&self) -> &A {
        &self.fate
    }

    /// The older value.
    #[inline]
    pub fn older<'g>(&self, _guard: &'g Guard) -> Option<&'g Chained<A, T>> {
        // SAFETY: what a link leads to is retired after the link has changed or its object has been retired, so it stays as long as the guard does.
        unsafe { unmarked(self.older.load(FOLLOW_NODE)).as_ref() }
    }

    /// Marks the link, if it leads to `older` and is not marked. What it leads to.
    #[inline]
    fn claim(&self, older: *mut Chained<A, T>) -> Option<*mut Chained<A, T>> {
        let exchanged = self
            .older
            .compare_exchange(older, marked(older), LOCK, Relaxed);
        exchanged.ok()
    }

    /// Marks the link, if it is not marked. What it leads to.
    fn claim_any(&self) -> Option<*mut Chained<A, T>> {
        let older = self.older.load(FOLLOW_NODE);
        (!is_marked(older)).then(|| self.claim(older))?
    }

    /// Takes away what the link owns, from who has the annex alone.
    fn take_older(&mut self) -> *mut Chained<A, T> {
        let older = self.older.load(Relaxed);
        self.older.store(ptr::null_mut(), Relaxed);
        if is_marked(older) {
            ptr::null_mut()
        } else {
            older
        }
    }
}

impl<A: Send + Sync + 'static, T: Send + Sync + 'static> Drop for Chained<A, T> {
    /// Frees what is below one by one and not by recursion: chains can be long.
    fn drop(&mut self) {
        let mut word = self.word.load(Relaxed);
        while !is_marked(word) {
            // SAFETY: whoever drops a value has it alone: its annex, and what that owns, can be reached in no other way.
            let older = unsafe { Box::from_raw(word) }.take_older();
            if older.is_null() {
                return;
            }
            // SAFETY: as before; the older one comes from a box, and its word is emptied before it is dropped.
            let below = unsafe { Box::from_raw(older) };
            word = below.word.load(Relaxed);
            below.word.store(bits_to_word(0), Relaxed);
        }
    }
}

impl<A: Send + Sync + 'static, T: Send + Sync + 'static> std::ops::Deref for Chained<A, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

/// The claimed link of a value. Dropping it gives up the claim.
#[derive(Debug)]
pub struct Claimed<'g, A: Send + Sync + 'static, T: Send + Sync + 'static> {
    annex: Option<&'g Annex<A, T>>,
    older: *mut Chained<A, T>,
}

impl<A: Send + Sync + 'static, T: Send + Sync + 'static> Claimed<'_, A, T> {
    /// What the link leads to; null if there is nothing.
    pub fn older(&self) -> *mut Chained<A, T> {
        self.older
    }

    /// What the link led to has another owner now: the claim stays.
    pub fn give_away(self) {
        std::mem::forget(self);
    }
}

impl<A: Send + Sync + 'static, T: Send + Sync + 'static> Drop for Claimed<'_, A, T> {
    fn drop(&mut self) {
        if let Some(annex) = self.annex {
            annex.older.store(self.older, PUBLISH_NODE);
        }
    }
}
