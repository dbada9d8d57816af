//! Typed keys over the byte map: [`OrderedMap`] and [`OrderedSet`].
//!
//! A key is written as bytes that sort as the key does (a *memcomparable* encoding), and the byte map does the rest.
//!
//! ```
//! use masstree::OrderedMap;
//!
//! let stock = OrderedMap::<(String, u32), i64>::new();
//! stock.insert(("apple".into(), 3), 40)?;
//! stock.insert(("apple".into(), 1), 25)?;
//! stock.insert(("pear".into(), 2), 12)?;
//!
//! let apples = stock.prefix(&("apple".to_string(),));
//! assert_eq!(apples.map(|((_, shelf), _)| shelf).collect::<Vec<_>>(), [1, 3]);
//! stock.update(&("pear".to_string(), 2), |n| n - 2)?;
//! assert_eq!(stock.last_key_value().map(|(_, n)| *n), Some(10));
//! # Ok::<(), masstree::InsertError>(())
//! ```
//!
//! # What can be a key
//! | type | bytes |
//! |---|---|
//! | `u8` to `u128`, `usize` | big endian; `usize` as `u64` |
//! | `i8` to `i128`, `isize` | big endian, sign bit flipped; `isize` as `i64` |
//! | `NonZero`, `bool`, `char` | as the number |
//! | `f32`, `f64`, [`Total`] | total order: -NaN, negative, -0.0, 0.0, positive, NaN |
//! | `String`, `Vec<u8>`, `Box`, `Rc`, `Arc`, `Cow` of `str` or `[u8]` | their bytes, if nothing follows; else escaped and terminated |
//! | `[T; N]`, tuples of 1 to 8, `()` | one component after another |
//! | `Option<T>` | `None` first |
//! | [`Reverse<T>`](std::cmp::Reverse) | inverted, so that the largest comes first |
//! | `Duration`, addresses of `std::net` | as their parts |
//! | `Box<T>`, `Rc<T>`, `Arc<T>` | as `T` |
//! | your own | implement [`EncodeKey`] and [`Key`] |
//!
//! Keys of up to [`INLINE_KEY_BYTES`] bytes are encoded on the stack; strings and byte arrays that are the whole key are not copied.
//! An encoded key has at most [`MAX_KEY_LEN`](crate::MAX_KEY_LEN) bytes; an insert of a longer one is refused, and it is found nowhere.
//!
//! # Keys of one's own
//! Encode a struct as the tuple of its fields, in the order in which they are to be compared:
//!
//! ```
//! use std::cmp::Reverse;
//!
//! use masstree::OrderedMap;
//! use masstree::typed::{DecodeError, EncodeKey, Key, KeyBuf};
//!
//! /// By topic, and within a topic the newest first.
//! #[derive(Debug, PartialEq)]
//! struct Post {
//!     topic: String,
//!     time: u64,
//! }
//!
//! impl EncodeKey for Post {
//!     fn encode(&self, out: &mut KeyBuf) {
//!         (self.topic.as_str(), Reverse(self.time)).encode(out);
//!     }
//! }
//!
//! impl Key for Post {
//!     fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
//!         let (topic, Reverse(time)) = Key::decode(input)?;
//!         Ok(Post { topic, time })
//!     }
//! }
//!
//! let posts = OrderedMap::<Post, &str>::new();
//! for (topic, time, text) in [("rust", 1, "old"), ("go", 5, "other"), ("rust", 2, "new")] {
//!     posts.insert(Post { topic: topic.into(), time }, text)?;
//! }
//! assert_eq!(posts.values().map(|text| *text).collect::<Vec<_>>(), ["other", "new", "old"]);
//! # Ok::<(), masstree::InsertError>(())
//! ```
//!
//! An enum encodes as its variant's number and then its fields; a number with another order in another unit. The traits say what an
//! implementation owes; one that breaks it loses its keys, but never memory safety.
//!
//! # Borrowed lookups
//! As in std, a lookup takes any borrowed form of the key: a map of `String` is asked for a `str`, a map of `Vec<u8>` or `[u8; N]` for a
//! `[u8]`. `insert_ref` and the updates insert by one too.
//!
//! # Different from `BTreeMap`
//! - Everything takes `&self`. Values come as `Arc<V>` and keys as new values, since entries may go at any time; a value is changed by
//!   replacing it ([`update`](OrderedMap::update), [`fetch_update`](OrderedMap::fetch_update), [`entry`](OrderedMap::entry)).
//! - [`insert`](OrderedMap::insert) can be refused, and says why.
//! - The order is that of the encodings: keys need no `Ord`.
//! - A range whose start lies behind its end is empty, where std panics.
//! - `entry(k).and_modify(f).or_insert(v)` is one atomic step, made by the call that ends the chain.
//! - There is no `iter_mut`, `append` or `split_off`: values are shared, and two maps cannot change in one step.
//!
//! # Guards and threads
//! No operation shows a guard. An iterator reads some entries at a time and holds nothing in between, so it can be kept, sent and held
//! across an `.await`; beside writers it yields strictly ascending keys, each one that stays in the map exactly once. For batches under one
//! guard there is [`OrderedMap::as_raw`].
//!
//! # Panics
//! Reading a key back panics if its [`Key::decode_last`] refuses what its [`EncodeKey::encode_last`] wrote.

mod buf;
mod convert;
mod encode;
mod entry;
mod error;
mod iter;
mod key;
mod map;
mod prefix;
mod raw;
#[cfg(feature = "serde")]
mod serde;
mod set;
mod set_ops;
mod update;
mod upsert;

pub use buf::{INLINE_KEY_BYTES, KeyBuf};
pub use encode::Total;
pub use entry::{Entry, ModifyEntry};
pub use error::DecodeError;
pub use iter::{IntoIter, IntoKeys, IntoValues, Iter, Keys, SetIntoIter, SetIter, Values};
pub use key::{EncodeKey, Key};
pub use map::OrderedMap;
pub use prefix::KeyPrefix;
pub use set::OrderedSet;
