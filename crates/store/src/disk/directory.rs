//! A disk whose errors carry the names of files.
//!
//! Everything above works through [`Directory`] and [`NamedFile`], so that no failure loses the file it belongs to.

use super::device::{Disk, DiskFile};
use super::error::Error;
use super::format::names;
use std::sync::Arc;

/// A disk, with typed errors.
#[derive(Clone)]
pub(crate) struct Directory {
    disk: Arc<dyn Disk>,
}

/// A file that knows its name.
#[derive(Clone)]
pub(crate) struct NamedFile {
    name: Arc<str>,
    file: Arc<dyn DiskFile>,
}

impl Directory {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk }
    }

    pub(crate) fn list(&self) -> Result<Vec<String>, Error> {
        self.disk
            .list()
            .map_err(|source| Error::io(".", "list", source))
    }

    pub(crate) fn create(&self, name: &str) -> Result<NamedFile, Error> {
        let file = self.disk.create(name);
        Ok(NamedFile {
            name: name.into(),
            file: file.map_err(|source| Error::io(name, "create", source))?,
        })
    }

    pub(crate) fn open(&self, name: &str) -> Result<NamedFile, Error> {
        let file = self.disk.open(name);
        Ok(NamedFile {
            name: name.into(),
            file: file.map_err(|source| Error::io(name, "open", source))?,
        })
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), Error> {
        self.disk
            .remove(name)
            .map_err(|source| Error::io(name, "remove", source))
    }

    pub(crate) fn sync(&self) -> Result<(), Error> {
        self.disk
            .sync_directory()
            .map_err(|source| Error::io(".", "sync", source))
    }

    /// Makes a file that begins with `bytes` appear under `name`, whole, in one step, on the disk when this returns.
    pub(crate) fn publish(&self, name: &str, bytes: &[u8]) -> Result<NamedFile, Error> {
        let aside = names::aside(name);
        let file = self.create(&aside)?;
        file.append(bytes)?;
        file.sync()?;
        self.disk
            .rename(&aside, name)
            .map_err(|source| Error::io(&aside, "rename", source))?;
        self.sync()?;
        Ok(NamedFile {
            name: name.into(),
            file: file.file,
        })
    }
}

impl NamedFile {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn append(&self, bytes: &[u8]) -> Result<(), Error> {
        let done = self.file.append(bytes);
        done.map_err(|source| Error::io(&self.name, "write", source))
    }

    pub(crate) fn sync(&self) -> Result<(), Error> {
        let done = self.file.sync();
        done.map_err(|source| Error::io(&self.name, "sync", source))
    }

    pub(crate) fn truncate(&self, length: u64) -> Result<(), Error> {
        let done = self.file.truncate(length);
        done.map_err(|source| Error::io(&self.name, "cut", source))
    }

    pub(crate) fn length(&self) -> Result<u64, Error> {
        let length = self.file.length();
        length.map_err(|source| Error::io(&self.name, "measure", source))
    }

    /// Fills `buffer` from `offset`; a file that ends before is damaged.
    pub(crate) fn read(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        let mut filled = 0;
        while filled < buffer.len() {
            let at = offset + filled as u64;
            match self.file.read_at(&mut buffer[filled..], at) {
                Ok(0) => return Err(Error::damaged(&self.name, at, "more bytes in the file")),
                Ok(read) => filled += read,
                Err(source) => return Err(Error::io(&self.name, "read", source)),
            }
        }
        Ok(())
    }

    /// The bytes from `offset`, at most `most` and at most to `length`, which is the file's.
    pub(crate) fn read_some(&self, offset: u64, most: u64, length: u64) -> Result<Vec<u8>, Error> {
        let wanted = most.min(length.saturating_sub(offset));
        let mut bytes = vec![0; usize::try_from(wanted).unwrap_or(usize::MAX)];
        self.read(&mut bytes, offset)?;
        Ok(bytes)
    }
}
