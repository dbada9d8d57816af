//! What both shapes of a file say of a group, and the commands that it comes to.

use super::Planned;
use crate::load::draw::numbers::Numbers;
use crate::load::file::{
    Command, Keys, Load, OperationName, Operations, ProtocolKind, SizeStrategy, Spread, ValueSize,
    Values,
};

/// The size of values if nothing else is said, in bytes.
const VALUE_SIZE: u64 = 100;

/// Rows of a scan if nothing else is said.
pub(super) const SCAN_ROWS: u64 = 100;

/// Keys of an mget if nothing else is said.
const MGET_KEYS: u64 = 10;

/// Accounts of transfers if nothing else is said.
const ACCOUNTS: u64 = 100;

/// Most columns of a row that is loaded.
pub(super) const MOST_COLUMNS: u32 = 64;

/// What of a group comes from the workload's part of a file.
pub(super) struct Parts<'a> {
    pub(super) name: String,
    pub(super) protocol: ProtocolKind,
    pub(super) operation: OperationName,
    pub(super) operations: &'a Operations,
    pub(super) keys: &'a Keys,
    pub(super) value_size: ValueSize,
    pub(super) values: Values,
    pub(super) load: Load,
    pub(super) load_size: Option<u64>,
    pub(super) made_columns: u32,
    pub(super) scan_count: u64,
    pub(super) scan_fields: Vec<usize>,
}

impl Parts<'_> {
    /// The sizes of a command's values.
    pub(super) fn size_of(&self, name: OperationName) -> Numbers {
        let size = &self.value_size;
        let usual = self.keys.value_size.unwrap_or(VALUE_SIZE);
        if size.strategy != SizeStrategy::PerCommand {
            return Numbers::new(&size.spread().unwrap_or_default(), usual);
        }
        let named = |(key, _): &(&String, &Spread)| {
            let parsed: Result<OperationName, _> = serde_json::from_value(key.as_str().into());
            parsed.is_ok_and(|parsed| parsed == name)
        };
        let own = size.commands.iter().find(named).map(|(_, spread)| spread);
        Numbers::new(
            &own.or(size.default.as_ref()).cloned().unwrap_or_default(),
            usual,
        )
    }

    /// What a command comes to; `all` are those beside it.
    pub(super) fn command(
        &self,
        command: &Command,
        table: usize,
        all: &[Command],
        index: usize,
    ) -> Planned {
        let name = command.name;
        let usual = match name {
            OperationName::Scan => self.scan_count,
            OperationName::Mget => MGET_KEYS,
            _ => ACCOUNTS,
        };
        let spread = command
            .count
            .as_ref()
            .map(|count| count.0.clone())
            .unwrap_or_default();
        let same = |other: &&Command| other.name == name;
        let label = if all.iter().filter(same).count() > 1 {
            let number = all[..index].iter().filter(same).count() + 1;
            format!("{} {number}", name.name())
        } else {
            name.name().to_owned()
        };
        let columns = command.columns.iter();
        let mut fields: Vec<usize> = command.fields.iter().map(|field| *field as usize).collect();
        if fields.is_empty() && name == OperationName::Scan {
            fields.clone_from(&self.scan_fields);
        }
        Planned {
            name,
            label,
            weight: command.weight.unwrap_or(1.0),
            table,
            size: self.size_of(name),
            count: Numbers::new(&spread, usual),
            columns: columns
                .map(|(column, value)| (*column as usize, value.clone().into_bytes()))
                .collect(),
            made_columns: self.made_columns,
            firstkey: command.firstkey.clone().map(String::into_bytes),
            fields,
        }
    }
}
