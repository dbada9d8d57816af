//! Keys and values of the workloads as rows.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use masstree_store::Row;

/// Keys that are written at a time. They give way to others, so that lists stay short and keys come into ranges all the time.
const HOT: u32 = 6;

/// Writes until one key gives way.
const WRITES_OF_A_KEY: u32 = 12;

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A list that is appended to, so that what was read tells all that happened before.
    List,
    /// One number.
    Register,
}

impl Kind {
    /// The row after `value` was written over `old`.
    pub fn written(self, old: Option<&Row>, value: u32) -> Row {
        let mut bytes = match self {
            Self::List => old.and_then(|row| row.column(0)).unwrap_or(&[]).to_vec(),
            Self::Register => Vec::new(),
        };
        bytes.extend_from_slice(&value.to_be_bytes());
        Row::single(&bytes)
    }
}

pub fn decoded(row: Option<&Row>) -> Option<Vec<u32>> {
    let (numbers, rest) = row?.column(0).unwrap().as_chunks::<4>();
    assert!(rest.is_empty(), "a torn value");
    Some(
        numbers
            .iter()
            .map(|bytes| u32::from_be_bytes(*bytes))
            .collect(),
    )
}

pub fn encoded(key: u32) -> [u8; 4] {
    key.to_be_bytes()
}

/// Gives each write a value of its own, and with it the keys that are hot.
#[derive(Default)]
pub struct Fresh(AtomicU32);

impl Fresh {
    pub fn value(&self) -> u32 {
        self.0.fetch_add(1, Relaxed) + 1
    }

    /// The first and the last hot key.
    pub fn hot(&self) -> (u32, u32) {
        let first = self.0.load(Relaxed) / WRITES_OF_A_KEY;
        (first, first + HOT - 1)
    }
}
