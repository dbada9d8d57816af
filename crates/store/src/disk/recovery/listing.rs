//! What is in a directory, by its names and its manifest.

use super::super::directory::Directory;
use super::super::error::Error;
use super::super::format::frame::Place;
use super::super::format::header::{self, PartHeader, SegmentHeader};
use super::super::format::manifest::Manifest;
use super::super::format::names::{self, Kind};
use super::super::log::make_segment;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

/// The files of a directory.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) manifest: bool,
    pub(crate) segments: BTreeSet<u64>,
    /// Checkpoint and part.
    pub(crate) parts: BTreeSet<(u64, u32)>,
    aside: Vec<String>,
}

impl Listing {
    pub(crate) fn of(directory: &Directory) -> Result<Self, Error> {
        let mut listing = Self::default();
        for name in directory.list()? {
            match names::kind(&name) {
                Kind::Manifest => listing.manifest = true,
                Kind::Segment(number) => {
                    listing.segments.insert(number);
                }
                Kind::Part { checkpoint, part } => {
                    listing.parts.insert((checkpoint, part));
                }
                Kind::Aside => listing.aside.push(name),
                Kind::Other => {}
            }
        }
        Ok(listing)
    }

    /// Whether nothing was ever stored here: no manifest, and at most the segment that is made before it.
    pub(crate) fn is_new(&self, directory: &Directory) -> Result<bool, Error> {
        if self.manifest || !self.parts.is_empty() {
            return Ok(false);
        }
        for &segment in &self.segments {
            let length = directory.open(&names::segment(segment))?.length()?;
            if segment != 1 || length > header::SEGMENT {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The segments that `manifest` asks for, if they are all there.
    pub(crate) fn replayed(&self, manifest: &Manifest) -> Result<Vec<u64>, Error> {
        let mut expected = manifest.first_segment;
        for &segment in self.segments.range(manifest.first_segment..) {
            if segment != expected {
                break;
            }
            expected = expected.saturating_add(1);
        }
        let last = self.segments.last().copied().unwrap_or(0);
        if expected == manifest.first_segment || last > expected {
            let name = names::segment(expected);
            return Err(Error::damaged(&name, 0, "the segment, which is missing"));
        }
        Ok((manifest.first_segment..expected).collect())
    }

    /// What the manifest may have said, when it is unreadable: the newest checkpoint and all segments. Its parts are left out.
    pub(crate) fn guess(&self, directory: &Directory) -> Manifest {
        let checkpoint = self.parts.last().map_or(0, |(checkpoint, _)| *checkpoint);
        let front = |name: String| -> Option<Vec<u8>> {
            let file = directory.open(&name).ok()?;
            let length = file.length().ok()?;
            file.read_some(0, header::SEGMENT, length).ok()
        };
        let of_segment = |&number: &u64| {
            let header = SegmentHeader::decode(&front(names::segment(number))?);
            Some(header.ok()?.store)
        };
        let of_part = |&(checkpoint, part): &(u64, u32)| {
            let header = PartHeader::decode(&front(names::part(checkpoint, part))?);
            Some(header.ok()?.store)
        };
        let store = (self.segments.iter().find_map(of_segment))
            .or_else(|| self.parts.iter().find_map(of_part));
        Manifest {
            store: store.unwrap_or(0),
            checkpoint,
            timestamp: 0,
            first_segment: self.segments.first().copied().unwrap_or(1),
            parts: Vec::new(),
        }
    }

    /// Names of files that `manifest` does not need.
    pub(crate) fn leftovers(&self, manifest: &Manifest) -> Vec<String> {
        let mut names = self.aside.clone();
        let covered = self.segments.range(..manifest.first_segment);
        names.extend(covered.map(|&number| names::segment(number)));
        for &(checkpoint, part) in &self.parts {
            let counts =
                checkpoint == manifest.checkpoint && (part as usize) < manifest.parts.len();
            if !counts {
                names.push(names::part(checkpoint, part));
            }
        }
        names
    }
}

/// Reads the manifest.
pub(crate) fn read_manifest(directory: &Directory) -> Result<Manifest, Error> {
    let file = directory.open(names::MANIFEST)?;
    let length = file.length()?;
    let bytes = file.read_some(0, length, length)?;
    Manifest::decode(&bytes).map_err(|fault| fault.of(names::MANIFEST))
}

/// Makes a new directory's first segment and its manifest, in this order: a manifest without a segment is damage.
pub(crate) fn initialise(directory: &Directory) -> Result<Manifest, Error> {
    // std has no random numbers but these keys.
    let manifest = Manifest::new(RandomState::new().hash_one("store"));
    let place = Place {
        store: manifest.store,
        segment: manifest.first_segment,
    };
    make_segment(directory, place, 0)?;
    directory.publish(names::MANIFEST, &manifest.encode())?;
    Ok(manifest)
}
