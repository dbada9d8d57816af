//! The store in this process, without a network: each request is carried out when it is sent.

use std::ops::Bound;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use masstree_store::{Error, Isolation, Options, Row, Store, Transaction};

use super::{Columns, Connection, Failure, Reply, Request, RowVisitor, Rows, Sink, Target};
use crate::load::file::Durability;

/// A store.
#[derive(Clone, Debug)]
pub struct Memory {
    store: Store,
    directory: Option<String>,
    checkpoint: Arc<Checkpoint>,
}

/// The checkpoint that was asked for last. As the server does: it runs on by itself, one at a time, and its directory is left only after it.
#[derive(Debug, Default)]
struct Checkpoint(Mutex<Option<JoinHandle<()>>>);

impl Checkpoint {
    fn start(&self, store: &Store) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.as_ref().is_none_or(JoinHandle::is_finished) {
            let store = store.clone();
            *running = Some(thread::spawn(move || drop(store.checkpoint())));
        }
    }
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        let running = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.take() {
            // It says nothing, and a panic there has been reported by its thread.
            let _ = running.join();
        }
    }
}

impl Memory {
    /// A new store; in a directory, the one that is there.
    ///
    /// # Errors
    /// If the directory cannot be opened.
    pub fn open(directory: Option<&Path>, durability: Durability) -> Result<Self, Failure> {
        let options = Options {
            directory: directory.map(Path::to_path_buf),
            durability: match durability {
                Durability::None => masstree_store::Durability::None,
                Durability::Interval => masstree_store::Durability::default(),
                Durability::Always => masstree_store::Durability::Always,
            },
            key_limit: 1 << 16,
            ..Options::default()
        };
        match Store::open(options) {
            Ok(store) => Ok(Self {
                store,
                directory: directory.map(|path| path.display().to_string()),
                checkpoint: Arc::default(),
            }),
            Err(error) => Err(Failure::Refused(format!("cannot open the store: {error}"))),
        }
    }
}

impl Target for Memory {
    fn connect(&self, _: Duration) -> Result<Box<dyn Connection>, Failure> {
        Ok(Box::new(Session {
            store: self.store.clone(),
            checkpoint: Arc::clone(&self.checkpoint),
            transaction: None,
        }))
    }

    fn describe(&self) -> String {
        match &self.directory {
            Some(directory) => format!("the store in this process, in {directory}"),
            None => "the store in this process, in memory".to_owned(),
        }
    }
}

struct Session {
    store: Store,
    checkpoint: Arc<Checkpoint>,
    transaction: Option<Transaction>,
}

/// Some columns of a row, or all.
struct Picked<'a>(&'a Row, &'a [usize]);

impl Columns for Picked<'_> {
    fn each(&self, visit: &mut dyn FnMut(Option<&[u8]>)) {
        if self.1.is_empty() {
            return self.0.columns().for_each(|column| visit(Some(column)));
        }
        self.1.iter().for_each(|index| visit(self.0.column(*index)));
    }
}

/// Rows that were read, with their keys or without.
struct Read<'a>(Vec<(Vec<u8>, Option<Row>)>, &'a [usize]);

impl Rows for Read<'_> {
    fn each(&self, visit: &mut RowVisitor<'_>) {
        for (key, row) in &self.0 {
            match row {
                Some(row) => visit(key, Some(&Picked(row, self.1))),
                None => visit(key, None),
            }
        }
    }
}

impl Session {
    fn act(&mut self, tag: u64, request: &Request<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
        match *request {
            Request::Get { key, columns } => match &mut self.transaction {
                Some(transaction) => match transaction.get(key)? {
                    Some(row) => sink(tag, Reply::Row(&Picked(&row, columns))),
                    None => sink(tag, Reply::Missing),
                },
                None => self.store.get_with(key, |row| match row {
                    Some(row) => sink(tag, Reply::Row(&Picked(row, columns))),
                    None => sink(tag, Reply::Missing),
                })?,
            },
            Request::Set { key, value } => match &mut self.transaction {
                Some(transaction) => {
                    transaction.replace(key, value)?;
                    sink(tag, Reply::Written(None));
                }
                None => {
                    let existed = self.store.replace(key, value)?;
                    sink(tag, Reply::Written(Some(!existed)));
                }
            },
            Request::Put { key, changes } => {
                let existed = self.store.put(key, changes)?;
                sink(tag, Reply::Written(Some(!existed)));
            }
            Request::Remove { key } => {
                let existed = self.store.remove(key)?;
                sink(tag, Reply::Removed(existed));
            }
            Request::Scan {
                first,
                count,
                columns,
            } => {
                let mut rows = Vec::new();
                let all = (Bound::Included(first), Bound::Unbounded);
                if count > 0 {
                    self.store.snapshot().visit::<&[u8]>(all, |key, row| {
                        rows.push((key.to_vec(), Some(row.clone())));
                        (rows.len() as u64) < count
                    })?;
                }
                sink(tag, Reply::Scanned(&Read(rows, columns)));
            }
            Request::Mget { keys } => {
                let rows = self.store.get_many(keys)?;
                let rows = rows.into_iter().map(|row| (Vec::new(), row)).collect();
                sink(tag, Reply::Rows(&Read(rows, &[])));
            }
            Request::Cas { key, expected, new } => {
                let (expected, new) = (expected.map(Row::single), Row::single(new));
                let swapped = self
                    .store
                    .compare_and_set(key, expected.as_ref(), Some(&new))?;
                sink(tag, Reply::Swapped(swapped));
            }
            Request::Checkpoint => {
                self.checkpoint.start(&self.store);
                sink(tag, Reply::Done);
            }
            Request::Begin => {
                self.transaction = Some(self.store.transaction(Isolation::Snapshot));
                sink(tag, Reply::Done);
            }
            Request::Commit => {
                let committed = match self.transaction.take().map(Transaction::commit) {
                    None | Some(Ok(_)) => true,
                    Some(Err(Error::Conflict { .. })) => false,
                    Some(Err(error)) => return Err(error),
                };
                sink(tag, Reply::Committed(committed));
            }
            Request::Abort => {
                self.transaction = None;
                sink(tag, Reply::Done);
            }
        }
        Ok(())
    }
}

impl Connection for Session {
    fn send(
        &mut self,
        tag: u64,
        request: &Request<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Failure> {
        if let Err(error) = self.act(tag, request, sink) {
            sink(tag, Reply::Error(error.to_string().as_bytes()));
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn receive(&mut self, _: &mut Sink<'_>) -> Result<(), Failure> {
        Ok(())
    }

    fn socket(&self) -> Option<(BorrowedFd<'_>, bool)> {
        None
    }
}
