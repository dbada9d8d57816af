//! The disk itself: std's files in one directory.
//!
//! The directory belongs to one process at a time, by a lock of the operating system on the file `LOCK`, which ends with the
//! process. The file holds the holder's process id, so that a second process can say who is in its way.

use super::device::{Disk, DiskFile, Hold};
use super::error::Error;
use super::format::names;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory of the file system.
#[derive(Debug)]
pub struct RealDisk {
    path: PathBuf,
    directory: File,
}

impl RealDisk {
    /// Opens the directory at `path`, and makes it if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`] if the directory cannot be made or opened.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        if !path.is_dir() {
            std::fs::create_dir_all(path).map_err(|source| io_error(path, "create", source))?;
            // The new name must survive a crash as the files in it do.
            if let Some(parent) = path.parent().filter(|parent| *parent != Path::new("")) {
                File::open(parent)
                    .and_then(|parent| parent.sync_all())
                    .map_err(|source| io_error(parent, "sync", source))?;
            }
        }
        Self::open(path)
    }

    /// Opens the directory at `path`, which must be there.
    ///
    /// # Errors
    /// [`Error::Io`] if it is not there or cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        if !path.is_dir() {
            let source = io::Error::from(if path.exists() {
                io::ErrorKind::NotADirectory
            } else {
                io::ErrorKind::NotFound
            });
            return Err(io_error(path, "open", source));
        }
        let directory = File::open(path).map_err(|source| io_error(path, "open", source))?;
        Ok(Self {
            path: path.to_owned(),
            directory,
        })
    }

    /// Where the directory is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn io_error(path: &Path, action: &'static str, source: io::Error) -> Error {
    Error::io(&path.display().to_string(), action, source)
}

impl Disk for RealDisk {
    fn lock(&self) -> Result<Hold, Error> {
        let fail = |action| move |source| Error::io(names::LOCK, action, source);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.path.join(names::LOCK))
            .map_err(fail("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Whoever holds the lock may not have written its id yet; then nothing is known of it.
                let pid = match file.read_to_string(&mut holder) {
                    Ok(_) => holder.trim().parse().ok(),
                    Err(_) => None,
                };
                return Err(Error::InUse { pid });
            }
            Err(TryLockError::Error(source)) => return Err(fail("lock")(source)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(fail("write"))?;
        Ok(Box::new(file))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            // A name that is not UTF-8 is none of the store's.
            if let Ok(name) = entry?.file_name().into_string() {
                found.push(name);
            }
        }
        Ok(found)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.path.join(name);
        // Appending and truncating exclude each other at opening, so an old file is emptied after.
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        file.set_len(0)?;
        Ok(Arc::new(file))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.path.join(name);
        match OpenOptions::new().read(true).append(true).open(&path) {
            // Enough for those who only read.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Ok(Arc::new(File::open(&path)?))
            }
            other => Ok(Arc::new(other?)),
        }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.directory.sync_all()
    }
}

impl DiskFile for File {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = self;
        file.write_all(bytes)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            match FileExt::read_at(self, buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}
