//! The little that the store asks of a file system.
//!
//! One directory without subdirectories, files that only grow, and two kinds of sync: of a file's bytes and of the directory's
//! names. [`RealDisk`](super::RealDisk) is std's files; tests have a disk that fails and forgets on request.
//!
//! What an implementation promises: bytes appended before a [`sync`](DiskFile::sync) that returned `Ok` survive a crash of the
//! machine; names made, changed or removed before a [`sync_directory`](Disk::sync_directory) that returned `Ok` do so too; a
//! rename replaces its target in one step. Of anything else that was not synced, any part may survive a crash.

use super::Error;
use std::io;
use std::sync::Arc;

/// What keeps others out of a directory for as long as it is not dropped.
pub type Hold = Box<dyn Send + Sync>;

/// A directory that holds a store.
pub trait Disk: Send + Sync {
    /// Takes the directory for this process, or tells who has it.
    ///
    /// # Errors
    /// [`Error::InUse`], or what the file system says.
    fn lock(&self) -> Result<Hold, Error>;

    /// The names of all files.
    ///
    /// # Errors
    /// What the file system says; so for all methods here.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes an empty file, or empties the one of that name.
    ///
    /// # Errors
    /// What the file system says.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a file to read and to append to.
    ///
    /// # Errors
    /// What the file system says.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Gives a file another name, in one step, in place of the file that had it.
    ///
    /// # Errors
    /// What the file system says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the file system says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes all names survive a crash of the machine.
    ///
    /// # Errors
    /// What the file system says.
    fn sync_directory(&self) -> io::Result<()>;
}

/// An open file.
pub trait DiskFile: Send + Sync {
    /// Writes all of `bytes` at the end. After an error, any part of them may have been written.
    ///
    /// # Errors
    /// What the file system says.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Reads from `offset`; returns how many bytes, 0 only at the end of the file or for an empty buffer.
    ///
    /// # Errors
    /// What the file system says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Cuts the file to `length`.
    ///
    /// # Errors
    /// What the file system says.
    fn truncate(&self, length: u64) -> io::Result<()>;

    /// Makes all bytes survive a crash of the machine.
    ///
    /// # Errors
    /// What the file system says.
    fn sync(&self) -> io::Result<()>;

    /// The length in bytes.
    ///
    /// # Errors
    /// What the file system says.
    fn length(&self) -> io::Result<u64>;
}
