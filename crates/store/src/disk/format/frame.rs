//! A frame of a log segment: twenty bytes of header, and a body that is a transaction, a mark or a seal.
//!
//! A frame is valid in one place only: its header's checksum covers the offset, the segment and the store.

use super::change::Record;
use super::{Input, checksum};

/// Bytes in front of a body.
pub(crate) const HEADER: usize = 20;
/// The most bytes of a body.
pub(crate) const MAX_BODY: usize = 1 << 30;
/// Bytes of a whole mark or seal.
pub(crate) const NOTE: usize = HEADER + NOTE_BODY;
const NOTE_BODY: usize = 9;

const MARK: u8 = 0;
/// The first byte of a transaction's body.
pub(crate) const TRANSACTION: u8 = 1;
const SEAL: u8 = 2;

/// The segment that a frame belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) store: u64,
    pub(crate) segment: u64,
}

/// What a frame holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'a> {
    /// The segment is synced up to this offset.
    Mark(u64),
    Transaction(Record<'a>),
    /// The segment ends here, after so many transactions.
    Seal(u64),
}

/// What stands at an offset.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'a> {
    /// A frame of `length` bytes.
    Frame { length: usize, body: Body<'a> },
    /// The header of a frame that needs so many bytes, more than were given; the file has them.
    Longer(usize),
    /// No frame. `written` if its checksums hold, so that no crash can have made it.
    Bad {
        expected: &'static str,
        written: bool,
    },
}

/// Writes length and checksum of the body into the header of `frame`, which is a header's room and a body.
pub(crate) fn finish_body(frame: &mut [u8]) {
    let length = (frame.len() - HEADER) as u32;
    let sum = checksum(&frame[HEADER..]);
    frame[0..4].copy_from_slice(&length.to_le_bytes());
    frame[4..8].copy_from_slice(&sum.to_le_bytes());
}

/// Writes the rest of the header, for a frame whose body is finished, at `offset` of a segment.
pub(crate) fn finish(frame: &mut [u8], timestamp: u64, offset: u64, place: Place) {
    frame[8..16].copy_from_slice(&timestamp.to_le_bytes());
    let sum = header_sum(&frame[..16], offset, place);
    frame[16..20].copy_from_slice(&sum.to_le_bytes());
}

/// A whole mark.
pub(crate) fn mark(synced: u64, offset: u64, place: Place) -> [u8; NOTE] {
    note(MARK, synced, offset, place)
}

/// A whole seal.
pub(crate) fn seal(transactions: u64, offset: u64, place: Place) -> [u8; NOTE] {
    note(SEAL, transactions, offset, place)
}

fn note(kind: u8, value: u64, offset: u64, place: Place) -> [u8; NOTE] {
    let mut frame = [0; NOTE];
    frame[HEADER] = kind;
    frame[HEADER + 1..].copy_from_slice(&value.to_le_bytes());
    finish_body(&mut frame);
    finish(&mut frame, 0, offset, place);
    frame
}

fn header_sum(header: &[u8], offset: u64, place: Place) -> u32 {
    let mut summed = [0; 40];
    summed[..16].copy_from_slice(&header[..16]);
    summed[16..24].copy_from_slice(&offset.to_le_bytes());
    summed[24..32].copy_from_slice(&place.segment.to_le_bytes());
    summed[32..40].copy_from_slice(&place.store.to_le_bytes());
    checksum(&summed)
}

/// Tells what stands at `offset`. `bytes` are the file's from there on, and `left` is how many the file has.
pub(crate) fn read(bytes: &[u8], offset: u64, left: u64, place: Place) -> Found<'_> {
    let bad = |expected| Found::Bad {
        expected,
        written: false,
    };
    let Some((header, rest)) = bytes.split_at_checked(HEADER) else {
        return if left >= HEADER as u64 {
            Found::Longer(HEADER)
        } else {
            bad("a whole frame")
        };
    };
    let mut input = Input(header);
    let (Some(length), Some(body_sum), Some(timestamp), Some(sum)) =
        (input.u32(), input.u32(), input.u64(), input.u32())
    else {
        return bad("a whole frame");
    };
    let whole = HEADER + length as usize;
    if length == 0 || length as usize > MAX_BODY || sum != header_sum(header, offset, place) {
        return bad("the header of a frame");
    }
    if whole as u64 > left {
        return bad("a whole frame");
    }
    let Some(body) = rest.get(..length as usize) else {
        return Found::Longer(whole);
    };
    if checksum(body) != body_sum {
        return bad("the checksum of a frame's body");
    }
    match decode(timestamp, body) {
        Some(body) => Found::Frame {
            length: whole,
            body,
        },
        None => Found::Bad {
            expected: "the body of a frame",
            written: true,
        },
    }
}

fn decode(timestamp: u64, body: &[u8]) -> Option<Body<'_>> {
    let mut input = Input(body);
    let kind = input.u8()?;
    if kind == TRANSACTION {
        return Record::decode(timestamp, input.0).map(Body::Transaction);
    }
    if timestamp != 0 || body.len() != NOTE_BODY {
        return None;
    }
    match kind {
        MARK => input.u64().map(Body::Mark),
        SEAL => input.u64().map(Body::Seal),
        _ => None,
    }
}

/// The offset that a mark at the front of `bytes` vouches for, if a mark is there. Quick to say no.
pub(crate) fn read_mark(bytes: &[u8], offset: u64, place: Place) -> Option<u64> {
    let mark = bytes.get(..NOTE)?;
    if mark[0] != NOTE_BODY as u8 || mark[HEADER] != MARK {
        return None;
    }
    match read(mark, offset, NOTE as u64, place) {
        Found::Frame {
            body: Body::Mark(synced),
            ..
        } => Some(synced),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::format::change::{Change, encode};

    const PLACE: Place = Place {
        store: 5,
        segment: 6,
    };

    fn transaction() -> Vec<u8> {
        let mut frame = vec![0; HEADER];
        frame.push(TRANSACTION);
        encode(&[Change::Remove { key: b"key" }], &mut frame).unwrap();
        finish_body(&mut frame);
        finish(&mut frame, 77, 1000, PLACE);
        frame
    }

    fn is_frame(bytes: &[u8], offset: u64, place: Place) -> bool {
        matches!(
            read(bytes, offset, bytes.len() as u64, place),
            Found::Frame { .. }
        )
    }

    #[test]
    fn a_frame_is_valid_in_its_place_only() {
        let frame = transaction();
        assert!(is_frame(&frame, 1000, PLACE));
        assert!(!is_frame(&frame, 1001, PLACE));
        let elsewhere = [
            Place { store: 4, ..PLACE },
            Place {
                segment: 7,
                ..PLACE
            },
        ];
        for place in elsewhere {
            assert!(!is_frame(&frame, 1000, place));
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        for frame in [transaction(), mark(99, 1000, PLACE).to_vec()] {
            for bit in 0..frame.len() * 8 {
                let mut bad = frame.clone();
                bad[bit / 8] ^= 1 << (bit % 8);
                assert!(!is_frame(&bad, 1000, PLACE), "bit {bit}");
            }
        }
    }

    #[test]
    fn a_frame_that_is_cut_off_is_told_from_one_that_goes_on() {
        let frame = transaction();
        for length in 0..frame.len() {
            let left = frame.len() as u64;
            let more = read(&frame[..length], 1000, left, PLACE);
            assert!(matches!(more, Found::Longer(_)), "{length}");
            let cut = read(&frame[..length], 1000, length as u64, PLACE);
            assert!(matches!(cut, Found::Bad { written: false, .. }), "{length}");
        }
    }

    #[test]
    fn marks_are_found() {
        let frame = mark(99, 1000, PLACE);
        assert_eq!(read_mark(&frame, 1000, PLACE), Some(99));
        assert_eq!(read_mark(&frame, 999, PLACE), None);
        assert_eq!(read_mark(&seal(99, 1000, PLACE), 1000, PLACE), None);
        assert_eq!(read_mark(&frame[..28], 1000, PLACE), None);
    }
}
