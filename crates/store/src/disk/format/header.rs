//! The start of a file: magic, version, length, fields, checksum; and the headers of segments and parts.

use super::{Fault, Input, checksum};

/// The version of the format that this program writes, and the newest that it reads.
pub(crate) const VERSION: u32 = 1;
/// Bytes of magic, version and length.
const START: usize = 16;
/// Length of a segment's header.
pub(crate) const SEGMENT: u64 = 44;
/// Length of a part's header.
pub(crate) const PART: u64 = 40;

const SEGMENT_MAGIC: &[u8; 8] = b"MTREELOG";
const PART_MAGIC: &[u8; 8] = b"MTREEPRT";

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) store: u64,
    pub(crate) number: u64,
    /// All timestamps in the segment are above.
    pub(crate) floor: u64,
}

/// What a part says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartHeader {
    pub(crate) store: u64,
    pub(crate) checkpoint: u64,
    pub(crate) part: u32,
}

/// Puts magic, version, length and checksum around `fields`.
pub(crate) fn frame(magic: &[u8; 8], fields: &[u8]) -> Vec<u8> {
    let length = START + fields.len() + 4;
    let mut out = Vec::with_capacity(length);
    out.extend_from_slice(magic);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(length as u32).to_le_bytes());
    out.extend_from_slice(fields);
    let sum = checksum(&out);
    out.extend_from_slice(&sum.to_le_bytes());
    out
}

/// The fields of a header that stands at the front of `file`. Checks what every version has.
pub(crate) fn fields<'a>(magic: &[u8; 8], file: &'a [u8]) -> Result<Input<'a>, Fault> {
    let damaged = |offset, expected| Fault::Damaged { offset, expected };
    let mut input = Input(file);
    if input.take(8) != Some(magic) {
        return Err(damaged(0, "the magic number of this kind of file"));
    }
    let short = damaged(8, "a whole header");
    let version = input.u32().ok_or(short)?;
    let length = input.u32().ok_or(short)? as usize;
    if length < START + 4 {
        return Err(damaged(12, "the length of a header"));
    }
    let Some(whole) = file.get(..length) else {
        return Err(damaged(12, "a header that the file holds"));
    };
    let (summed, sum) = whole.split_at(length - 4);
    if Input(sum).u32() != Some(checksum(summed)) {
        return Err(damaged(0, "the checksum of the header"));
    }
    if version > VERSION {
        return Err(Fault::Newer { version });
    }
    if version == 0 {
        return Err(damaged(8, "a format version"));
    }
    Ok(Input(&summed[START..]))
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let fields = [self.store, self.number, self.floor].map(u64::to_le_bytes);
        frame(SEGMENT_MAGIC, fields.as_flattened())
    }

    /// Reads the header at the front of `file`.
    pub(crate) fn decode(file: &[u8]) -> Result<Self, Fault> {
        let mut input = fields(SEGMENT_MAGIC, file)?;
        let header = (|| {
            Some(Self {
                store: input.u64()?,
                number: input.u64()?,
                floor: input.u64()?,
            })
        })();
        whole(header, input, "the fields of a segment")
    }
}

impl PartHeader {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut fields = Vec::with_capacity(20);
        fields.extend_from_slice(&self.store.to_le_bytes());
        fields.extend_from_slice(&self.checkpoint.to_le_bytes());
        fields.extend_from_slice(&self.part.to_le_bytes());
        frame(PART_MAGIC, &fields)
    }

    /// Reads the header at the front of `file`.
    pub(crate) fn decode(file: &[u8]) -> Result<Self, Fault> {
        let mut input = fields(PART_MAGIC, file)?;
        let header = (|| {
            Some(Self {
                store: input.u64()?,
                checkpoint: input.u64()?,
                part: input.u32()?,
            })
        })();
        whole(header, input, "the fields of a part")
    }
}

/// The header, if all of its fields were there and nothing else.
fn whole<T>(header: Option<T>, rest: Input<'_>, expected: &'static str) -> Result<T, Fault> {
    match header {
        Some(header) if rest.0.is_empty() => Ok(header),
        _ => Err(Fault::Damaged {
            offset: START as u64,
            expected,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: SegmentHeader = SegmentHeader {
        store: 0x0123_4567_89ab_cdef,
        number: 7,
        floor: 42,
    };

    #[test]
    fn headers_come_back() {
        let bytes = HEADER.encode();
        assert_eq!(bytes.len() as u64, SEGMENT);
        assert_eq!(SegmentHeader::decode(&bytes), Ok(HEADER));
        let part = PartHeader {
            store: 1,
            checkpoint: 2,
            part: 3,
        };
        assert_eq!(part.encode().len() as u64, PART);
        assert_eq!(PartHeader::decode(&part.encode()), Ok(part));
        assert!(PartHeader::decode(&bytes).is_err());
    }

    #[test]
    fn every_flipped_bit_is_damage() {
        let bytes = HEADER.encode();
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let fault = SegmentHeader::decode(&bad);
            assert!(matches!(fault, Err(Fault::Damaged { .. })), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(SegmentHeader::decode(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn an_intact_newer_header_is_newer() {
        let mut bytes = HEADER.encode();
        bytes[8] = 2;
        let end = bytes.len() - 4;
        let sum = checksum(&bytes[..end]);
        bytes[end..].copy_from_slice(&sum.to_le_bytes());
        assert_eq!(
            SegmentHeader::decode(&bytes),
            Err(Fault::Newer { version: 2 })
        );
    }
}
