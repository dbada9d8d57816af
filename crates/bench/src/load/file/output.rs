//! `output`: what becomes of the results.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor, value::StrDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use super::Span;

/// What becomes of the results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// The forms, one or several.
    pub format: Formats,
    /// Where the forms other than the table go. Their names are made from this one by its ending; `bench` if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The width of a point of the series over time.
    pub interval: Span,
    /// Of Xylem, and not needed: a terminal always gets a line of progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub real_time: Option<bool>,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            format: Formats(vec![Format::Table]),
            file: None,
            interval: Span::seconds(1),
            real_time: None,
        }
    }
}

/// A form of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A table on standard output.
    #[serde(alias = "human")]
    Table,
    /// All of it, as JSON.
    #[serde(alias = "detailed-json")]
    Json,
    /// A row for each operation.
    Csv,
    /// One page with plots, which loads nothing.
    Html,
    /// Histogram logs (V2), one for each operation.
    Hdr,
}

/// Several forms; one alone may be written without brackets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Formats(pub Vec<Format>);

impl<'de> Deserialize<'de> for Formats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Formats;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a form or an array of them")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Formats, E> {
                // Xylem's word for these two.
                if name == "both" {
                    return Ok(Formats(vec![Format::Json, Format::Html]));
                }
                Format::deserialize(StrDeserializer::new(name)).map(|format| Formats(vec![format]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Formats, A::Error> {
                let mut formats = Vec::new();
                while let Some(format) = seq.next_element()? {
                    formats.push(format);
                }
                Ok(Formats(formats))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

impl JsonSchema for Formats {
    fn schema_name() -> Cow<'static, str> {
        "Formats".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let format = generator.subschema_for::<Format>();
        json_schema!({
            "description": "A form of the results, or an array of them.",
            "oneOf": [format, { "type": "array", "items": format }],
        })
    }
}
