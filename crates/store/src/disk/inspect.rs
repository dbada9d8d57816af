//! Going through a whole directory without stopping at damage: what `verify` and `salvage` stand on.
//!
//! Everything that recovery would look at is looked at, in the same order. Where recovery gives up, this takes a note and goes on: behind a
//! bad block or frame it tries every offset for the next intact one. If the manifest is unreadable, the newest checkpoint and all
//! segments are taken, and the store's id from the first header that is intact.

use super::checkpoint::read::PartReader;
use super::device::Disk;
use super::directory::Directory;
use super::error::Error;
use super::format::block;
use super::format::change::Record;
use super::format::frame::Place;
use super::format::manifest::Manifest;
use super::format::names;
use super::recovery::TornTail;
use super::recovery::listing::{Listing, read_manifest};
use super::recovery::segment::{Batch, SegmentReader};
use std::convert::Infallible;
use std::sync::Arc;

/// What was found in a directory.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Inspection {
    /// Files that were read.
    pub files: u64,
    /// Intact blocks of the checkpoint.
    pub blocks: u64,
    /// Rows in them.
    pub rows: u64,
    /// Intact transactions of the log.
    pub records: u64,
    /// The newest timestamp among them.
    pub timestamp: u64,
    /// Bytes of the files.
    pub bytes: u64,
    /// Everything that is wrong, each with file and offset.
    pub damages: Vec<Error>,
    /// What a crash has left at the end of the log. No damage.
    pub torn: Option<TornTail>,
}

/// Something that could be read.
#[derive(Clone, Copy, Debug)]
pub enum Salvaged<'a> {
    /// A row of the checkpoint. All of these come first.
    Row {
        /// The key.
        key: &'a [u8],
        /// The row.
        row: &'a [u8],
    },
    /// A transaction of the log, in the order of commit.
    Record(Record<'a>),
}

/// Reads every byte of the directory and tells all that is wrong with it. Changes nothing.
///
/// # Errors
/// [`Error::InUse`], [`Error::NewerFormat`], or that the directory cannot be listed.
pub fn verify(disk: Arc<dyn Disk>) -> Result<Inspection, Error> {
    match inspect(disk, |_| Ok::<_, Infallible>(())) {
        Ok(inspection) => Ok(inspection),
        Err(Stop::Disk(error)) => Err(error),
    }
}

/// Calls `out` with everything that can be read, whatever is wrong with the rest, and tells that too. Changes nothing.
///
/// # Errors
/// Those of [`verify`], and the first of `out`, which ends it.
pub fn salvage<E: From<Error>>(
    disk: Arc<dyn Disk>,
    out: impl FnMut(Salvaged<'_>) -> Result<(), E>,
) -> Result<Inspection, E> {
    inspect(disk, out).map_err(|stop| match stop {
        Stop::Disk(error) => error.into(),
        Stop::Callback(error) => error,
    })
}

/// Why an inspection ends early, or a block cannot be read.
enum Stop<E> {
    Disk(Error),
    Callback(E),
}

impl<E> From<Error> for Stop<E> {
    fn from(error: Error) -> Self {
        Self::Disk(error)
    }
}

struct Inspector<F> {
    directory: Directory,
    store: u64,
    found: Inspection,
    out: F,
}

fn inspect<E>(
    disk: Arc<dyn Disk>,
    out: impl FnMut(Salvaged<'_>) -> Result<(), E>,
) -> Result<Inspection, Stop<E>> {
    let _hold = disk.lock()?;
    let directory = Directory::new(disk);
    let listing = Listing::of(&directory)?;
    let mut found = Inspection::default();
    if listing.is_new(&directory)? {
        return Ok(found);
    }
    let mut parts: Vec<(u32, Option<u64>)> = Vec::new();
    let manifest = match read_manifest(&directory) {
        Ok(manifest) => {
            found.files += 1;
            found.bytes += manifest.encode().len() as u64;
            parts.extend((0..).zip(manifest.parts.iter().map(|part| Some(part.length))));
            manifest
        }
        Err(error @ Error::NewerFormat { .. }) => return Err(error.into()),
        Err(error) => {
            found.damages.push(error);
            let manifest = listing.guess(&directory);
            let there = listing.parts.range((manifest.checkpoint, 0)..);
            parts.extend(there.map(|(_, part)| (*part, None)));
            manifest
        }
    };
    let mut inspector = Inspector {
        store: manifest.store,
        directory,
        found,
        out,
    };
    for (part, length) in parts {
        let place = block::Place {
            store: manifest.store,
            checkpoint: manifest.checkpoint,
            part,
        };
        inspector.part(place, length)?;
    }
    inspector.log(&listing, &manifest)?;
    Ok(inspector.found)
}

impl<F> Inspector<F> {
    fn part<E>(&mut self, place: block::Place, length: Option<u64>) -> Result<(), Stop<E>>
    where
        F: FnMut(Salvaged<'_>) -> Result<(), E>,
    {
        let name = names::part(place.checkpoint, place.part);
        let mut reader = match PartReader::open(&self.directory, place) {
            Ok(reader) => reader,
            Err(error) => {
                self.found.damages.push(error);
                let opened = self.directory.open(&name);
                let Ok((file, length)) = opened.and_then(|file| {
                    let length = file.length()?;
                    Ok((file, length))
                }) else {
                    return Ok(());
                };
                PartReader::without_header(file, place, length)
            }
        };
        self.found.files += 1;
        self.found.bytes += reader.length();
        if let Some(length) = length.filter(|length| *length != reader.length()) {
            let offset = length.min(reader.length());
            let expected = format!("a file of {length} bytes");
            self.found
                .damages
                .push(Error::damaged(&name, offset, expected));
        }
        loop {
            let out = &mut self.out;
            let next =
                reader.next(|key, row| out(Salvaged::Row { key, row }).map_err(Stop::Callback));
            match next {
                Ok(Some(rows)) => {
                    self.found.rows += rows;
                    self.found.blocks += 1;
                }
                Ok(None) => return Ok(()),
                Err(Stop::Disk(error)) => {
                    self.found.damages.push(error);
                    match reader.resume() {
                        Ok(true) => {}
                        Ok(false) => return Ok(()),
                        Err(error) => {
                            self.found.damages.push(error);
                            return Ok(());
                        }
                    }
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    fn log<E>(&mut self, listing: &Listing, manifest: &Manifest) -> Result<(), Stop<E>>
    where
        F: FnMut(Salvaged<'_>) -> Result<(), E>,
    {
        let last = listing.segments.last().copied().unwrap_or(0);
        let mut timestamp = manifest.timestamp;
        let mut expected = manifest.first_segment;
        if last < expected {
            self.missing(expected);
        }
        for &segment in listing.segments.range(manifest.first_segment..) {
            if segment != expected {
                self.missing(expected);
            }
            expected = segment.saturating_add(1);
            self.segment(segment, segment == last, &mut timestamp)?;
        }
        self.found.timestamp = timestamp;
        Ok(())
    }

    fn missing(&mut self, segment: u64) {
        let name = names::segment(segment);
        let damage = Error::damaged(&name, 0, "the segment, which is missing");
        self.found.damages.push(damage);
    }

    fn segment<E>(
        &mut self,
        segment: u64,
        is_last: bool,
        timestamp: &mut u64,
    ) -> Result<(), Stop<E>>
    where
        F: FnMut(Salvaged<'_>) -> Result<(), E>,
    {
        let place = Place {
            store: self.store,
            segment,
        };
        let mut reader = match SegmentReader::open(&self.directory, place, *timestamp) {
            Ok(reader) => reader,
            Err(error @ Error::NewerFormat { .. }) => return Err(error.into()),
            Err(error) => {
                self.found.damages.push(error);
                let opened = self.directory.open(&names::segment(segment));
                let Ok((file, length)) = opened.and_then(|file| {
                    let length = file.length()?;
                    Ok((file, length))
                }) else {
                    return Ok(());
                };
                SegmentReader::without_header(file, place, length)
            }
        };
        self.found.files += 1;
        self.found.bytes += reader.length;
        let mut batch = Batch::default();
        loop {
            let next = match reader.next(&mut batch) {
                Ok(next) => next,
                Err(error) => {
                    self.found.damages.push(error);
                    return Ok(());
                }
            };
            for (record, _) in batch.records() {
                self.found.records += 1;
                (self.out)(Salvaged::Record(record)).map_err(Stop::Callback)?;
            }
            match next {
                Ok(true) => {}
                Ok(false) => break,
                Err(bad) => {
                    let name = reader.file.name().to_owned();
                    let torn = is_last && !bad.certain && !reader.vouched_behind(bad.offset)?;
                    if torn {
                        self.found.torn = Some(TornTail {
                            file: name,
                            offset: bad.offset,
                            bytes: reader.length - bad.offset,
                        });
                        break;
                    }
                    let damage = Error::damaged(&name, bad.offset, bad.expected);
                    self.found.damages.push(damage);
                    if !reader.resume()? {
                        break;
                    }
                }
            }
        }
        if !is_last && !reader.sealed {
            let expected = "a seal, since there is a later segment";
            let damage = Error::damaged(reader.file.name(), reader.offset, expected);
            self.found.damages.push(damage);
        }
        *timestamp = reader.timestamp.max(*timestamp);
        Ok(())
    }
}
