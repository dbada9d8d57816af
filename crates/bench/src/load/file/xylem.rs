//! `[[traffic_groups]]`: the shape that files for Xylem have. Each group is a workload of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Keys, OperationName, Operations, ProtocolKind, ValueSize};

/// One group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrafficGroup {
    /// What the group is called.
    pub name: String,
    /// What it speaks.
    pub protocol: ProtocolKind,
    /// `host:port`; `target.address` if not said, and without that a server in this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The cores of its threads, one thread for each.
    pub threads: Vec<usize>,
    /// Connections of each thread.
    pub connections_per_thread: usize,
    /// Requests that a connection may have sent without an answer.
    pub max_pending_per_connection: usize,
    /// When requests are sent.
    pub traffic_policy: TrafficPolicy,
    /// Accepted and not needed: every request is measured.
    pub sampling_policy: SamplingPolicy,
    /// Which requests are sent.
    pub protocol_config: ProtocolConfig,
}

impl Default for TrafficGroup {
    fn default() -> Self {
        Self {
            name: "group".to_owned(),
            protocol: ProtocolKind::default(),
            target: None,
            threads: vec![0],
            connections_per_thread: 1,
            max_pending_per_connection: 1,
            traffic_policy: TrafficPolicy::default(),
            sampling_policy: SamplingPolicy::default(),
            protocol_config: ProtocolConfig::default(),
        }
    }
}

/// When a group's requests are sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrafficPolicy {
    /// The policy.
    #[serde(rename = "type")]
    pub kind: PolicyKind,
    /// Operations per second of the whole group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
}

/// A policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    /// As many as the server takes.
    #[default]
    ClosedLoop,
    /// At equal distances.
    FixedRate,
    /// Each independently of the others.
    Poisson,
}

/// Which requests Xylem would measure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SamplingPolicy {
    /// `unlimited` or `limited`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The share of a limited one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// The most samples of a limited one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_samples: Option<u64>,
}

/// Which requests a group sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProtocolConfig {
    /// The operation, if `operations` names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationName>,
    /// The mix of operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operations: Option<Operations>,
    /// Which keys.
    pub keys: Keys,
    /// How large values are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_size: Option<ValueSize>,
    /// put: how many columns are set, each to a value of `value_size`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub put_columns: Option<u32>,
    /// What a scan reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan: Option<GroupScan>,
    /// Which keys are loaded before the clock starts; none if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insert_phase: Option<InsertPhase>,
    /// Whether values are random bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_data: Option<bool>,
}

/// What a group's scan reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GroupScan {
    /// Rows.
    pub count: u64,
    /// Columns, by number; all if empty.
    pub fields: Vec<String>,
}

impl Default for GroupScan {
    fn default() -> Self {
        Self {
            count: 10,
            fields: Vec::new(),
        }
    }
}

/// What is loaded for a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InsertPhase {
    /// How many keys; all if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_count: Option<u64>,
    /// The size of their values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_size: Option<u64>,
}
