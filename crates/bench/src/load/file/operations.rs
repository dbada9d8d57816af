//! `workload.operations`: the mix, and what each command does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Count, Keys};

/// The mix of operations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Operations {
    /// One operation, or several by weight. Not said: by weight, where there are commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<OperationsStrategy>,
    /// fixed: the operation, where Xylem has it; `protocol.operation` is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationName>,
    /// The commands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Command>,
}

/// How the next operation is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OperationsStrategy {
    /// Always the same.
    Fixed,
    /// In proportion to the weights.
    Weighted,
}

/// One command of the mix.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Command {
    /// Which operation.
    pub name: OperationName,
    /// In which proportion; 1 if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// put: columns and what they are set to. Without them column 0 is set to a value of `value_size`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<(u32, String)>,
    /// scan: the first key; a drawn one if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firstkey: Option<String>,
    /// scan: rows; mget: keys; txn: accounts. A number or a distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<Count>,
    /// get, scan: the columns to return; all if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<u32>,
    /// Keys of this command alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Keys>,
}

/// An operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OperationName {
    /// Reads a row.
    #[default]
    #[serde(alias = "GET")]
    Get,
    /// Makes a row one column.
    #[serde(alias = "SET", alias = "replace")]
    Set,
    /// Sets columns of a row.
    #[serde(alias = "PUT")]
    Put,
    /// Removes a row.
    #[serde(alias = "REMOVE", alias = "del", alias = "delete")]
    Remove,
    /// Reads rows in order.
    #[serde(alias = "SCAN")]
    Scan,
    /// Starts a checkpoint.
    #[serde(alias = "CHECKPOINT")]
    Checkpoint,
    /// Reads several rows of one snapshot.
    #[serde(alias = "MGET")]
    Mget,
    /// Reads a row, then writes it.
    #[serde(alias = "RMW")]
    Rmw,
    /// Reads a row, then writes it if it is still the same.
    #[serde(alias = "CAS")]
    Cas,
    /// Moves an amount from one account to another, in a transaction.
    #[serde(alias = "TXN")]
    Txn,
}

impl OperationName {
    /// The name in a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Set => "set",
            Self::Put => "put",
            Self::Remove => "remove",
            Self::Scan => "scan",
            Self::Checkpoint => "checkpoint",
            Self::Mget => "mget",
            Self::Rmw => "rmw",
            Self::Cas => "cas",
            Self::Txn => "txn",
        }
    }

    /// Whether only servers that know the protocol's extensions can do it.
    #[must_use]
    pub fn is_extension(self) -> bool {
        matches!(self, Self::Mget | Self::Cas | Self::Txn)
    }

    /// Whether it writes a value to a drawn key.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Set | Self::Put | Self::Rmw | Self::Cas)
    }
}
