//! A disk that forgets and fails on request: one directory in memory, with a record of what was synced.
//!
//! Each file has its bytes as a reader sees them, the bytes that are certain to survive a crash of the machine, and the changes in
//! between. So has the directory with its names. A sync makes the changes certain; [`SimulatedDisk::crash`] makes a new disk of
//! what is certain and of as much of the rest as a [`Crash`] says. Operations that change something are counted, so that a test can
//! stop the machine at each of them in turn, or let one fail:
//!
//! ```
//! use masstree_testkit::disk::{Crash, Failure, SimulatedDisk};
//!
//! let disk = SimulatedDisk::new();
//! let file = disk.create("log").unwrap();
//! file.append(b"synced").unwrap();
//! file.sync().unwrap();
//! disk.sync_directory().unwrap();
//! file.append(b", not synced").unwrap();
//! assert_eq!(disk.operations(), 5);
//!
//! assert_eq!(disk.crash(&Crash::machine()).read("log").unwrap(), b"synced");
//! assert_eq!(disk.crash(&Crash::process()).read("log").unwrap(), b"synced, not synced");
//!
//! disk.fail_at(6, Failure::NoSpace);
//! assert!(file.append(b"!").is_err());
//! ```
//!
//! After a failed sync the changes that it was for are as good as gone, as on Linux: a reader still sees them, later syncs
//! succeed, and a crash drops them.

mod crash;
mod faults;
mod file;

pub use crash::{Crash, Unsynced};
pub use faults::Failure;
pub use file::SimulatedFile;

use faults::Faults;
use file::Inode;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A directory in memory. Clones are the same directory.
#[derive(Clone, Default)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
    sync_time: Duration,
}

type Names = BTreeMap<String, usize>;

/// A change of the directory that is not synced.
#[derive(Clone, Debug)]
enum NameChange {
    Set(String, usize),
    Rename(String, String),
    Remove(String),
}

#[derive(Default)]
struct State {
    inodes: Vec<Inode>,
    names: Names,
    synced_names: Names,
    name_changes: Vec<NameChange>,
    faults: Faults,
}

impl NameChange {
    fn apply(&self, names: &mut Names) {
        match self {
            Self::Set(name, inode) => {
                names.insert(name.clone(), *inode);
            }
            Self::Rename(from, to) => {
                if let Some(inode) = names.remove(from) {
                    names.insert(to.clone(), inode);
                }
            }
            Self::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

impl State {
    fn inode(&self, name: &str) -> io::Result<usize> {
        let found = self.names.get(name).copied();
        found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn change_names(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.name_changes.push(change);
    }
}

impl SimulatedDisk {
    /// An empty directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// A directory with these files, all synced.
    pub fn with_files<N: Into<String>>(files: impl IntoIterator<Item = (N, Vec<u8>)>) -> Self {
        let mut state = State::default();
        for (name, bytes) in files {
            state.names.insert(name.into(), state.inodes.len());
            state.inodes.push(Inode::synced(bytes));
        }
        state.synced_names = state.names.clone();
        Self {
            state: Arc::new(Mutex::new(state)),
            sync_time: Duration::ZERO,
        }
    }

    /// The same directory, with syncs of its files that take a while, as those of disks do.
    pub fn with_sync_time(self, sync_time: Duration) -> Self {
        Self { sync_time, ..self }
    }

    /// The names of all files.
    ///
    /// # Errors
    /// After the machine has stopped; so for all that follows.
    pub fn list(&self) -> io::Result<Vec<String>> {
        let state = self.running()?;
        Ok(state.names.keys().cloned().collect())
    }

    /// Makes an empty file, or empties the one of that name. One operation.
    ///
    /// # Errors
    /// Injected ones.
    pub fn create(&self, name: &str) -> io::Result<SimulatedFile> {
        let mut state = self.lock();
        state.faults.change()?.whole()?;
        let inode = state.inodes.len();
        state.inodes.push(Inode::default());
        state.change_names(NameChange::Set(name.to_owned(), inode));
        Ok(SimulatedFile::new(self.clone(), inode))
    }

    /// Opens a file.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn open(&self, name: &str) -> io::Result<SimulatedFile> {
        let inode = self.running()?.inode(name)?;
        Ok(SimulatedFile::new(self.clone(), inode))
    }

    /// All bytes of a file.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let state = self.running()?;
        let inode = state.inode(name)?;
        Ok(state.inodes[inode].bytes.clone())
    }

    /// All files with their bytes.
    ///
    /// # Errors
    /// After the machine has stopped.
    pub fn files(&self) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let state = self.running()?;
        let files = state.names.iter();
        Ok(files
            .map(|(name, inode)| (name.clone(), state.inodes[*inode].bytes.clone()))
            .collect())
    }

    /// Gives a file another name. One operation.
    ///
    /// # Errors
    /// If there is none of that name, and injected ones.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.faults.change()?.whole()?;
        state.inode(from)?;
        state.change_names(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    /// Removes a file. One operation.
    ///
    /// # Errors
    /// If there is none of that name, and injected ones.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.faults.change()?.whole()?;
        state.inode(name)?;
        state.change_names(NameChange::Remove(name.to_owned()));
        Ok(())
    }

    /// Makes all names certain. One operation, and one sync.
    ///
    /// # Errors
    /// Injected ones.
    pub fn sync_directory(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.faults.sync()?;
        state.synced_names = state.names.clone();
        state.name_changes.clear();
        Ok(())
    }

    /// Operations so far that changed or synced something, or tried to.
    pub fn operations(&self) -> u64 {
        self.lock().faults.operations()
    }

    /// Syncs among them, of files and of the directory.
    pub fn syncs(&self) -> u64 {
        self.lock().faults.syncs()
    }

    /// Lets the `operation`-th operation fail, counted from the first one, which is 1.
    pub fn fail_at(&self, operation: u64, failure: Failure) {
        self.lock().faults.plan(operation, failure);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.lock();
        state.faults.running()?;
        Ok(state)
    }
}
