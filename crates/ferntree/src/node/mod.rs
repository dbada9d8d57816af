//! Nodes: a header, then nothing but atomic words, whose number depends on the types of keys and values.
//!
//! ```text
//! version | count, height | skip | next | prev | … | from WORDS on: the words
//! ```

pub(crate) mod inner;
pub(crate) mod keys;
pub(crate) mod leaf;
mod slots;

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use optimistic::VersionLock;
use optimistic::sync::{AtomicPtr, AtomicU32, DATA_LOAD, DATA_STORE, prefetch};

/// A word of a node.
pub(crate) type Word = AtomicPtr<()>;

/// Marks a handle on a node that is alive for `'g` and holds `T`s.
type Holds<'g, T> = PhantomData<(&'g Node, fn() -> T)>;

const LINE: usize = 64;

/// Where the words begin.
const WORDS: usize = size_of::<Node>().next_multiple_of(LINE);

/// The header of a node; its words lie behind it.
#[repr(C)]
pub(crate) struct Node {
    version: VersionLock,
    count: AtomicU32,
    /// 0 in a leaf, one more in each level above.
    height: u32,
    /// Bytes that all keys begin with, if keys are byte strings.
    skip: AtomicU32,
    next: AtomicPtr<Node>,
    prev: AtomicPtr<Node>,
}

impl Node {
    /// A fresh node without keys, its words null.
    fn allocate(version: VersionLock, height: u32, words: usize) -> NonNull<Node> {
        let layout = layout(words);
        // SAFETY: the layout is not empty.
        let Some(node) = NonNull::new(unsafe { alloc(layout) }.cast::<Node>()) else {
            handle_alloc_error(layout)
        };
        // SAFETY: freshly allocated with room for the header and the words; no one else has the pointer.
        unsafe {
            node.write(Node {
                version,
                count: AtomicU32::new(0),
                height,
                skip: AtomicU32::new(0),
                next: AtomicPtr::default(),
                prev: AtomicPtr::default(),
            });
            let first = words_of(node);
            for index in 0..words {
                first.add(index).write(Word::default());
            }
        }
        node
    }

    #[inline(always)]
    pub fn version(&self) -> &VersionLock {
        &self.version
    }

    /// 0 in a leaf.
    #[inline(always)]
    pub fn height(&self) -> u32 {
        self.height
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.count.load(DATA_LOAD) as usize
    }

    #[inline(always)]
    fn skip(&self) -> usize {
        self.skip.load(DATA_LOAD) as usize
    }

    #[inline(always)]
    fn set_skip(&self, skip: usize) {
        self.skip.store(skip as u32, DATA_STORE);
    }

    #[inline(always)]
    fn set_len(&self, len: usize) {
        self.count.store(len as u32, DATA_STORE);
    }
}

fn layout(words: usize) -> Layout {
    let size = WORDS + words * size_of::<Word>();
    match Layout::from_size_align(size, LINE) {
        Ok(layout) => layout,
        Err(_) => unreachable!("a node's size is bounded by its capacity"),
    }
}

/// The first word of a node.
#[inline(always)]
fn words_of(node: NonNull<Node>) -> NonNull<Word> {
    // SAFETY: the words lie in the node's allocation.
    unsafe { node.byte_add(WORDS) }.cast()
}

/// Frees a node of so many words, nothing that it refers to.
///
/// # Safety
/// It was allocated with so many words, and nobody reaches it any more.
unsafe fn free(node: NonNull<Node>, words: usize) {
    // SAFETY: header and words were written when it was allocated with this layout.
    unsafe {
        let first = words_of(node);
        for index in 0..words {
            ptr::drop_in_place(first.add(index).as_ptr());
        }
        ptr::drop_in_place(node.as_ptr());
        dealloc(node.as_ptr().cast(), layout(words));
    }
}

/// Asks for the header and the first `words` words of a node.
#[inline(always)]
pub(crate) fn prefetch_words(node: *const Node, words: usize) {
    prefetch(node);
    let first = node.wrapping_byte_add(WORDS).cast::<[u8; LINE]>();
    for line in 0..(words * size_of::<Word>()).div_ceil(LINE) {
        prefetch(first.wrapping_add(line));
    }
}
