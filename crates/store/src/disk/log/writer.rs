//! Writing what was queued: the writer's side of a segment's life.
//!
//! Only the thread that holds the role of writing comes here. It makes segments as the queue has laid them out, fills in
//! the mark at the head of each chunk right before the chunk is written, and says how far it has got.

use super::super::directory::{Directory, NamedFile};
use super::super::error::Error;
use super::super::format::frame::{self, Place};
use super::super::format::header::{self, SegmentHeader};
use super::super::format::names;
use super::LogStart;
use super::queue::Chunk;
use super::shared::Shared;
use std::collections::VecDeque;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// A buffer is kept for the next batch up to this size.
const KEPT_BUFFER: usize = 4 << 20;

/// What belongs to the writer alone.
#[derive(Default)]
pub(super) struct Writer {
    spare: Vec<u8>,
    closed: bool,
}

/// Opens the segment that the log goes on in, or makes it.
pub(super) fn open_segment(directory: &Directory, start: &LogStart) -> Result<NamedFile, Error> {
    if start.offset.is_some() {
        return directory.open(&names::segment(start.segment));
    }
    let place = Place {
        store: start.store,
        segment: start.segment,
    };
    make_segment(directory, place, start.timestamp)
}

/// Makes a segment without frames, on disk when this returns.
pub(crate) fn make_segment(
    directory: &Directory,
    place: Place,
    floor: u64,
) -> Result<NamedFile, Error> {
    let header = SegmentHeader {
        store: place.store,
        number: place.segment,
        floor,
    };
    directory.publish(&names::segment(place.segment), &header.encode())
}

impl Writer {
    /// A buffer for the queue to fill.
    pub(super) fn spare(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.spare)
    }

    /// Notes that the log is closed; whether it was before.
    pub(super) fn close(&mut self) -> bool {
        std::mem::replace(&mut self.closed, true)
    }

    /// Writes `chunks` in order.
    pub(super) fn write(&mut self, shared: &Shared, chunks: VecDeque<Chunk>) -> Result<(), Error> {
        for mut chunk in chunks {
            let mut current = shared
                .current
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if let Some(floor) = chunk.begins {
                // A segment is whole on the disk before the next one exists.
                current.sync()?;
                shared.syncs.fetch_add(1, Ordering::Relaxed);
                shared.durable.fetch_max(chunk.position, Ordering::AcqRel);
                current = make_segment(&shared.directory, chunk.place, floor)?;
                *shared
                    .current
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = current.clone();
            }
            let durable = shared.durable.load(Ordering::Acquire);
            let base = chunk.position - chunk.offset;
            let synced = durable.saturating_sub(base).max(header::SEGMENT);
            let mark = frame::mark(synced, chunk.offset, chunk.place);
            chunk.bytes[..frame::NOTE].copy_from_slice(&mark);
            current.append(&chunk.bytes)?;

            shared.writes.fetch_add(1, Ordering::Relaxed);
            shared
                .transactions
                .fetch_add(chunk.transactions, Ordering::Relaxed);
            shared.vouched.store(durable, Ordering::Relaxed);
            if chunk.transactions > 0 {
                shared.last_data.store(chunk.end(), Ordering::Relaxed);
            }
            shared.written.store(chunk.end(), Ordering::Release);
            if chunk.bytes.capacity() <= KEPT_BUFFER {
                chunk.bytes.clear();
                self.spare = chunk.bytes;
            }
        }
        Ok(())
    }
}
