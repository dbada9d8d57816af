//! Reading a segment: batches of whole frames, and what to make of a bad one.
//!
//! docs/formats.md, "A torn tail, or damage", has the rule that [`SegmentReader`] and [`vouched_behind`] carry out.

use super::super::directory::{Directory, NamedFile};
use super::super::error::Error;
use super::super::format::change::Record;
use super::super::format::frame::{self, Body, Found, Place};
use super::super::format::header::{self, SegmentHeader};
use super::super::format::names;
use std::ops::Range;

/// How much is read at once, unless a frame is longer.
const CHUNK: u64 = 1 << 20;

/// Whole transactions, read and checked.
#[derive(Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    /// Timestamps, and where the changes are.
    records: Vec<(u64, Range<usize>)>,
}

/// A place where no frame is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bad {
    pub(crate) offset: u64,
    pub(crate) expected: &'static str,
    /// Whether no crash can be the reason.
    pub(crate) certain: bool,
}

/// Reads the frames of one segment.
pub(crate) struct SegmentReader {
    pub(crate) file: NamedFile,
    pub(crate) place: Place,
    pub(crate) length: u64,
    /// Where the next frame begins.
    pub(crate) offset: u64,
    pub(crate) transactions: u64,
    /// The newest timestamp so far.
    pub(crate) timestamp: u64,
    pub(crate) sealed: bool,
    /// Whether something was left out, so that the seal's count cannot be right.
    skipped: bool,
}

impl Batch {
    /// The transactions, each with where in the bytes its changes begin.
    pub(crate) fn records(&self) -> impl Iterator<Item = (Record<'_>, usize)> {
        self.records.iter().map(|(timestamp, range)| {
            let record = Record::checked(*timestamp, &self.bytes[range.clone()]);
            (record, range.start)
        })
    }

    /// What was read.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl SegmentReader {
    /// Opens a segment and checks its header. Timestamps must be above `timestamp`, the newest of the segment before.
    pub(crate) fn open(directory: &Directory, place: Place, timestamp: u64) -> Result<Self, Error> {
        let file = directory.open(&names::segment(place.segment))?;
        let length = file.length()?;
        let front = file.read_some(0, header::SEGMENT, length)?;
        let found = SegmentHeader::decode(&front).map_err(|fault| fault.of(file.name()))?;
        if (found.store, found.number) != (place.store, place.segment) {
            let expected = "the store and number that the segment should have";
            return Err(Error::damaged(file.name(), 16, expected));
        }
        if found.floor < timestamp {
            let expected = "a floor that is not below the segments before";
            return Err(Error::damaged(file.name(), 32, expected));
        }
        let mut reader = Self::without_header(file, place, length);
        reader.timestamp = found.floor;
        Ok(reader)
    }

    /// Reads a segment whose header does not matter.
    pub(crate) fn without_header(file: NamedFile, place: Place, length: u64) -> Self {
        Self {
            file,
            place,
            length,
            offset: header::SEGMENT,
            transactions: 0,
            timestamp: 0,
            sealed: false,
            skipped: false,
        }
    }

    /// Reads on, into `batch`. Returns `Ok(false)` at the end of the file; `Err` of the inner result is where reading cannot go on,
    /// after the records in `batch`.
    pub(crate) fn next(&mut self, batch: &mut Batch) -> Result<Result<bool, Bad>, Error> {
        batch.records.clear();
        let mut wanted = CHUNK;
        loop {
            let left = self.length.saturating_sub(self.offset);
            if left == 0 {
                return Ok(Ok(false));
            }
            batch
                .bytes
                .resize(usize::try_from(wanted.min(left)).unwrap_or(usize::MAX), 0);
            self.file.read(&mut batch.bytes, self.offset)?;
            let mut at = 0;
            let stop = loop {
                let offset = self.offset + at as u64;
                let bytes = &batch.bytes[at..];
                if bytes.is_empty() {
                    break None;
                }
                match frame::read(bytes, offset, self.length - offset, self.place) {
                    Found::Frame { length, body } => {
                        if let Err(expected) = self.accept(&body, offset) {
                            break Some(Err(Bad {
                                offset,
                                expected,
                                certain: true,
                            }));
                        }
                        if let Body::Transaction(record) = body {
                            let changes = at + frame::HEADER + 1..at + length;
                            batch.records.push((record.timestamp(), changes));
                        }
                        at += length;
                    }
                    Found::Longer(length) => break Some(Ok(length as u64)),
                    Found::Bad { expected, written } => {
                        break Some(Err(Bad {
                            offset,
                            expected,
                            certain: written || self.sealed,
                        }));
                    }
                }
            };
            self.offset += at as u64;
            match stop {
                Some(Ok(length)) if at == 0 => wanted = length.max(CHUNK),
                Some(Err(bad)) => return Ok(Err(bad)),
                _ => return Ok(Ok(true)),
            }
        }
    }

    /// Takes note of an intact frame, or tells what should have stood in its place.
    fn accept(&mut self, body: &Body<'_>, offset: u64) -> Result<(), &'static str> {
        if self.sealed {
            return Err("nothing behind the seal");
        }
        match *body {
            Body::Mark(synced) if synced > offset => return Err("a mark for what is before it"),
            Body::Mark(_) => {}
            Body::Transaction(record) => {
                if record.timestamp() <= self.timestamp {
                    return Err("a timestamp above the ones before");
                }
                self.timestamp = record.timestamp();
                self.transactions += 1;
            }
            Body::Seal(transactions) => {
                if transactions != self.transactions && !self.skipped {
                    return Err("a seal for as many transactions as the segment has");
                }
                self.sealed = true;
            }
        }
        Ok(())
    }

    /// Goes on to the next intact frame behind a bad one; `false` if there is none.
    pub(crate) fn resume(&mut self) -> Result<bool, Error> {
        self.skipped = true;
        let (place, length) = (self.place, self.length);
        let file = self.file.clone();
        let found = search(
            &file,
            self.offset + 1,
            length,
            |bytes, offset| match frame::read(bytes, offset, length - offset, place) {
                Found::Frame { .. } => Ok(Some(offset)),
                Found::Longer(whole) if whole > frame::HEADER => {
                    let whole = file.read_some(offset, whole as u64, length)?;
                    let read = frame::read(&whole, offset, length - offset, place);
                    Ok(matches!(read, Found::Frame { .. }).then_some(offset))
                }
                _ => Ok(None),
            },
        )?;
        self.offset = found.unwrap_or(length);
        Ok(found.is_some())
    }

    /// Whether a mark behind `bad` says that the log was synced beyond it.
    pub(crate) fn vouched_behind(&self, bad: u64) -> Result<bool, Error> {
        let found = search(&self.file, bad + 1, self.length, |bytes, offset| {
            let synced = frame::read_mark(bytes, offset, self.place);
            Ok(synced.filter(|synced| *synced > bad && *synced <= offset))
        })?;
        Ok(found.is_some())
    }
}

/// Tries every offset from `from` on and returns the first that `try_at` likes. It gets a header's bytes at least, if the file has them.
fn search(
    file: &NamedFile,
    from: u64,
    length: u64,
    mut try_at: impl FnMut(&[u8], u64) -> Result<Option<u64>, Error>,
) -> Result<Option<u64>, Error> {
    let mut start = from;
    while start < length {
        let bytes = file.read_some(start, CHUNK + frame::NOTE as u64, length)?;
        for at in 0..bytes.len().min(CHUNK as usize) {
            if let Some(found) = try_at(&bytes[at..], start + at as u64)? {
                return Ok(Some(found));
            }
        }
        start += CHUNK;
    }
    Ok(None)
}
