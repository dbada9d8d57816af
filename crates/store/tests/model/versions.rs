//! The model: every key with all its versions, numbered by commit.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::ops::{Bound, RangeBounds};

use masstree_store::Row;

/// The columns of a row.
pub type Columns = Vec<Vec<u8>>;

/// A range of keys.
pub type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// Writes of one commit; nothing stands for a removal.
pub type Writes = BTreeMap<Vec<u8>, Option<Columns>>;

/// Keys and their versions, oldest first, each with the number of its commit.
#[derive(Default)]
pub struct Versions {
    keys: BTreeMap<Vec<u8>, Vec<(usize, Option<Columns>)>>,
    /// The last removal of each key that was not there: it may count as a write, if an earlier removal has not been cleaned up.
    idle: BTreeMap<Vec<u8>, usize>,
    rows: usize,
    commit: usize,
}

impl Versions {
    /// The number of the last commit.
    pub fn now(&self) -> usize {
        self.commit
    }

    /// Keys that have a row now.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn at(&self, key: &[u8], commit: usize) -> Option<&Columns> {
        let versions = self.keys.get(key)?;
        let count = versions.partition_point(|(number, _)| *number <= commit);
        versions.get(count.checked_sub(1)?)?.1.as_ref()
    }

    pub fn newest(&self, key: &[u8]) -> Option<&Columns> {
        self.at(key, self.commit)
    }

    /// Commits `writes` together. Removing what is not there is no version.
    pub fn write(&mut self, writes: Writes) {
        self.commit += 1;
        for (key, row) in writes {
            let (old, new) = (self.newest(&key).is_some(), row.is_some());
            if old || new {
                self.keys.entry(key).or_default().push((self.commit, row));
            } else {
                self.idle.insert(key, self.commit);
            }
            self.rows = self.rows + usize::from(new) - usize::from(old);
        }
    }

    /// Whether `key` may have been written after `commit`; and whether that can be seen, since the key was or is there.
    pub fn changed_since(&self, key: &[u8], commit: usize) -> (bool, bool) {
        let last = self.keys.get(key).and_then(|versions| versions.last());
        let changed = last.is_some_and(|(number, _)| *number > commit);
        let seen = self.at(key, commit).is_some() || self.newest(key).is_some();
        let idle = self.idle.get(key).is_some_and(|number| *number > commit);
        (changed || idle, changed && seen)
    }

    /// The same for all keys of a range.
    pub fn range_changed_since(&self, range: &Range, commit: usize) -> (bool, bool) {
        let keys = self.keys.keys().filter(|key| range.contains(*key));
        keys.map(|key| self.changed_since(key, commit))
            .fold((false, false), |(may, must), (changed, seen)| {
                (may || changed, must || seen)
            })
    }

    /// The rows of a range as of `commit`.
    pub fn range(&self, range: &Range, commit: usize) -> Vec<(Vec<u8>, Columns)> {
        let mut rows = Vec::new();
        if is_inverted(range) {
            return rows;
        }
        for key in self.keys.range::<Vec<u8>, _>(range.clone()) {
            if let Some(columns) = self.at(key.0, commit) {
                rows.push((key.0.clone(), columns.clone()));
            }
        }
        rows
    }
}

/// Whether a range is empty in a way that `BTreeMap` refuses.
fn is_inverted(range: &Range) -> bool {
    match range {
        (Included(low), Included(high)) => low > high,
        (Included(low) | Excluded(low), Included(high) | Excluded(high)) => low >= high,
        (Unbounded, _) | (_, Unbounded) => false,
    }
}

pub fn row(columns: &Columns) -> Row {
    Row::from_columns(columns.iter().map(Vec::as_slice))
}

pub fn columns(row: &Row) -> Columns {
    row.columns().map(<[u8]>::to_vec).collect()
}

/// What becomes of a row when some columns are set.
pub fn with_columns(old: Option<&Columns>, changes: &[(usize, Vec<u8>)]) -> Columns {
    let mut columns = old.cloned().unwrap_or_default();
    for (index, column) in changes {
        if columns.len() <= *index {
            columns.resize(index + 1, Vec::new());
        }
        columns[*index].clone_from(column);
    }
    columns
}

/// Compares an answer with the model.
#[track_caller]
pub fn same(found: Option<&Row>, expected: Option<&Columns>) {
    assert_eq!(found.map(columns).as_ref(), expected);
}
