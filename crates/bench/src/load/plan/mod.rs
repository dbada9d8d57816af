//! From a workload file to what runs: defaults filled in, key files read, shares and shapes turned into numbers.

mod build;
mod parts;
mod shape;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::draw::arrivals::Rate;
use super::draw::keys::KeyTable;
use super::draw::numbers::Numbers;
use super::file::{
    Durability, FileError, OperationName, ProtocolKind, Source, Values, WorkloadFile,
};
use super::target::Memcached;
use build::Builder;

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What it is called.
    pub name: String,
    /// A sentence about it.
    pub description: Option<String>,
    /// All choices follow from it.
    pub seed: u64,
    /// How long is measured.
    pub duration: Duration,
    /// How long requests are sent before that.
    pub warmup: Duration,
    /// Measured operations after which the run ends.
    pub operations: Option<u64>,
    /// The width of a point of the series.
    pub interval: Duration,
    /// The workloads that run side by side.
    pub groups: Vec<Arc<Group>>,
}

/// One workload.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// What it speaks.
    pub protocol: ProtocolKind,
    /// The server; without it one in this process.
    pub address: Option<String>,
    /// What a server in this process promises.
    pub durability: Durability,
    /// Where a server in this process keeps its data.
    pub data_dir: Option<PathBuf>,
    /// Threads.
    pub threads: usize,
    /// Connections of each thread.
    pub connections: usize,
    /// Requests on their way on a connection.
    pub pipeline: usize,
    /// The cores of the threads, if they are to stay on some.
    pub cores: Option<Vec<usize>>,
    /// The open loop's rate; none for a closed loop.
    pub rate: Option<Rate>,
    /// How the arrivals are called.
    pub arrival: String,
    /// After how long a request without an answer is given up.
    pub timeout: Duration,
    /// Tables of keys; the first is the one that is loaded.
    pub tables: Vec<Arc<KeyTable>>,
    /// The mix.
    pub commands: Vec<Planned>,
    /// How many keys are loaded.
    pub load: u64,
    /// The sizes of their values.
    pub load_size: Numbers,
    /// The columns of their rows.
    pub load_columns: u32,
    /// What values are made of.
    pub values: Values,
    /// What puts set columns to, of all groups: such a cell is right as it is.
    pub constants: Vec<(usize, Vec<u8>)>,
    /// Whether nobody removes keys.
    pub keeps: bool,
    /// Accounts of transfers; 0 for none.
    pub accounts: u64,
    /// What their keys begin with.
    pub account_prefix: String,
}

/// One command of the mix.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The operation.
    pub name: OperationName,
    /// Its name in reports, each once.
    pub label: String,
    /// In which proportion.
    pub weight: f64,
    /// The number of its table of keys.
    pub table: usize,
    /// The sizes of its values.
    pub size: Numbers,
    /// Rows of a scan, keys of an mget.
    pub count: Numbers,
    /// put: the columns and what they are set to.
    pub columns: Vec<(usize, Vec<u8>)>,
    /// put: how many columns are set to values, where they are not given.
    pub made_columns: u32,
    /// scan: the first key, if it is always the same.
    pub firstkey: Option<Vec<u8>>,
    /// get, scan: the columns to return.
    pub fields: Vec<usize>,
}

impl Group {
    /// Whether it needs a server of the protocol's second version.
    #[must_use]
    pub fn needs_extensions(&self) -> bool {
        self.commands
            .iter()
            .any(|command| command.name.is_extension())
    }

    /// The longest key that it sends, in bytes.
    #[must_use]
    pub fn longest_key(&self) -> usize {
        let first = |command: &Planned| command.firstkey.as_ref().map_or(0, Vec::len);
        let firsts = self.commands.iter().map(first);
        firsts
            .chain(self.tables.iter().map(|table| table.longest()))
            .max()
            .unwrap_or(0)
    }

    /// Whether what it reads can be verified.
    #[must_use]
    pub fn verifies(&self) -> bool {
        self.values == Values::Verifiable
    }
}

/// Makes the plan of a file; `target` takes the place of the file's own.
///
/// # Errors
/// If a file of keys cannot be read or is empty, or the target cannot be understood.
pub fn plan(source: &Source, target: Option<&str>) -> Result<Plan, FileError> {
    let file = &source.file;
    let builder = Builder { source };
    let mut groups = if file.traffic_groups.is_empty() {
        vec![builder.own(file)?]
    } else {
        let groups = file.traffic_groups.iter().enumerate();
        groups
            .map(|(index, group)| builder.of_xylem(file, index, group))
            .collect::<Result<Vec<_>, _>>()?
    };
    if let Some(target) = target {
        groups.iter_mut().try_for_each(|group| {
            aim(group, target)
                .and_then(|()| suits(group))
                .map_err(|what| FileError::Override {
                    setting: format!("target={target}"),
                    what,
                })
        })?;
    } else {
        groups.iter().try_for_each(|group| {
            let named = format!("\"{}\"", group.protocol.name());
            suits(group).map_err(|what| source.wrong(&named, what))
        })?;
    }
    let constants: Vec<_> = groups
        .iter()
        .flat_map(|group| {
            group
                .commands
                .iter()
                .flat_map(|command| command.columns.clone())
        })
        .collect();
    let removes = groups.iter().any(|group| {
        group
            .commands
            .iter()
            .any(|command| command.name == OperationName::Remove)
    });
    let verifiable = groups.iter().all(Group::verifies);
    for group in &mut groups {
        group.constants.clone_from(&constants);
        group.keeps = !removes;
        if !verifiable && group.verifies() && groups_share(file) {
            // The others of the same server write what cannot be verified.
            group.values = Values::Random;
        }
    }
    Ok(Plan {
        name: file.experiment.name.clone(),
        description: file.experiment.description.clone(),
        seed: file.experiment.seed,
        duration: file.experiment.duration.0,
        warmup: file.experiment.warmup.0,
        operations: file.experiment.operations,
        interval: file.output.interval.0,
        groups: groups.into_iter().map(Arc::new).collect(),
    })
}

/// Whether there is more than one group, which may then write the same keys.
fn groups_share(file: &WorkloadFile) -> bool {
    file.traffic_groups.len() > 1
}

/// Points a group at `masstree://host:port`, `redis://host:port`, `memcached://host:port`, `host:port` or `memory`.
fn aim(group: &mut Group, target: &str) -> Result<(), String> {
    let (protocol, address) = match target.split_once("://") {
        Some(("redis", address)) => (ProtocolKind::Redis, Some(address)),
        Some(("memcached", address)) => (ProtocolKind::Memcached, Some(address)),
        Some(("masstree", address)) => (ProtocolKind::Masstree, Some(address)),
        Some((other, _)) => {
            let known = "masstree, redis, memcached and memory";
            return Err(format!("\"{other}\" is none of {known}"));
        }
        None if target == "memory" => (ProtocolKind::Memory, None),
        None => (group.protocol, Some(target)),
    };
    group.protocol = protocol;
    group.address = address.map(str::to_owned);
    Ok(())
}

/// Refuses what the group's protocol cannot do, or cannot carry.
fn suits(group: &Group) -> Result<(), String> {
    let protocol = group.protocol;
    let mut commands = group.commands.iter();
    if let Some(command) = commands.find(|command| !protocol.does(command.name)) {
        let (protocol, name) = (protocol.name(), command.name.name());
        return Err(format!(
            "{protocol} is not asked for {name}, which the workload has"
        ));
    }
    let mut commands = group.commands.iter();
    if protocol.is_cache() && commands.any(|command| !command.fields.is_empty()) {
        let protocol = protocol.name();
        return Err(format!(
            "{protocol} has no columns, and the workload reads fields"
        ));
    }
    let fits = |table: &Arc<KeyTable>| {
        table.longest() <= Memcached::LONGEST_KEY && table.is_of(Memcached::takes)
    };
    if protocol == ProtocolKind::Memcached && !group.tables.iter().all(fits) {
        return Err(format!(
            "memcached takes keys of up to {} bytes, without spaces and control characters",
            Memcached::LONGEST_KEY
        ));
    }
    Ok(())
}
