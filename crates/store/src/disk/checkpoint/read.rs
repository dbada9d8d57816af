//! Reading a part, block by block.

use super::super::directory::{Directory, NamedFile};
use super::super::error::Error;
use super::super::format::block::{self, Header, Place};
use super::super::format::header::{self, PartHeader};
use super::super::format::names;

/// Reads the blocks of one part.
pub(crate) struct PartReader {
    file: NamedFile,
    place: Place,
    length: u64,
    offset: u64,
    stored: Vec<u8>,
    unpacked: Vec<u8>,
}

impl PartReader {
    /// Opens a part and checks its header.
    pub(crate) fn open(directory: &Directory, place: Place) -> Result<Self, Error> {
        let file = directory.open(&names::part(place.checkpoint, place.part))?;
        let length = file.length()?;
        let front = file.read_some(0, header::PART, length)?;
        let found = PartHeader::decode(&front).map_err(|fault| fault.of(file.name()))?;
        let expected = PartHeader {
            store: place.store,
            checkpoint: place.checkpoint,
            part: place.part,
        };
        if found != expected {
            return Err(Error::damaged(
                file.name(),
                16,
                "the store, checkpoint and part that the file should belong to",
            ));
        }
        Ok(Self::without_header(file, place, length))
    }

    /// Reads a part whose header does not matter.
    pub(crate) fn without_header(file: NamedFile, place: Place, length: u64) -> Self {
        Self {
            file,
            place,
            length,
            offset: header::PART,
            stored: Vec::new(),
            unpacked: Vec::new(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.file.name()
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Where the next block begins.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Calls `row` with the rows of the next block and returns how many they were, or `None` at the end of the file.
    pub(crate) fn next<E: From<Error>>(
        &mut self,
        row: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<Option<u64>, E> {
        let left = self.length.saturating_sub(self.offset);
        if left == 0 {
            return Ok(None);
        }
        let mut head = [0; block::HEADER];
        if left < head.len() as u64 {
            return Err(self.damaged("a whole block").into());
        }
        self.file.read(&mut head, self.offset)?;
        let Some(found) = Header::decode(&head, self.offset, left, self.place) else {
            return Err(self.damaged("the header of a block").into());
        };
        self.stored.resize(found.stored as usize, 0);
        self.file
            .read(&mut self.stored, self.offset + head.len() as u64)?;
        match found.rows(&self.stored, &mut self.unpacked, row) {
            Some(outcome) => outcome?,
            None => return Err(self.damaged("the body of a block").into()),
        }
        self.offset += head.len() as u64 + u64::from(found.stored);
        Ok(Some(u64::from(found.rows)))
    }

    /// Goes on to the next block behind a bad one; `false` if there is none.
    pub(crate) fn resume(&mut self) -> Result<bool, Error> {
        /// How much is looked through at once.
        const WINDOW: u64 = 1 << 20;
        let mut from = self.offset + 1;
        while from < self.length {
            let bytes = self
                .file
                .read_some(from, WINDOW + block::HEADER as u64, self.length)?;
            for at in 0..bytes.len().min(WINDOW as usize) {
                let offset = from + at as u64;
                let left = self.length - offset;
                if Header::decode(&bytes[at..], offset, left, self.place).is_some() {
                    self.offset = offset;
                    return Ok(true);
                }
            }
            from += WINDOW;
        }
        self.offset = self.length;
        Ok(false)
    }

    fn damaged(&self, expected: &str) -> Error {
        Error::damaged(self.file.name(), self.offset, expected)
    }
}
