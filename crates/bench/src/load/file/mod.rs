//! Workload files: what `masstree bench FILE.toml` loads.
//!
//! The types here are the file's shape. Everything has a default, unknown keys are refused, and the JSON Schema is made from the same
//! types. [`read`] gives a [`WorkloadFile`] whose values were [checked](check); [`crate::load::plan`] makes of it what runs.

pub mod check;
mod error;
mod keys;
mod nearest;
mod operations;
mod output;
mod overrides;
mod read;
mod runtime;
mod scalar;
mod sizes;
mod xylem;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use error::FileError;
pub use keys::{KeyFormat, KeyStrategy, Keys};
pub use operations::{Command, OperationName, Operations, OperationsStrategy};
pub use output::{Format, Formats, Output};
pub use read::{Source, default_file, from_text, read, schema};
pub use runtime::{Arrival, Ramp, Runtime, Sawtooth, Sinusoidal, Spike};
pub use scalar::{Load, Span};
pub use sizes::{Count, Distribution, SizeStrategy, Spread, ValueSize};
pub use xylem::{
    GroupScan, InsertPhase, PolicyKind, ProtocolConfig, SamplingPolicy, TrafficGroup, TrafficPolicy,
};

/// A workload file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "A workload of masstree bench")]
pub struct WorkloadFile {
    /// What the run is called, and how long it lasts.
    pub experiment: Experiment,
    /// The server.
    pub target: Target,
    /// What is spoken with it.
    pub protocol: Protocol,
    /// Threads, connections, and when requests are sent.
    pub runtime: Runtime,
    /// Which requests are sent.
    pub workload: Workload,
    /// What becomes of the results.
    pub output: Output,
    /// Workloads that run side by side, in Xylem's shape. Where there are any, `protocol`, `runtime` and `workload` do not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traffic_groups: Vec<TrafficGroup>,
}

/// What the run is called, and how long it lasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Experiment {
    /// The report's title.
    pub name: String,
    /// A sentence below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// All choices follow from it.
    pub seed: u64,
    /// How long is measured.
    pub duration: Span,
    /// How long requests are sent before that.
    pub warmup: Span,
    /// Ends the run after so many measured operations, if that comes before `duration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operations: Option<u64>,
}

impl Default for Experiment {
    fn default() -> Self {
        Self {
            name: "workload".to_owned(),
            description: None,
            seed: 42,
            duration: Span::seconds(10),
            warmup: Span::seconds(1),
            operations: None,
        }
    }
}

/// The server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// `host:port`; without it a server in this process, on a free port of the loopback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the server in this process promises of an acknowledged write.
    pub durability: Durability,
    /// Where the server in this process keeps its data; in memory alone without it. "temporary": a new directory, removed at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<std::path::PathBuf>,
    /// Of Xylem; `tcp` is all there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
}

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Nothing.
    None,
    /// A crash of the process, and but for the last 100 ms one of the machine.
    #[default]
    Interval,
    /// A crash of the machine.
    Always,
}

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP.
    Tcp,
}

/// What is spoken with the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Protocol {
    /// The protocol.
    #[serde(rename = "type")]
    pub kind: ProtocolKind,
    /// The operation where `workload.operations` names none.
    pub operation: OperationName,
}

/// A protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProtocolKind {
    /// Ours.
    #[default]
    Masstree,
    /// RESP: GET, SET, DEL and MGET.
    Redis,
    /// The text protocol of memcached: get, set and delete.
    Memcached,
    /// The store in this process, without a network.
    Memory,
}

impl ProtocolKind {
    /// The name in a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Masstree => "masstree",
            Self::Redis => "redis",
            Self::Memcached => "memcached",
            Self::Memory => "memory",
        }
    }

    /// Whether its servers have nothing but keys with one value each: no order, no columns, no transactions.
    #[must_use]
    pub fn is_cache(self) -> bool {
        matches!(self, Self::Redis | Self::Memcached)
    }

    /// Whether its servers can do this operation.
    #[must_use]
    pub fn does(self, name: OperationName) -> bool {
        !self.is_cache()
            || matches!(
                name,
                OperationName::Get
                    | OperationName::Set
                    | OperationName::Remove
                    | OperationName::Mget
                    | OperationName::Rmw
            )
    }
}

/// Which requests are sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Workload {
    /// How many keys are loaded before the clock starts, by all threads together: a number, or "all".
    pub load: Load,
    /// The mix of operations.
    pub operations: Operations,
    /// Which keys.
    pub keys: Keys,
    /// How large values are.
    pub value_size: ValueSize,
    /// What values are made of.
    pub values: Values,
}

/// What values are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Values {
    /// Random bytes.
    Random,
    /// Text that repeats itself.
    Compressible,
    /// The key's hash, a version and a checksum, looked at on every read.
    #[default]
    Verifiable,
}
