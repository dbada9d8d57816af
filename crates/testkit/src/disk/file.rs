//! A file of the simulated disk: what readers see, what is certain, and the changes in between.

use super::SimulatedDisk;
use super::faults::Outcome;
use std::io;

/// An open file of a [`SimulatedDisk`].
pub struct SimulatedFile {
    disk: SimulatedDisk,
    inode: usize,
}

/// A change of a file that is not synced.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    /// As readers see it.
    pub(super) bytes: Vec<u8>,
    /// As a crash leaves it at least.
    pub(super) synced: Vec<u8>,
    /// From the one to the other.
    pub(super) changes: Vec<Change>,
}

impl Change {
    pub(super) fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes: new } => {
                let end = offset + new.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset..end].copy_from_slice(new);
            }
            Self::Truncate(length) => bytes.truncate(*length),
        }
    }
}

impl Inode {
    pub(super) fn synced(bytes: Vec<u8>) -> Self {
        Self {
            synced: bytes.clone(),
            bytes,
            ..Self::default()
        }
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.bytes);
        self.changes.push(change);
    }

    fn sync(&mut self) {
        for change in self.changes.drain(..) {
            change.apply(&mut self.synced);
        }
    }

    /// What a failed sync does: the changes will never reach the disk.
    fn lose(&mut self) {
        self.changes.clear();
    }
}

impl SimulatedFile {
    pub(super) fn new(disk: SimulatedDisk, inode: usize) -> Self {
        Self { disk, inode }
    }

    /// Writes at the end. One operation.
    ///
    /// # Errors
    /// Injected ones; so for all that follows.
    pub fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.lock();
        let outcome = state.faults.change()?;
        let inode = &mut state.inodes[self.inode];
        let (taken, result) = match outcome {
            Outcome::Done => (bytes.len(), Ok(())),
            Outcome::Fail(error) => (0, Err(error)),
            Outcome::Half(error) => (bytes.len() / 2, Err(error)),
            Outcome::Stopped(error) => (bytes.len(), Err(error)),
        };
        if taken > 0 {
            inode.change(Change::Write {
                offset: inode.bytes.len(),
                bytes: bytes[..taken].to_vec(),
            });
        }
        result
    }

    /// Reads from `offset`; returns how many bytes.
    ///
    /// # Errors
    /// After the machine has stopped.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.running()?;
        let bytes = &state.inodes[self.inode].bytes;
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = bytes.get(from..).unwrap_or(&[]);
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    /// Cuts the file. One operation.
    ///
    /// # Errors
    /// Injected ones.
    pub fn truncate(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.faults.change()?.whole()?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        state.inodes[self.inode].change(Change::Truncate(length));
        Ok(())
    }

    /// Makes the bytes certain. One operation, and one sync.
    ///
    /// # Errors
    /// Injected ones; then the bytes are lost, though readers see them.
    pub fn sync(&self) -> io::Result<()> {
        std::thread::sleep(self.disk.sync_time);
        let mut state = self.disk.lock();
        match state.faults.sync() {
            Ok(()) => state.inodes[self.inode].sync(),
            Err(error) => {
                // When the machine stops, the changes may still have got there; the crash decides.
                if state.faults.running().is_ok() {
                    state.inodes[self.inode].lose();
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// The length in bytes.
    ///
    /// # Errors
    /// After the machine has stopped.
    pub fn length(&self) -> io::Result<u64> {
        let state = self.disk.running()?;
        Ok(state.inodes[self.inode].bytes.len() as u64)
    }
}
