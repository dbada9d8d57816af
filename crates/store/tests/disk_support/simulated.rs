//! The failing disk of the test kit behind the store's trait. The server's tests include this file too: the test kit is below the store and cannot name its trait.

use masstree_store::disk::{Disk, DiskFile, Error, Hold};
use masstree_testkit::disk::{SimulatedDisk, SimulatedFile};
use std::io;
use std::sync::Arc;

/// The failing disk behind the store's trait.
#[derive(Clone)]
pub struct Simulated(pub SimulatedDisk);

struct File(SimulatedFile);

impl Disk for Simulated {
    fn lock(&self) -> Result<Hold, Error> {
        Ok(Box::new(()))
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(File(self.0.create(name)?)))
    }
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(File(self.0.open(name)?)))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }
    fn sync_directory(&self) -> io::Result<()> {
        self.0.sync_directory()
    }
}

impl DiskFile for File {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.append(bytes)
    }
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
    fn truncate(&self, length: u64) -> io::Result<()> {
        self.0.truncate(length)
    }
    fn sync(&self) -> io::Result<()> {
        self.0.sync()
    }
    fn length(&self) -> io::Result<u64> {
        self.0.length()
    }
}
