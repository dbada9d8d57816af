//! Serialization with serde: an [`OrderedMap`] as a map, an [`OrderedSet`] as a sequence, in the order of the keys.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Key, OrderedMap, OrderedSet};

impl<K: Key + Serialize, V: Serialize + Send + Sync + 'static> Serialize for OrderedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // No length: other threads may change it before the last entry is written.
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self {
            map.serialize_entry(&key, &*value)?;
        }
        map.end()
    }
}

impl<K: Key + Serialize> Serialize for OrderedSet<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for key in self {
            seq.serialize_element(&key)?;
        }
        seq.end()
    }
}

impl<'de, K: Key + Deserialize<'de>, V: Deserialize<'de> + Send + Sync + 'static> Deserialize<'de>
    for OrderedMap<K, V>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

impl<'de, K: Key + Deserialize<'de>> Deserialize<'de> for OrderedSet<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

struct Entries<K, V>(PhantomData<fn() -> (K, V)>);

impl<'de, K: Key + Deserialize<'de>, V: Deserialize<'de> + Send + Sync + 'static> Visitor<'de>
    for Entries<K, V>
{
    type Value = OrderedMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let map = OrderedMap::new();
        while let Some((key, value)) = entries.next_entry()? {
            map.insert(key, value).map_err(A::Error::custom)?;
        }
        Ok(map)
    }
}

struct Elements<K>(PhantomData<fn() -> K>);

impl<'de, K: Key + Deserialize<'de>> Visitor<'de> for Elements<K> {
    type Value = OrderedSet<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut keys: A) -> Result<Self::Value, A::Error> {
        let set = OrderedSet::new();
        while let Some(key) = keys.next_element()? {
            set.insert(key).map_err(A::Error::custom)?;
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, MapDeserializer};

    use super::*;

    #[test]
    fn entries_are_read_whatever_their_order_and_refusals_are_errors() -> Result<(), Error> {
        let entries = [("b", 2u8), ("a", 1)].into_iter();
        let map = OrderedMap::<String, u8>::deserialize(MapDeserializer::new(entries))?;
        assert_eq!(
            map,
            OrderedMap::from([("a".to_string(), 1), ("b".to_string(), 2)])
        );
        let set = OrderedSet::<i32>::deserialize(vec![3, -1, 3].into_deserializer())?;
        assert_eq!(set, OrderedSet::from([-1, 3]));
        let too_long = vec!["x".repeat(crate::MAX_KEY_LEN + 1)].into_deserializer();
        assert!(OrderedSet::<String>::deserialize::<_>(too_long).is_err_and(|_: Error| true));
        Ok(())
    }
}
