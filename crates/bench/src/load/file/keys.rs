//! `workload.keys`: which keys, and what they look like.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A table of keys. Each strategy has its own of these numbers; one that it does not have is an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// How keys are drawn.
    pub strategy: KeyStrategy,
    /// Keys are numbered from 0 to one less than this.
    #[serde(alias = "n", skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// sequential: the first number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u64>,
    /// zipfian: how skewed, from 0 to 5.
    #[serde(alias = "theta", skip_serializing_if = "Option::is_none")]
    pub exponent: Option<f64>,
    /// gaussian: the mean, as a share of `max`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_pct: Option<f64>,
    /// gaussian: the standard deviation, as a share of `max`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std_dev_pct: Option<f64>,
    /// hotspot: the share of the keys that is hot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hot_set: Option<f64>,
    /// hotspot: the share of the operations that goes to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hot_ops: Option<f64>,
    /// file: the keys, one a line, plain, `.zst` or `.gz`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// What keys begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// How the number is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<KeyFormat>,
    /// The size of values, where Xylem has it; `value_size` beside `keys` counts before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_size: Option<u64>,
}

/// How keys are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyStrategy {
    /// One after the other from `start` to `max`, and again; the threads share the sequence.
    Sequential,
    /// Each as likely as the others.
    #[default]
    Uniform,
    /// Each as likely as the others.
    Random,
    /// Around in a circle of `max` keys, each thread from another place.
    #[serde(rename = "round-robin")]
    RoundRobin,
    /// The key of rank r is drawn in proportion to r to the power of minus `exponent`; hot keys are spread over the key space.
    Zipfian,
    /// A normal distribution, cut off at both ends.
    Gaussian,
    /// The newest key most, older ones as zipfian with exponent 0.99; a write adds a new key.
    Latest,
    /// A share `hot_ops` of the operations on a share `hot_set` of the keys.
    Hotspot,
    /// The lines of a file, each as likely as the others.
    File,
}

impl KeyStrategy {
    /// The name in a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Uniform => "uniform",
            Self::Random => "random",
            Self::RoundRobin => "round-robin",
            Self::Zipfian => "zipfian",
            Self::Gaussian => "gaussian",
            Self::Latest => "latest",
            Self::Hotspot => "hotspot",
            Self::File => "file",
        }
    }
}

/// How a key's number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyFormat {
    /// As a decimal number.
    #[default]
    Decimal,
    /// As a decimal number of at least twelve digits, so that keys are ordered as their numbers are.
    Padded,
    /// As sixteen hexadecimal digits.
    Hex,
}
