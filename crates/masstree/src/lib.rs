//! A concurrent ordered map: any number of threads read, write and scan it at once, and readers take no lock.
//!
//! The map is a trie of B+trees (Mao, Kohler and Morris, *Cache Craftiness for Fast Multicore Key-Value Storage*, EuroSys 2012). Keys are bytes,
//! compared as `[u8]` is; each layer of the trie looks at 8 of them. Readers remember versions, read, and check that the versions still stand.
//! Writers lock the leaf that they change, and what a split needs. How that works, and why it is enough, is told in `docs/concurrency.md` of the
//! repository.
//!
//! - [Quick start](#quick-start)
//! - [Which type](#which-type)
//! - [Guards](#guards), and [async code](#async-code)
//! - [In order](#in-order): scans, iterators, cursors, and what they promise
//! - [Atomic updates](#atomic-updates)
//! - [Batches](#batches)
//! - [Limits](#limits)
//! - [What it costs](#what-it-costs)
//! - [Features](#features)
//!
//! # Quick start
//! ```
//! use masstree::MassTree;
//!
//! let map = MassTree::<String>::new();
//! map.insert(b"apple", "red".to_string())?;
//! map.insert(b"pear", "green".to_string())?;
//!
//! std::thread::scope(|scope| {
//!     scope.spawn(|| map.insert(b"plum", "blue".to_string()));
//!     scope.spawn(|| map.remove(b"apple"));
//! });
//!
//! assert_eq!(map.get(b"plum").as_deref().map(String::as_str), Some("blue"));
//! let guard = map.guard();
//! let fruits: Vec<_> = map.keys(&guard).collect();
//! assert_eq!(fruits, [b"pear".to_vec(), b"plum".to_vec()]);
//! # Ok::<(), masstree::InsertError>(())
//! ```
//! All operations take `&self`: share a map as `&MassTree` between scoped threads, or in an [`Arc`](std::sync::Arc).
//!
//! # Which type
//! | keys | values | take |
//! |---|---|---|
//! | bytes | anything `Send + Sync + 'static` | [`MassTree`], [`MassTree15`] |
//! | bytes | plain, at most 8 bytes: numbers, indexes, handles | [`MassTreeInline`], [`MassTree15Inline`], [`MassTreeIndex`] |
//! | numbers, strings, tuples, … | anything `Send + Sync + 'static` | [`OrderedMap`] |
//! | the same | none | [`OrderedSet`] |
//!
//! The byte maps are one type, [`Map`], under names for its parameters. With [`Shared`] storage a value lies behind an [`Arc`](std::sync::Arc):
//! reads hand out the `Arc`, or borrow the value under a guard. With [`Inline`] storage the value lies in the leaf and is copied out; its type must be
//! [`bytemuck::NoUninit`](https://docs.rs/bytemuck), that is `Copy` and without padding.
//!
//! The number in a name is the number of entries a leaf has, 24 if none is said. Fewer make an insert of a new key cheaper, because there is less to
//! keep sorted and to split; more make the tree shallower. Where it matters, measure both on your own keys.
//!
//! A typed map writes its keys as bytes that sort as the keys do: see [`typed`].
//!
//! # Guards
//! A removed value or node may still be looked at by another thread. So a thread says while it looks, with a [`Guard`]:
//! ```
//! # use masstree::MassTree;
//! let map = MassTree::<String>::new();
//! let guard = map.guard();
//! map.insert_with_guard(b"k", "v".to_string(), &guard)?;
//! let value: Option<&String> = map.get_ref(b"k", &guard); // borrowed, not counted
//! map.remove_with_guard(b"k", &guard)?;
//! assert_eq!(value.unwrap(), "v"); // still there: the guard is held
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! - **Take one for a batch of operations.** Taking it costs a few nanoseconds and no shared memory is fought over, but that is a good part of a short lookup.
//!   Operations without a guard in their signature take their own.
//! - **Do not keep one for long.** While any guard is held, in any thread, nothing that is removed from then on is freed, in any map of the process.
//!   A loop that never ends calls [`Guard::refresh`] between its rounds. [`Stats::pending`] counts what waits.
//! - A guard locks nothing: writers go on, and the thread that holds it may write too.
//! - A guard of another map is as good as one of this, since all maps share one collector. For the same reason values are `'static`:
//!   the last handle on one may be dropped later than its map, by another thread.
//!
//! ## Async code
//! No operation waits for input or output, so a task may call the map directly. A guard belongs to its thread and is not [`Send`]: a future that
//! holds one across an `.await` cannot be spawned on a runtime that moves tasks, the compiler refuses it. Where tasks stay on their thread it compiles,
//! and is as wrong: the guard would be held for as long as the task sleeps.
//!
//! So give the guard a block that ends before the next `.await`, or use the operations that take their own. A long scan belongs
//! on the runtime's threads for blocking work; to keep a place in it across awaits, keep the last key, not the guard. The iterators of
//! [`OrderedMap`] do just that, and may be held across an `.await`. The example `tokio` shows all of it.
//!
//! # In order
//! Three ways to read a range, from the cheapest up:
//! - [`scan_ref`](Map::scan_ref), [`scan_values`](Map::scan_values), [`scan_rev`](Map::scan_rev), [`scan_prefix`](Map::scan_prefix) call a visitor that
//!   says whether to go on; nothing is allocated an entry.
//! - [`cursor`](Map::cursor) is moved by its caller, either way, and lends the current key.
//! - [`range`](Map::range), [`iter`](Map::iter), [`keys`](Map::keys), [`values`](Map::values) are iterators, lazy and double-ended, with a key to keep an entry.
//!
//! ```
//! use masstree::{MassTreeInline, RangeBound};
//!
//! let map = MassTreeInline::<u32>::new();
//! for (key, value) in [("usr/bin", 1), ("usr/lib", 2), ("usr/share", 3), ("var/log", 4)] {
//!     map.insert(key.as_bytes(), value)?;
//! }
//! let guard = map.guard();
//! let mut sum = 0;
//! map.scan_prefix(b"usr/", |_, value| { sum += value; true }, &guard);
//! assert_eq!(sum, 6);
//!
//! let from = RangeBound::Excluded(b"usr/bin");
//! let last = map.range(from, RangeBound::Unbounded, &guard).next_back();
//! assert_eq!(last.unwrap().key(), b"var/log");
//! assert_eq!(map.range_bounds("usr/bin".."usr/share", &guard).count(), 2);
//! # Ok::<(), masstree::InsertError>(())
//! ```
//!
//! **While others write,** a scan, an iterator or a cursor on its way yields strictly ascending (or descending) keys; each key that is there all
//! the time exactly once; and none that was not there, with that value, at the moment at which the scan came by. A key that comes or goes meanwhile is seen
//! or not. The scan as a whole is not one moment in time: nothing is locked, and no writer waits for it.
//!
//! Each operation on a single key, on the other hand, happens at one moment between its call and its return: the map is linearizable.
//!
//! # Atomic updates
//! Read, change and write as one step, with no other write in between:
//! ```
//! # use masstree::MassTreeInline;
//! let hits = MassTreeInline::<u64>::new();
//! std::thread::scope(|scope| {
//!     for _ in 0..4 {
//!         scope.spawn(|| {
//!             let guard = hits.guard();
//!             for _ in 0..100 {
//!                 hits.fetch_update(b"/", |n| Some(n.unwrap_or(0) + 1), &guard).unwrap();
//!             }
//!         });
//!     }
//! });
//! assert_eq!(hits.get(b"/"), Some(400));
//! ```
//! [`fetch_update`](Map::fetch_update), [`update`](Map::update), [`get_or_insert_with`](Map::get_or_insert_with), [`entry`](Map::entry),
//! [`compare_exchange`](Map::compare_exchange), [`remove_if`](Map::remove_if), [`pop_first`](Map::pop_first), [`pop_last`](Map::pop_last). Closures run outside of all
//! locks, so they may take their time, use the map, and panic. A closure may run again when another write came between; one result is stored.
//!
//! # Batches
//! A lookup spends most of its time waiting for memory. [`get_many`](Map::get_many), [`insert_many`](Map::insert_many) and
//! [`remove_many`](Map::remove_many) let several keys go down the tree side by side, so that one waits while the others work. That pays once the map
//! is larger than the processor's caches. A batch is not atomic: each of its operations is.
//!
//! [`bulk_load`](Map::bulk_load) fills a map from sorted pairs with several threads. A map is also `Extend`, `FromIterator` and `IntoIterator` like std's
//! collections; these panic where an insert would return an error.
//!
//! # Limits
//! - A key has 0 to [`MAX_KEY_LEN`] bytes, 64 KiB, of any value. Inserting a longer one is [`InsertError::KeyTooLong`]; reads and removes say that it is not there.
//! - A map made by [`with_memory_limit`](Map::with_memory_limit) refuses to grow over its limit: [`InsertError::LimitReached`]. Nodes and keys count, values
//!   behind an `Arc` do not.
//! - If the allocator has nothing left: [`InsertError::OutOfMemory`].
//!
//! After an error the map is as it was before the call. Removing needs no memory and does not fail.
//!
//! # What it costs
//! | operation | time | memory |
//! |---|---|---|
//! | get, insert, remove, seek | a B+tree descent for each layer that the key goes through; shared bytes between two layers are compared at once | |
//! | next entry of a scan | constant, and the length of the key where keys are built | |
//! | [`len`](Map::len), [`stats`](Map::stats) | a few counters, whatever the size | |
//! | a new key | | a slot in a leaf; its bytes behind the shared ones, if there are more than 8 of them |
//!
//! Leaves and layers that become empty are unlinked by the remover and freed when no guard can see them: nothing has to be called for it.
//! [`Stats`] tells what a map is made of.
//!
//! # Features
//! All are off by default.
//!
//! | feature | what it does |
//! |---|---|
//! | `serde` | maps as sequences of pairs of key and value; [`Stats`] and [`LayerShape`] to write out |
//! | `rayon` | `par_iter`: entries in parallel, the keys split where the tree is |
//! | `tracing` | splits, layers and unlinking as `tracing` events: target `masstree`, level debug, none on the path of a read; the example `tracing_jsonl` writes them to a file |
//! | `mimalloc` | makes mimalloc the global allocator of the whole program |
//!
//! An allocator is the program's choice, not a library's. Rather than switch `mimalloc` on, write this in your own binary:
//! ```text
//! #[global_allocator]
//! static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;
//! ```
#[macro_use]
mod trace;

mod ahead;
mod batch;
mod bound;
mod build;
mod bulk;
mod cursor;
mod deepen;
mod descend;
mod ends;
mod entry;
mod error;
mod finger;
mod frame;
mod get;
mod guard;
mod key;
mod map;
mod node;
#[cfg(feature = "rayon")]
pub mod parallel;
mod place;
mod push;
mod range;
mod remove;
mod scan;
#[cfg(feature = "serde")]
mod serialize;
mod spelled;
mod split;
mod spot;
mod stats;
mod storage;
mod sweep;
pub mod typed;
mod unlink;
mod update;
mod walk;
mod write;

pub use bound::RangeBound;
pub use bulk::IntoIter;
pub use cursor::Cursor;
pub use entry::{MapEntry, ModifyEntry};
pub use error::{InsertError, MAX_KEY_LEN, RemoveError};
pub use guard::Guard;
pub use map::{INNER_WIDTH, Map};
pub use range::{Entry, Range};
pub use spot::Spot;
pub use stats::{LayerShape, Stats};
pub use storage::{Boxed, Inline, Shared, Storage};
pub use typed::{OrderedMap, OrderedSet};
pub use update::CompareError;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A map of byte keys to any values, shared out as `Arc<V>` or borrowed under a guard; 24 entries a leaf.
pub type MassTree<V> = Map<Shared<V>, 24>;
/// [`MassTree`] with 15 entries a leaf.
pub type MassTree15<V> = Map<Shared<V>, 15>;
/// A map of byte keys to plain values of at most 8 bytes, in the leaf itself; 24 entries a leaf.
pub type MassTreeInline<V> = Map<Inline<V>, 24>;
/// [`MassTreeInline`] with 15 entries a leaf.
pub type MassTree15Inline<V> = Map<Inline<V>, 15>;
/// The fastest map for plain values, as measured.
pub type MassTreeIndex<V> = MassTreeInline<V>;
