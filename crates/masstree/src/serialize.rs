//! Serialisation, with the feature `serde`: a map is a sequence of pairs of key and value, in order, because not every format has maps with byte keys.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use crate::bound::RangeBound;
use crate::map::Map;
use crate::storage::{Inline, Shared, Storage};

/// Writes each entry through `value`.
fn serialize<S: Storage, T: Serialize, Z: Serializer, const W: usize, const I: usize>(
    map: &Map<S, W, I>,
    serializer: Z,
    value: impl Fn(S::Owned) -> T,
) -> Result<Z::Ok, Z::Error> {
    let mut sequence = serializer.serialize_seq(None)?;
    let mut result = Ok(());
    map.scan(
        RangeBound::Unbounded,
        RangeBound::Unbounded,
        |key, owned| {
            result = sequence.serialize_element(&(key, value(owned)));
            result.is_ok()
        },
        &map.guard(),
    );
    result?;
    sequence.end()
}

/// A value behind an `Arc`, written as itself.
struct Inside<V>(std::sync::Arc<V>);

impl<V: Serialize> Serialize for Inside<V> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        V::serialize(&self.0, serializer)
    }
}

impl<V: Serialize + Send + Sync + 'static, const W: usize, const I: usize> Serialize
    for Map<Shared<V>, W, I>
{
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serialize(self, serializer, Inside)
    }
}

impl<V: Serialize + bytemuck::NoUninit + Send + Sync, const W: usize, const I: usize> Serialize
    for Map<Inline<V>, W, I>
{
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serialize(self, serializer, |value| value)
    }
}

struct Pairs<S: Storage, const W: usize, const I: usize>(PhantomData<Map<S, W, I>>);

impl<'de, S: Storage<Value: Deserialize<'de>>, const W: usize, const I: usize> Visitor<'de>
    for Pairs<S, W, I>
{
    type Value = Map<S, W, I>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence of pairs of key bytes and value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Self::Value, A::Error> {
        let map = Map::new();
        while let Some((key, value)) = pairs.next_element::<(Vec<u8>, S::Value)>()? {
            map.insert(&key, value).map_err(A::Error::custom)?;
        }
        Ok(map)
    }
}

impl<'de, S: Storage<Value: Deserialize<'de>>, const W: usize, const I: usize> Deserialize<'de>
    for Map<S, W, I>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Pairs(PhantomData))
    }
}
