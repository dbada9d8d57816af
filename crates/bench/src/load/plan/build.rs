//! The groups of a file: of its own shape, and of Xylem's.

use std::sync::Arc;

use super::parts::{MOST_COLUMNS, Parts, SCAN_ROWS};
use super::shape::shape;
use super::{Group, Planned};
use crate::keys::file::read_lines;
use crate::load::draw::arrivals::{Rate, Shape};
use crate::load::draw::keys::KeyTable;
use crate::load::draw::numbers::Numbers;
use crate::load::file::{
    Command, FileError, Keys, Load, OperationName, PolicyKind, Source, TrafficGroup, ValueSize,
    Values, WorkloadFile,
};

/// The longest key that a server can take.
const LONGEST_KEY: usize = 1 << 16;

/// Makes groups of a file.
pub(super) struct Builder<'a> {
    pub(super) source: &'a Source,
}

impl Builder<'_> {
    /// The group of a file in the own shape.
    pub(super) fn own(&self, file: &WorkloadFile) -> Result<Group, FileError> {
        let workload = &file.workload;
        let runtime = &file.runtime;
        let seconds = file.experiment.duration.0.as_secs_f64();
        let parts = Parts {
            name: file.experiment.name.clone(),
            protocol: file.protocol.kind,
            operation: file.protocol.operation,
            operations: &workload.operations,
            keys: &workload.keys,
            value_size: workload.value_size.clone(),
            values: workload.values,
            load: workload.load,
            load_size: None,
            made_columns: 1,
            scan_count: SCAN_ROWS,
            scan_fields: Vec::new(),
        };
        let group = self.group(file, 0, &parts)?;
        Ok(Group {
            address: file.target.address.clone(),
            threads: runtime.num_threads,
            connections: runtime.connections_per_thread,
            pipeline: runtime.pipeline,
            cores: runtime.pin.then(|| (0..runtime.num_threads).collect()),
            rate: runtime.rate.map(|base| Rate {
                base,
                shape: shape(runtime, base, seconds),
            }),
            arrival: runtime.arrival.name().to_owned(),
            timeout: runtime.timeout.0,
            ..group
        })
    }

    /// The group of a file in Xylem's shape.
    pub(super) fn of_xylem(
        &self,
        file: &WorkloadFile,
        index: usize,
        traffic: &TrafficGroup,
    ) -> Result<Group, FileError> {
        let config = &traffic.protocol_config;
        let operations = config.operations.clone().unwrap_or_default();
        let scan = config.scan.clone().unwrap_or_default();
        let phase = config.insert_phase.as_ref();
        let parts = Parts {
            name: traffic.name.clone(),
            protocol: traffic.protocol,
            operation: config.operation.unwrap_or_default(),
            operations: &operations,
            keys: &config.keys,
            value_size: config.value_size.clone().unwrap_or_else(|| ValueSize {
                size: config.keys.value_size,
                ..ValueSize::default()
            }),
            values: if config.random_data == Some(true) {
                Values::Random
            } else {
                Values::Verifiable
            },
            load: match phase {
                Some(phase) => phase.key_count.map_or(Load::All, Load::Keys),
                None => Load::Keys(0),
            },
            load_size: phase.and_then(|phase| phase.value_size),
            made_columns: config.put_columns.unwrap_or(1).clamp(1, MOST_COLUMNS),
            scan_count: scan.count,
            scan_fields: scan
                .fields
                .iter()
                .filter_map(|field| field.parse().ok())
                .collect(),
        };
        let group = self.group(file, index, &parts)?;
        let policy = &traffic.traffic_policy;
        let base = policy
            .rate
            .filter(|_| policy.kind != PolicyKind::ClosedLoop);
        let poisson = policy.kind == PolicyKind::Poisson;
        Ok(Group {
            address: traffic
                .target
                .clone()
                .or_else(|| file.target.address.clone()),
            threads: traffic.threads.len(),
            connections: traffic.connections_per_thread,
            pipeline: traffic.max_pending_per_connection,
            cores: Some(traffic.threads.clone()),
            rate: base.map(|base| Rate {
                base,
                shape: if poisson {
                    Shape::Poisson
                } else {
                    Shape::Uniform
                },
            }),
            arrival: if poisson { "poisson" } else { "uniform" }.to_owned(),
            ..group
        })
    }

    /// What both shapes have in common.
    fn group(
        &self,
        file: &WorkloadFile,
        index: usize,
        parts: &Parts<'_>,
    ) -> Result<Group, FileError> {
        let main = self.table(parts.keys)?;
        let keys = main.count() - main.first().min(main.count());
        let mut tables = vec![Arc::new(main)];
        let alone = [Command {
            name: parts.operations.operation.unwrap_or(parts.operation),
            ..Command::default()
        }];
        let commands = match parts.operations.commands.as_slice() {
            [] => &alone[..],
            commands => commands,
        };
        let mut planned: Vec<Planned> = Vec::new();
        for command in commands {
            let table = match &command.keys {
                Some(keys) => {
                    tables.push(Arc::new(self.table(keys)?));
                    tables.len() - 1
                }
                None => 0,
            };
            planned.push(parts.command(command, table, commands, planned.len()));
        }
        let columns = planned.iter().flat_map(|command| {
            let put = command.columns.iter().map(|(column, _)| *column);
            put.chain(command.fields.iter().copied())
        });
        let widest = columns
            .max()
            .map_or(1, |column| column as u32 + 1)
            .max(parts.made_columns);
        let accounts = planned
            .iter()
            .filter(|command| command.name == OperationName::Txn)
            .map(|command| command.count.most().max(2))
            .max();
        Ok(Group {
            name: parts.name.clone(),
            protocol: parts.protocol,
            address: None,
            durability: file.target.durability,
            data_dir: file.target.data_dir.clone(),
            threads: 1,
            connections: 1,
            pipeline: 1,
            cores: None,
            rate: None,
            arrival: String::new(),
            timeout: file.runtime.timeout.0,
            tables,
            commands: planned,
            load: match parts.load {
                Load::All => keys,
                Load::Keys(wanted) => wanted.min(keys),
            },
            load_size: match parts.load_size {
                Some(size) => Numbers::Fixed(size),
                None => parts.size_of(OperationName::Get),
            },
            load_columns: if parts.protocol.is_cache() {
                1
            } else {
                widest.min(MOST_COLUMNS)
            },
            values: parts.values,
            constants: Vec::new(),
            keeps: false,
            accounts: accounts.unwrap_or(0),
            account_prefix: format!("account:{index}:"),
        })
    }

    fn table(&self, keys: &Keys) -> Result<KeyTable, FileError> {
        let lines = match &keys.path {
            Some(path) => match read_lines(path, LONGEST_KEY) {
                Ok(lines) => Some(Arc::new(lines)),
                Err(error) => {
                    return Err(self
                        .source
                        .wrong(&path.display().to_string(), error.to_string()));
                }
            },
            None => None,
        };
        Ok(KeyTable::new(keys, lines))
    }
}
