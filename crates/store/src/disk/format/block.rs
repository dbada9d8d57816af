//! A block of a checkpoint's part: some rows under one checksum, packed or not.

use super::change::check_key;
use super::{Input, checksum, put_varint};
use crate::disk::Error;

/// Bytes in front of a body.
pub(crate) const HEADER: usize = 24;
/// A block is closed once its rows have so many bytes.
pub(crate) const TARGET: usize = 256 << 10;
/// LZ4 makes nothing smaller than one part in so many.
const MAX_RATIO: u64 = 255;
/// The most bytes of a body.
const MAX_BODY: u64 = (1 << 31) - 1;

const PLAIN: u32 = 0;
const LZ4: u32 = 1;

/// The part that a block belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) store: u64,
    pub(crate) checkpoint: u64,
    pub(crate) part: u32,
}

/// The header of a block, whose checksum holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) stored: u32,
    unpacked: u32,
    pub(crate) rows: u32,
    packing: u32,
    sum: u32,
}

/// Appends a row to a body.
pub(crate) fn put_row(body: &mut Vec<u8>, key: &[u8], row: &[u8]) -> Result<(), Error> {
    check_key(key)?;
    let limit = MAX_BODY / 2;
    if row.len() as u64 > limit {
        return Err(Error::TooLarge {
            what: "a row",
            length: row.len() as u64,
            limit,
        });
    }
    put_varint(body, key.len() as u32);
    body.extend_from_slice(key);
    put_varint(body, row.len() as u32);
    body.extend_from_slice(row);
    Ok(())
}

/// Makes the block of `rows` rows in `body`, which stands at `offset` of a part, in `out`.
pub(crate) fn encode(
    body: &[u8],
    rows: u32,
    pack: bool,
    offset: u64,
    place: Place,
    out: &mut Vec<u8>,
) {
    out.clear();
    out.resize(HEADER, 0);
    let mut packing = PLAIN;
    if pack {
        out.resize(
            HEADER + lz4_flex::block::get_maximum_output_size(body.len()),
            0,
        );
        // It fits: the room is the most that LZ4 may need.
        if let Ok(length) = lz4_flex::block::compress_into(body, &mut out[HEADER..])
            && length < body.len()
        {
            out.truncate(HEADER + length);
            packing = LZ4;
        }
    }
    if packing == PLAIN {
        out.truncate(HEADER);
        out.extend_from_slice(body);
    }
    let stored = out.len() - HEADER;
    let words = [
        stored as u32,
        body.len() as u32,
        rows,
        packing,
        checksum(&out[HEADER..]),
    ];
    out[..20].copy_from_slice(words.map(u32::to_le_bytes).as_flattened());
    let sum = header_sum(&out[..20], offset, place);
    out[20..HEADER].copy_from_slice(&sum.to_le_bytes());
}

fn header_sum(header: &[u8], offset: u64, place: Place) -> u32 {
    let mut summed = [0; 48];
    summed[..20].copy_from_slice(&header[..20]);
    summed[20..28].copy_from_slice(&offset.to_le_bytes());
    summed[28..36].copy_from_slice(&place.checkpoint.to_le_bytes());
    summed[36..44].copy_from_slice(&place.store.to_le_bytes());
    summed[44..48].copy_from_slice(&place.part.to_le_bytes());
    checksum(&summed)
}

impl Header {
    /// Reads the header at the front of `bytes`, at `offset` of a part that has `left` bytes from there on. `None` if it is not
    /// one, or if its body would be longer than the part.
    pub(crate) fn decode(bytes: &[u8], offset: u64, left: u64, place: Place) -> Option<Self> {
        let header = bytes.get(..HEADER)?;
        let mut input = Input(header);
        let found = Self {
            stored: input.u32()?,
            unpacked: input.u32()?,
            rows: input.u32()?,
            packing: input.u32()?,
            sum: input.u32()?,
        };
        if input.u32()? != header_sum(header, offset, place) {
            return None;
        }
        let (stored, unpacked) = (u64::from(found.stored), u64::from(found.unpacked));
        let sizes = match found.packing {
            PLAIN => stored == unpacked,
            LZ4 => unpacked <= stored * MAX_RATIO,
            _ => false,
        };
        let fits = stored > 0 && stored + HEADER as u64 <= left && stored <= MAX_BODY;
        (sizes && fits && unpacked <= MAX_BODY).then_some(found)
    }

    /// Checks and unpacks the body as stored, and calls `row` with each row. `None` if the body is not intact; rows that were
    /// visited before that was noticed are right all the same, since the checksum is looked at first.
    pub(crate) fn rows<E>(
        &self,
        stored: &[u8],
        unpacked: &mut Vec<u8>,
        mut row: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Option<Result<(), E>> {
        if stored.len() != self.stored as usize || checksum(stored) != self.sum {
            return None;
        }
        let mut input = if self.packing == LZ4 {
            unpacked.resize(self.unpacked as usize, 0);
            let length = lz4_flex::block::decompress_into(stored, unpacked).ok()?;
            if length != unpacked.len() {
                return None;
            }
            Input(unpacked)
        } else {
            Input(stored)
        };
        for _ in 0..self.rows {
            let (key, value) = (input.bytes()?, input.bytes()?);
            if let Err(error) = row(key, value) {
                return Some(Err(error));
            }
        }
        input.0.is_empty().then_some(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place {
        store: 1,
        checkpoint: 2,
        part: 3,
    };

    fn block(pack: bool) -> (Vec<u8>, Vec<u8>) {
        let mut body = Vec::new();
        for i in 0..20_u8 {
            put_row(&mut body, &[i], &[7; 30]).unwrap();
        }
        let mut out = Vec::new();
        encode(&body, 20, pack, 40, PLACE, &mut out);
        (body, out)
    }

    fn rows(bytes: &[u8]) -> Option<usize> {
        let header = Header::decode(bytes, 40, bytes.len() as u64, PLACE)?;
        let mut count = 0;
        header
            .rows(&bytes[HEADER..], &mut Vec::new(), |key, row| {
                assert_eq!((key, row), (&[count as u8][..], &[7; 30][..]));
                count += 1;
                Ok::<_, ()>(())
            })?
            .ok()?;
        Some(count)
    }

    #[test]
    fn blocks_come_back() {
        for pack in [false, true] {
            let (body, out) = block(pack);
            assert_eq!(out.len() < body.len(), pack);
            assert_eq!(rows(&out), Some(20));
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        for pack in [false, true] {
            let (_, out) = block(pack);
            for bit in 0..out.len() * 8 {
                let mut bad = out.clone();
                bad[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(rows(&bad), None, "bit {bit}");
            }
        }
    }

    #[test]
    fn what_does_not_shrink_is_stored_as_it_is() {
        let body = [3, 9, 1, 200, 2, 5, 4];
        let mut out = Vec::new();
        encode(&body, 1, true, 40, PLACE, &mut out);
        assert_eq!(&out[HEADER..], body);
    }

    #[test]
    fn a_block_longer_than_its_part_is_refused() {
        let (_, out) = block(true);
        let left = out.len() as u64 - 1;
        assert_eq!(Header::decode(&out, 40, left, PLACE), None);
        assert_eq!(Header::decode(&out, 41, left + 1, PLACE), None);
    }
}
