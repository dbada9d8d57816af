//! Values of a file that are no plain TOML type: spans of time, and numbers that may be a word.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A span of time, written as "30s", "1m 30s" or "250ms".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl Span {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(self.0))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match humantime::parse_duration(&text) {
            Ok(span) => Ok(Self(span)),
            Err(_) => Err(de::Error::custom(format!(
                "\"{text}\" is no span of time; write it as \"30s\", \"5m\" or \"250ms\""
            ))),
        }
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A span of time, as \"30s\", \"1m 30s\" or \"250ms\".",
            "type": "string",
        })
    }
}

/// How many keys to load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Load {
    /// All that `keys` can name.
    #[default]
    All,
    /// So many, the first ones.
    Keys(u64),
}

impl Serialize for Load {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Keys(keys) => serializer.serialize_u64(*keys),
        }
    }
}

impl<'de> Deserialize<'de> for Load {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = Load;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of keys or \"all\"")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Load, E> {
                match word {
                    "all" => Ok(Load::All),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_i64<E: de::Error>(self, keys: i64) -> Result<Load, E> {
                match u64::try_from(keys) {
                    Ok(keys) => Ok(Load::Keys(keys)),
                    Err(_) => Err(E::invalid_value(de::Unexpected::Signed(keys), &self)),
                }
            }

            fn visit_u64<E: de::Error>(self, keys: u64) -> Result<Load, E> {
                Ok(Load::Keys(keys))
            }
        }
        deserializer.deserialize_any(Word)
    }
}

impl JsonSchema for Load {
    fn schema_name() -> Cow<'static, str> {
        "Load".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number of keys, or \"all\".",
            "oneOf": [{ "type": "integer", "minimum": 0 }, { "const": "all" }],
        })
    }
}
