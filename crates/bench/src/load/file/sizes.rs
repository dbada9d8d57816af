//! `workload.value_size`, and other numbers that may be drawn.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How large values are, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ValueSize {
    /// How sizes are drawn.
    pub strategy: SizeStrategy,
    /// fixed: the size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// normal: the mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// normal: the standard deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std_dev: Option<f64>,
    /// uniform, normal: the smallest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
    /// uniform, normal: the largest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// per_command: the sizes of a command's values. Those of `get` are the sizes that are loaded.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub commands: BTreeMap<String, Spread>,
    /// per_command: the sizes of all other commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Spread>,
}

/// How sizes are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SizeStrategy {
    /// Always the same.
    #[default]
    Fixed,
    /// Each from `min` to `max` as likely as the others.
    Uniform,
    /// A normal distribution between `min` and `max`.
    Normal,
    /// Each command as its own table says.
    PerCommand,
}

/// A number to draw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Spread {
    /// How it is drawn.
    #[serde(alias = "strategy")]
    pub distribution: Distribution,
    /// fixed: the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// normal: the mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// normal: the standard deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std_dev: Option<f64>,
    /// uniform, normal: the smallest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
    /// uniform, normal: the largest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
}

/// How a number is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// Always the same.
    #[default]
    Fixed,
    /// Each from `min` to `max` as likely as the others.
    Uniform,
    /// A normal distribution between `min` and `max`.
    Normal,
}

impl ValueSize {
    /// What the table itself says, without its commands; nothing for `per_command`.
    #[must_use]
    pub fn spread(&self) -> Option<Spread> {
        let distribution = match self.strategy {
            SizeStrategy::Fixed => Distribution::Fixed,
            SizeStrategy::Uniform => Distribution::Uniform,
            SizeStrategy::Normal => Distribution::Normal,
            SizeStrategy::PerCommand => return None,
        };
        Some(Spread {
            distribution,
            size: self.size,
            mean: self.mean,
            std_dev: self.std_dev,
            min: self.min,
            max: self.max,
        })
    }
}

/// A number as it is, or a table that says how it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Count(pub Spread);

impl Count {
    /// Always this number.
    #[must_use]
    pub fn fixed(count: u64) -> Self {
        Self(Spread {
            size: Some(count),
            ..Spread::default()
        })
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0.distribution, self.0.size) {
            (Distribution::Fixed, Some(count)) => serializer.serialize_u64(count),
            _ => self.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrTable;
        impl<'de> Visitor<'de> for NumberOrTable {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a table with a distribution")
            }

            fn visit_i64<E: de::Error>(self, count: i64) -> Result<Count, E> {
                match u64::try_from(count) {
                    Ok(count) => Ok(Count::fixed(count)),
                    Err(_) => Err(E::invalid_value(de::Unexpected::Signed(count), &self)),
                }
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<Count, E> {
                Ok(Count::fixed(count))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Count, A::Error> {
                Spread::deserialize(de::value::MapAccessDeserializer::new(map)).map(Count)
            }
        }
        deserializer.deserialize_any(NumberOrTable)
    }
}

impl JsonSchema for Count {
    fn schema_name() -> Cow<'static, str> {
        "Count".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number, or a table that says how it is drawn.",
            "oneOf": [{ "type": "integer", "minimum": 0 }, generator.subschema_for::<Spread>()],
        })
    }
}
