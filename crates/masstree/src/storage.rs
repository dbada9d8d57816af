//! How a value lies in the map: behind an `Arc` or a `Box`, or as bits in the leaf.

use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;

use bytemuck::NoUninit;

/// The word of a slot or a record: a pointer, or bits without provenance.
pub type Word = *mut ();

mod sealed {
    pub trait Sealed {}
}

/// How values are stored: [`Shared`], [`Boxed`] or [`Inline`]. Sealed.
///
/// # Safety
/// `into_word` makes a word that the other functions understand; a word that owns something (`OWNS`) is released exactly once.
pub unsafe trait Storage: sealed::Sealed + 'static {
    /// What an insert takes.
    type Value: Send + Sync + 'static;
    /// What a get gives out, to keep.
    type Owned: Clone + Send + Sync + 'static;
    /// What a get gives out under a guard.
    type Ref<'g>: Copy;
    /// Whether a word owns memory that has to be released.
    const OWNS: bool;

    /// Turns a value into the word that owns it.
    fn into_word(value: Self::Value) -> Word;

    /// A handle of the caller's own on the value.
    ///
    /// # Safety
    /// `word` came from `into_word` and is not released before this returns.
    unsafe fn owned(word: Word) -> Self::Owned;

    /// The value for as long as `'g`.
    ///
    /// # Safety
    /// `word` came from `into_word` and is not released during `'g`.
    unsafe fn reference<'g>(word: Word) -> Self::Ref<'g>;

    /// Releases what the word owns.
    ///
    /// # Safety
    /// `word` came from `into_word` and is released once.
    unsafe fn release(word: Word);

    /// The word of the same value, for comparison only.
    fn identity(owned: &Self::Owned) -> Word;
}

/// Any value, behind an [`Arc`]: reads under a guard borrow it, other reads share it.
#[derive(Debug)]
pub struct Shared<V>(PhantomData<fn() -> V>);

impl<V> sealed::Sealed for Shared<V> {}

// SAFETY: the word is `Arc::into_raw`; `owned` adds a count, `release` takes one away.
unsafe impl<V: Send + Sync + 'static> Storage for Shared<V> {
    type Value = V;
    type Owned = Arc<V>;
    type Ref<'g> = &'g V;
    const OWNS: bool = true;

    #[inline]
    fn into_word(value: V) -> Word {
        Arc::into_raw(Arc::new(value)).cast_mut().cast()
    }

    #[inline]
    unsafe fn owned(word: Word) -> Arc<V> {
        let pointer = word.cast_const().cast::<V>();
        // SAFETY: the word came from `Arc::into_raw` and its count is at least one while it is not released.
        unsafe { Arc::increment_strong_count(pointer) };
        // SAFETY: the count just added is the one that this handle takes.
        unsafe { Arc::from_raw(pointer) }
    }

    #[inline]
    unsafe fn reference<'g>(word: Word) -> Self::Ref<'g> {
        // SAFETY: the word came from `Arc::into_raw` and lives as long as `'g`, by contract.
        unsafe { &*word.cast_const().cast::<V>() }
    }

    #[inline]
    unsafe fn release(word: Word) {
        // SAFETY: the map's own count, given back once.
        drop(unsafe { Arc::from_raw(word.cast_const().cast::<V>()) });
    }

    #[inline]
    fn identity(owned: &Arc<V>) -> Word {
        Arc::as_ptr(owned).cast_mut().cast()
    }
}

/// Any value, behind a [`Box`]: it is borrowed under a guard and cannot be kept, so nothing counts who has it. What is given out to keep says only that
/// something was there.
#[derive(Debug)]
pub struct Boxed<V>(PhantomData<fn() -> V>);

impl<V> sealed::Sealed for Boxed<V> {}

// SAFETY: the word is `Box::into_raw`; only `release` frees it.
unsafe impl<V: Send + Sync + 'static> Storage for Boxed<V> {
    type Value = V;
    type Owned = ();
    type Ref<'g> = &'g V;
    const OWNS: bool = true;

    #[inline]
    fn into_word(value: V) -> Word {
        Box::into_raw(Box::new(value)).cast()
    }

    #[inline]
    unsafe fn owned(_: Word) {}

    #[inline]
    unsafe fn reference<'g>(word: Word) -> Self::Ref<'g> {
        // SAFETY: the word came from `Box::into_raw` and lives as long as `'g`, by contract.
        unsafe { &*word.cast_const().cast::<V>() }
    }

    #[inline]
    unsafe fn release(word: Word) {
        // SAFETY: the word came from `Box::into_raw`, and is released once.
        drop(unsafe { Box::from_raw(word.cast::<V>()) });
    }

    /// None: a comparison with what was given out finds that something else is there.
    #[inline]
    fn identity((): &()) -> Word {
        ptr::null_mut()
    }
}

/// Plain values of at most 8 bytes, in the leaf itself.
///
/// The bound is [`bytemuck::NoUninit`]: `Copy` and without padding, so that its bytes can be kept as an integer. Integers, floats, `bool`, `char`,
/// `NonZero` and arrays of them have it, and it can be derived. A larger value does not compile:
///
/// ```compile_fail
/// let map = masstree::MassTreeInline::<[u64; 2]>::new();
/// map.insert(b"k", [1, 2]).unwrap();
/// ```
#[derive(Debug)]
pub struct Inline<V>(PhantomData<fn() -> V>);

impl<V> sealed::Sealed for Inline<V> {}

impl<V: NoUninit> Inline<V> {
    #[inline]
    fn bits(value: V) -> Word {
        const {
            assert!(
                size_of::<V>() <= size_of::<u64>(),
                "an inline value has at most 8 bytes"
            )
        };
        let mut bytes = [0; 8];
        bytes[..size_of::<V>()].copy_from_slice(bytemuck::bytes_of(&value));
        ptr::without_provenance_mut(u64::from_le_bytes(bytes) as usize)
    }

    #[inline]
    fn value(word: Word) -> V {
        let bytes = (word.addr() as u64).to_le_bytes();
        // SAFETY: the bytes came from a `V` (`bits`), which is `Copy` and no larger than they are.
        unsafe { bytes.as_ptr().cast::<V>().read_unaligned() }
    }
}

// SAFETY: the word is the value's bytes and owns nothing.
unsafe impl<V: NoUninit + Send + Sync> Storage for Inline<V> {
    type Value = V;
    type Owned = V;
    type Ref<'g> = V;
    const OWNS: bool = false;

    #[inline]
    fn into_word(value: V) -> Word {
        Self::bits(value)
    }

    #[inline]
    unsafe fn owned(word: Word) -> V {
        Self::value(word)
    }

    #[inline]
    unsafe fn reference<'g>(word: Word) -> Self::Ref<'g> {
        Self::value(word)
    }

    #[inline]
    unsafe fn release(_: Word) {}

    #[inline]
    fn identity(owned: &V) -> Word {
        Self::bits(*owned)
    }
}
