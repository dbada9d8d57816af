//! Writing one part: rows are gathered into blocks, and each block is packed and written by the thread that fills it.

use super::super::directory::{Directory, NamedFile};
use super::super::error::Error;
use super::super::format::block::{self, Place};
use super::super::format::header::PartHeader;
use super::super::format::manifest::PartSize;
use super::super::format::names;
use super::Parts;
use std::sync::Arc;

/// Writes one part of a checkpoint. It counts once it is [finished](Self::finish).
pub struct PartWriter {
    file: NamedFile,
    place: Place,
    compress: bool,
    parts: Arc<Parts>,
    body: Vec<u8>,
    block: Vec<u8>,
    rows_in_body: u32,
    size: PartSize,
}

impl PartWriter {
    pub(super) fn new(
        directory: &Directory,
        place: Place,
        compress: bool,
        parts: Arc<Parts>,
    ) -> Result<Self, Error> {
        let file = directory.create(&names::part(place.checkpoint, place.part))?;
        let header = PartHeader {
            store: place.store,
            checkpoint: place.checkpoint,
            part: place.part,
        };
        let header = header.encode();
        file.append(&header)?;
        Ok(Self {
            file,
            place,
            compress,
            parts,
            body: Vec::with_capacity(block::TARGET + (block::TARGET >> 3)),
            block: Vec::new(),
            rows_in_body: 0,
            size: PartSize {
                length: header.len() as u64,
                rows: 0,
            },
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Error::TooLarge`], and then the part is as it was before. [`Error::DiskFull`] or [`Error::Io`]: the checkpoint cannot be finished.
    pub fn row(&mut self, key: &[u8], row: &[u8]) -> Result<(), Error> {
        block::put_row(&mut self.body, key, row)?;
        self.rows_in_body += 1;
        if self.body.len() >= block::TARGET {
            return self.flush();
        }
        Ok(())
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.size.rows + u64::from(self.rows_in_body)
    }

    /// Writes what is left and syncs the part.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::SyncFailed`] or [`Error::Io`]: the checkpoint cannot be finished.
    pub fn finish(mut self) -> Result<(), Error> {
        if self.rows_in_body > 0 {
            self.flush()?;
        }
        self.file.sync()?;
        self.parts.lock().push((self.place.part, self.size));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        let (rows, offset) = (self.rows_in_body, self.size.length);
        let Self { body, block, .. } = self;
        block::encode(body, rows, self.compress, offset, self.place, block);
        self.file.append(block)?;
        self.size.length += block.len() as u64;
        self.size.rows += u64::from(rows);
        self.rows_in_body = 0;
        self.body.clear();
        Ok(())
    }
}
