//! The rows of the table: what is done, and on which keys.
//!
//! A [`Task`] turns a key set into a [`Plan`], one file an idea; a [`Row`] is a task on a kind of keys. Rows on the same keys
//! form a stage and are played on the same loaded map, one after the other, so every task leaves the keys as it found them.

mod inserts;
mod mixed;
mod reads;
mod scans;

use crate::keys::KeySet;
use crate::keys::shape::Shape;
use crate::race::Plan;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// Lookups of present keys, each as likely as the others.
    Get,
    /// Lookups of present keys, zipfian.
    GetZipf,
    /// Lookups of keys that are not there.
    GetAbsent,
    /// Lookups in batches of 32.
    GetMany,
    /// 90 % lookups, 10 % updates, uniform.
    Mixed90,
    /// Half lookups, half updates, zipfian.
    Mixed50,
    /// One key alone, 90 % lookups, 10 % updates.
    Hot,
    /// Inserts of new keys, each removed a thousand operations later.
    Churn,
    /// Inserts in random order into an empty map.
    Insert,
    /// Inserts in ascending order into an empty map.
    InsertAscending,
    /// Inserts in descending order into an empty map.
    InsertDescending,
    /// 100 values from a random key on.
    Scan,
    /// 100 entries with their keys from a random key on.
    ScanKeys,
    /// 100 entries from a random key downwards.
    ScanReverse,
    /// The values of the whole map in order.
    Full,
    /// The entries of the whole map in order.
    FullKeys,
    /// The entries of the whole map in descending order.
    FullReverse,
    /// The p99.9 of an insert.
    Tail,
    /// Resident bytes a key.
    Memory,
    /// Resident bytes of an empty map.
    MemoryEmpty,
}

/// On what a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapState {
    /// The loaded map of the stage.
    Loaded,
    /// A new one, which the task loads; the stage goes on with it.
    Loading,
    /// A new one of its own.
    Own,
    /// A process of its own.
    Process,
}

impl Task {
    /// All tasks, in the order of the table.
    pub const ALL: [Self; 20] = [
        Self::Get,
        Self::GetZipf,
        Self::GetAbsent,
        Self::GetMany,
        Self::Mixed90,
        Self::Mixed50,
        Self::Hot,
        Self::Churn,
        Self::Insert,
        Self::InsertAscending,
        Self::InsertDescending,
        Self::Scan,
        Self::ScanKeys,
        Self::ScanReverse,
        Self::Full,
        Self::FullKeys,
        Self::FullReverse,
        Self::Tail,
        Self::Memory,
        Self::MemoryEmpty,
    ];

    /// The name that `--only` takes, and the title of the row.
    #[must_use]
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Get => ("get", "get"),
            Self::GetZipf => ("get-zipf", "get, zipf 0.99"),
            Self::GetAbsent => ("get-absent", "get, absent keys"),
            Self::GetMany => ("get-many", "get_many 32"),
            Self::Mixed90 => ("mixed-90-10", "90 % get, 10 % update, uniform"),
            Self::Mixed50 => ("mixed-50-50", "50/50, zipf"),
            Self::Hot => ("hot", "one hot key, 90/10"),
            Self::Churn => ("churn", "insert and remove, churn"),
            Self::Insert => ("insert", "insert, random"),
            Self::InsertAscending => ("insert-asc", "insert, ascending"),
            Self::InsertDescending => ("insert-desc", "insert, descending"),
            Self::Scan => ("scan100", "scan of 100 from a random key"),
            Self::ScanKeys => ("scan100-keys", "scan of 100, with keys"),
            Self::ScanReverse => ("scan100-rev", "scan of 100, descending, with keys"),
            Self::Full => ("full", "the whole map in order"),
            Self::FullKeys => ("full-keys", "the whole map, with keys"),
            Self::FullReverse => ("full-rev", "the whole map, descending, with keys"),
            Self::Tail => ("tail", "p99.9 of an insert, all cores"),
            Self::Memory => ("memory", "memory"),
            Self::MemoryEmpty => ("memory-empty", "memory, an empty map"),
        }
    }

    /// On what it runs.
    #[must_use]
    pub fn state(self) -> MapState {
        match self {
            Self::Insert => MapState::Loading,
            Self::InsertAscending | Self::InsertDescending | Self::Tail => MapState::Own,
            Self::Memory | Self::MemoryEmpty => MapState::Process,
            _ => MapState::Loaded,
        }
    }

    /// What `threads` threads do, with `ops` operations among them.
    #[must_use]
    pub fn plan(self, keys: &KeySet, ops: usize, threads: usize) -> Plan {
        match self {
            Self::Get | Self::GetZipf | Self::GetAbsent | Self::GetMany => {
                reads::plan(self, keys, ops, threads)
            }
            Self::Mixed90 | Self::Mixed50 | Self::Hot => mixed::plan(self, keys, ops, threads),
            Self::Churn => mixed::churn(keys, ops, threads),
            Self::Insert | Self::InsertAscending | Self::InsertDescending | Self::Tail => {
                inserts::plan(self, keys, threads)
            }
            Self::Memory | Self::MemoryEmpty => inserts::plan(self, keys, 1),
            _ => scans::plan(self, keys, ops, threads),
        }
    }
}

/// Where a stage's keys come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Made.
    Made(Shape),
    /// The lines of the file of `--keys`.
    File,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The name that `--only` takes.
    pub id: String,
    /// What the table calls it.
    pub title: String,
    /// Its keys.
    pub source: Source,
    /// What is done.
    pub task: Task,
}

/// The kinds of generated keys, how the names of their rows end, and the tasks that they are there for.
fn generated() -> Vec<(Shape, &'static str, &'static str, Vec<Task>)> {
    use Task::{
        Full, FullReverse, Get, GetAbsent, GetMany, Insert, Memory, MemoryEmpty, Mixed90, Scan,
        ScanKeys, ScanReverse,
    };
    vec![
        (Shape::Random8, "", "random 8-byte keys", Task::ALL.to_vec()),
        (Shape::Random16, "-16", "16 bytes", vec![Get, Insert]),
        (
            Shape::Shared32,
            "-32",
            "32 bytes, 24 shared",
            vec![Get, GetAbsent, Insert],
        ),
        (
            Shape::Url,
            "-url",
            "URLs of 30 to 100 bytes",
            vec![
                Get,
                GetAbsent,
                GetMany,
                Mixed90,
                Insert,
                Scan,
                ScanKeys,
                ScanReverse,
                Full,
                FullReverse,
                Memory,
            ],
        ),
        (Shape::Decimal, "-decimal", "decimal", vec![Get, Insert]),
        (
            Shape::Pairs120,
            "-pairs",
            "pairs that share 120 bytes",
            vec![Memory],
        ),
    ]
    .into_iter()
    .map(|(shape, ending, title, tasks)| {
        let tasks = tasks
            .into_iter()
            .filter(|task| *task != MemoryEmpty || shape == Shape::Random8)
            .collect();
        (shape, ending, title, tasks)
    })
    .collect()
}

/// The rows on generated keys.
#[must_use]
pub fn generated_rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (shape, ending, keys, tasks) in generated() {
        for task in tasks {
            let (id, title) = task.names();
            let title = match (shape, task) {
                (_, Task::MemoryEmpty) | (Shape::Random8, _)
                    if task != Task::Get && task != Task::Memory =>
                {
                    title.to_owned()
                }
                (_, Task::Insert) => format!("insert, {keys}"),
                _ => format!("{title}, {keys}"),
            };
            rows.push(Row {
                id: format!("{id}{ending}"),
                title,
                source: Source::Made(shape),
                task,
            });
        }
    }
    rows
}

/// The rows on the keys of a file.
#[must_use]
pub fn file_rows() -> Vec<Row> {
    let row = |task: &Task| {
        let (id, title) = task.names();
        Row {
            id: id.to_owned(),
            title: title.to_owned(),
            source: Source::File,
            task: *task,
        }
    };
    Task::ALL
        .iter()
        .filter(|task| **task != Task::MemoryEmpty)
        .map(row)
        .collect()
}
