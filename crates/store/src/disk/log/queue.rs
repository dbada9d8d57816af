//! What has been appended and not yet written: chunks of whole frames, each for one segment.
//!
//! Behind one lock. A frame gets its place here, so segments change here too, long before a file is touched: the chunk that
//! begins a segment says so, and the writer makes the file when it comes to it.

use super::super::error::Error;
use super::super::format::frame::{self, Place};
use super::super::format::header;
use super::LogStart;
use std::collections::VecDeque;

/// Frames that follow each other in one segment. The first is a mark, to be filled in by the writer.
pub(super) struct Chunk {
    pub(super) place: Place,
    /// The segment's floor, if the segment is to be made first.
    pub(super) begins: Option<u64>,
    pub(super) bytes: Vec<u8>,
    /// Where in the segment the chunk goes.
    pub(super) offset: u64,
    /// The position of the first byte.
    pub(super) position: u64,
    pub(super) transactions: u64,
}

/// The chunks, and where the next frame goes.
pub(super) struct Queue {
    full: VecDeque<Chunk>,
    current: Chunk,
    segment_bytes: u64,
    /// The position of the next frame.
    end: u64,
    /// Its offset in the segment.
    offset: u64,
    /// Transactions in the segment.
    transactions: u64,
    /// The newest timestamp.
    last: u64,
}

impl Chunk {
    /// The position behind the chunk.
    pub(super) fn end(&self) -> u64 {
        self.position + self.bytes.len() as u64
    }
}

impl Queue {
    pub(super) fn new(start: &LogStart, segment_bytes: u64) -> Self {
        let offset = start.offset.unwrap_or(header::SEGMENT);
        let place = Place {
            store: start.store,
            segment: start.segment,
        };
        Self {
            full: VecDeque::new(),
            current: Chunk {
                place,
                begins: None,
                bytes: Vec::new(),
                offset,
                position: offset,
                transactions: 0,
            },
            segment_bytes,
            end: offset,
            offset,
            transactions: start.transactions,
            last: start.timestamp,
        }
    }

    /// Where the next frame goes, as a position.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn segment(&self) -> u64 {
        self.current.place.segment
    }

    /// Appends a transaction whose body is finished.
    pub(super) fn push(&mut self, frame: &mut [u8], timestamp: u64) -> Result<(), Error> {
        self.follows(timestamp, timestamp > self.last)?;
        let after = self.offset + (frame.len() + 2 * frame::NOTE) as u64;
        if after > self.segment_bytes && self.transactions > 0 {
            self.turn(self.last);
        }
        self.begin_chunk();
        frame::finish(frame, timestamp, self.offset, self.current.place);
        self.put(frame);
        self.last = timestamp;
        self.transactions += 1;
        self.current.transactions += 1;
        Ok(())
    }

    /// Closes the segment; what is appended from now on goes to the next one and is above `floor`.
    pub(super) fn rotate(&mut self, floor: u64) -> Result<(), Error> {
        self.follows(floor, floor >= self.last)?;
        self.turn(floor);
        self.last = floor;
        // So that there is something for the writer to do.
        self.begin_chunk();
        Ok(())
    }

    /// Appends a mark and a seal; nothing may follow.
    pub(super) fn seal(&mut self) {
        self.begin_chunk();
        let seal = frame::seal(self.transactions, self.offset, self.current.place);
        self.put(&seal);
    }

    /// Makes room for a mark if the chunk is empty.
    pub(super) fn begin_chunk(&mut self) {
        if self.current.bytes.is_empty() {
            self.put(&[0; frame::NOTE]);
        }
    }

    /// Takes everything that waits; `spare` becomes the next buffer.
    pub(super) fn take(&mut self, spare: Vec<u8>) -> VecDeque<Chunk> {
        let mut taken = std::mem::take(&mut self.full);
        if !self.current.bytes.is_empty() {
            let next = self.next_chunk(self.current.place, None, spare);
            taken.push_back(std::mem::replace(&mut self.current, next));
        }
        taken
    }

    fn follows(&self, given: u64, follows: bool) -> Result<(), Error> {
        if follows {
            return Ok(());
        }
        Err(Error::OutOfOrder {
            last: self.last,
            given,
        })
    }

    fn turn(&mut self, floor: u64) {
        self.seal();
        self.offset = header::SEGMENT;
        self.transactions = 0;
        let place = Place {
            segment: self.current.place.segment + 1,
            ..self.current.place
        };
        let next = self.next_chunk(place, Some(floor), Vec::new());
        self.full
            .push_back(std::mem::replace(&mut self.current, next));
    }

    fn next_chunk(&self, place: Place, begins: Option<u64>, bytes: Vec<u8>) -> Chunk {
        Chunk {
            place,
            begins,
            bytes,
            offset: self.offset,
            position: self.end,
            transactions: 0,
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.current.bytes.extend_from_slice(bytes);
        self.offset += bytes.len() as u64;
        self.end += bytes.len() as u64;
    }
}
