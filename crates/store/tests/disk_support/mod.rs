//! What the tests of the disk layer share: the simulated disk as a `Disk`, a model of a store's contents, and a scripted workload.
#![allow(dead_code, reason = "each test binary uses its part")]

mod simulated;

use masstree_store::disk::{
    Change, CheckpointOptions, CheckpointWriter, Checkpoints, Cut, Disk, Durability, Error, Log,
    LogOptions, RecoveryReport, recover,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub use simulated::Simulated;

/// Keys, and their columns; `Replace` sets column 0 alone.
pub type Contents = BTreeMap<Vec<u8>, BTreeMap<u32, Vec<u8>>>;

/// Does to the model what a change says.
pub fn apply(contents: &mut Contents, change: Change<'_>) {
    match change {
        Change::Replace { key, row } => {
            contents.insert(key.to_vec(), BTreeMap::from([(0, row.to_vec())]));
        }
        Change::Columns { key, columns } => {
            let row = contents.entry(key.to_vec()).or_default();
            for (column, bytes) in columns {
                row.insert(*column, bytes.to_vec());
            }
        }
        Change::Remove { key } => {
            contents.remove(key);
        }
    }
}

fn encode_row(row: &BTreeMap<u32, Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    for (column, bytes) in row {
        out.extend_from_slice(&column.to_le_bytes());
        out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        out.extend_from_slice(bytes);
    }
    out
}

/// Back from the bytes of a checkpoint's row.
pub fn decode_row(mut row: &[u8]) -> BTreeMap<u32, Vec<u8>> {
    let mut columns = BTreeMap::new();
    while let Some((head, rest)) = row.split_first_chunk::<8>() {
        let word = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
        let (bytes, rest) = rest.split_at(word(4) as usize);
        columns.insert(word(0), bytes.to_vec());
        row = rest;
    }
    columns
}

/// What a directory holds.
pub fn read(disk: impl Disk + 'static) -> Result<(Contents, RecoveryReport), Error> {
    let (contents, recovered) = load(Arc::new(disk))?;
    Ok((contents, recovered.report))
}

pub fn load(disk: Arc<dyn Disk>) -> Result<(Contents, masstree_store::disk::Recovered), Error> {
    let loaded = Mutex::new(Contents::new());
    let replayed = Mutex::new(None);
    let recovered = recover(
        disk,
        2,
        |_| {},
        |key, row| {
            let old = loaded.lock().unwrap().insert(key.to_vec(), decode_row(row));
            assert!(old.is_none(), "a key twice in a checkpoint");
            Ok::<_, Error>(())
        },
        |changes| {
            let mut contents = replayed.lock().unwrap();
            let contents =
                contents.get_or_insert_with(|| std::mem::take(&mut *loaded.lock().unwrap()));
            changes.for_each(|_, change| {
                apply(contents, change);
                Ok(())
            })
        },
    )?;
    let contents = replayed.into_inner().unwrap();
    let contents = contents.unwrap_or_else(|| loaded.into_inner().unwrap());
    Ok((contents, recovered))
}

/// Small segments, and no thread behind the log: every operation on the disk is the test's.
pub fn quiet() -> LogOptions {
    LogOptions {
        durability: Durability::Always,
        segment_bytes: 2048,
        idle_mark: None,
    }
}

/// A store as far as the disk layer needs one: contents, and the states after each timestamp.
pub struct Model {
    pub log: Log,
    pub checkpoints: Checkpoints,
    pub states: Vec<Contents>,
    /// The newest timestamps that are acknowledged as written, and as durable.
    pub written: usize,
    pub durable: usize,
}

impl Model {
    pub fn open(disk: impl Disk + 'static, options: &LogOptions) -> Result<Self, Error> {
        let (contents, recovered) = load(Arc::new(disk))?;
        let at = recovered.report.timestamp as usize;
        let mut states = vec![Contents::new(); at];
        states.push(contents);
        let (log, checkpoints) = recovered.open(options, CheckpointOptions::default())?;
        Ok(Self {
            log,
            checkpoints,
            states,
            written: at,
            durable: at,
        })
    }

    /// Appends a transaction of a few changes, which `number` decides.
    pub fn transaction(&mut self, number: usize) -> Result<masstree_store::disk::Position, Error> {
        let key = |i: usize| format!("key {}", (number * 7 + i * 3) % 23).into_bytes();
        let (a, b, c) = (key(0), key(1), key(2));
        let long = vec![number as u8; 10 + number * 37 % 400];
        let columns: [(u32, &[u8]); 2] = [(1, &long), (300 + number as u32 % 5, b"x")];
        let changes = [
            Change::Replace {
                key: &a,
                row: &long,
            },
            Change::Columns {
                key: &b,
                columns: &columns,
            },
            Change::Remove { key: &c },
        ];
        let changes = &changes[..1 + number % 3];
        let mut next = self.states.last().unwrap().clone();
        for change in changes {
            apply(&mut next, *change);
        }
        let timestamp = self.states.len();
        let states = &mut self.states;
        let position = self.log.append(changes, || {
            states.push(next);
            Some(timestamp as u64)
        })?;
        Ok(position.unwrap())
    }

    /// The newest timestamp.
    pub fn newest(&self) -> usize {
        self.states.len() - 1
    }

    /// Writes all rows of now into two parts.
    pub fn begin_checkpoint(&mut self) -> Result<(CheckpointWriter, Cut), Error> {
        let newest = self.newest();
        let cut = self.log.rotate(|| newest as u64)?;
        self.written = newest;
        let writer = self.checkpoints.begin()?;
        let mut parts = [writer.part()?, writer.part()?];
        for (index, (key, row)) in self.states[newest].iter().enumerate() {
            parts[index % 2].row(key, &encode_row(row))?;
        }
        for part in parts {
            part.finish()?;
        }
        Ok((writer, cut))
    }

    pub fn checkpoint(&mut self) -> Result<(), Error> {
        let (writer, cut) = self.begin_checkpoint()?;
        writer.commit(cut)?;
        self.durable = self.durable.max(cut.timestamp as usize);
        Ok(())
    }

    /// A scripted mix of all there is. Ends at the first failure.
    pub fn play(&mut self, transactions: usize) -> Result<(), Error> {
        for number in 0..transactions {
            let position = self.transaction(number)?;
            if number % 5 != 4 {
                self.log.written(position)?;
                self.written = self.newest();
            }
            if number % 4 == 1 {
                self.log.durable(position)?;
                self.durable = self.newest();
                self.written = self.newest();
            }
            if number % 60 == 40 {
                self.checkpoint()?;
            }
            if number % 90 == 70 {
                // Given up: its files go.
                drop(self.begin_checkpoint()?);
            }
        }
        Ok(())
    }
}
