//! The manifest: which checkpoint counts, and where the log goes on behind it.

use super::{Fault, header};

const MAGIC: &[u8; 8] = b"MTREEMAN";

/// What counts in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) store: u64,
    /// The number of the checkpoint; 0 for none.
    pub(crate) checkpoint: u64,
    /// The newest timestamp that the checkpoint holds.
    pub(crate) timestamp: u64,
    pub(crate) first_segment: u64,
    pub(crate) parts: Vec<PartSize>,
}

/// How much a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartSize {
    pub(crate) length: u64,
    pub(crate) rows: u64,
}

impl Manifest {
    /// The manifest of a new directory.
    pub(crate) fn new(store: u64) -> Self {
        Self {
            store,
            checkpoint: 0,
            timestamp: 0,
            first_segment: 1,
            parts: Vec::new(),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        let mut put = |value: u64| fields.extend_from_slice(&value.to_le_bytes());
        put(self.store);
        put(self.checkpoint);
        put(self.timestamp);
        put(self.first_segment);
        for part in &self.parts {
            put(part.length);
            put(part.rows);
        }
        header::frame(MAGIC, &fields)
    }

    /// Reads a whole file.
    pub(crate) fn decode(file: &[u8]) -> Result<Self, Fault> {
        let input = header::fields(MAGIC, file)?;
        let damaged = |offset, expected| Fault::Damaged { offset, expected };
        // Magic, version and length in front of the fields, the checksum behind.
        let end = 16 + input.0.len() as u64 + 4;
        if end != file.len() as u64 {
            return Err(damaged(end, "the end of the file"));
        }
        let (words, rest) = input.0.as_chunks::<8>();
        let words: Vec<u64> = words.iter().copied().map(u64::from_le_bytes).collect();
        let ([store, checkpoint, timestamp, first_segment, sizes @ ..], []) = (&*words, rest)
        else {
            return Err(damaged(16, "the fields of a manifest"));
        };
        let (sizes, []) = sizes.as_chunks::<2>() else {
            return Err(damaged(48, "whole sizes of parts"));
        };
        if *checkpoint == 0 && !sizes.is_empty() {
            return Err(damaged(24, "a checkpoint for the parts"));
        }
        Ok(Self {
            store: *store,
            checkpoint: *checkpoint,
            timestamp: *timestamp,
            first_segment: *first_segment,
            parts: sizes
                .iter()
                .map(|&[length, rows]| PartSize { length, rows })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_come_back() {
        let mut manifest = Manifest::new(3);
        assert_eq!(Manifest::decode(&manifest.encode()), Ok(manifest.clone()));
        manifest.checkpoint = 4;
        manifest.timestamp = 5;
        manifest.first_segment = 6;
        manifest.parts = vec![
            PartSize { length: 7, rows: 8 },
            PartSize { length: 9, rows: 0 },
        ];
        let bytes = manifest.encode();
        assert_eq!(bytes.len(), 52 + 32);
        assert_eq!(Manifest::decode(&bytes), Ok(manifest));
    }

    #[test]
    fn other_bytes_are_refused() {
        let mut bytes = Manifest::new(3).encode();
        for length in 0..bytes.len() {
            assert!(Manifest::decode(&bytes[..length]).is_err());
        }
        bytes.push(0);
        assert!(Manifest::decode(&bytes).is_err());
        for length in [24, 56, 40] {
            let odd = header::frame(MAGIC, &vec![1; length]);
            assert!(Manifest::decode(&odd).is_err());
        }
    }
}
