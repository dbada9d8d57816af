//! Finds where a message ends, however it is cut into pieces.
//!
//! A message has no length in front. The scanner steps over its values header by header and remembers where it was and how many
//! elements each open array still lacks, so every header is looked at once, and the bytes of a str or bin not at all. Limits are
//! checked on headers, before what they announce has arrived. What it needs is a fixed size, since the depth is limited.

use super::tag;
use crate::error::{Malformed, MalformedKind};
use crate::limits::{Limits, MAX_DEPTH};

/// How far the scanner came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The message ends here: this many bytes from the start of the buffer.
    Whole(usize),
    /// At least this many bytes are missing.
    Partial(usize),
}

/// A str or bin that is longer than any key or value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oversize {
    pub(crate) len: usize,
    pub(crate) offset: usize,
}

/// Where the scan of one message stands.
#[derive(Clone, Debug)]
pub(crate) struct Scanner {
    /// The next header in the buffer; past its end while a str or bin is incomplete.
    at: usize,
    /// Bytes of the message that are no longer in the buffer.
    gone: usize,
    depth: usize,
    /// Values that each open array or map still lacks, outermost first.
    lacking: [u64; MAX_DEPTH],
    oversize: Option<Oversize>,
    /// Whether the sequence number may be nil.
    nil_seq: bool,
    seq_checked: bool,
}

impl Scanner {
    /// For a request.
    pub(crate) fn new() -> Self {
        Self {
            nil_seq: false,
            seq_checked: false,
            at: 0,
            gone: 0,
            depth: 0,
            lacking: [0; MAX_DEPTH],
            oversize: None,
        }
    }

    /// For a reply, whose sequence number may be nil.
    pub(crate) fn for_reply() -> Self {
        Self {
            nil_seq: true,
            ..Self::new()
        }
    }

    /// Whether nothing of the message was seen yet.
    #[inline]
    pub(crate) fn is_fresh(&self) -> bool {
        self.depth == 0
    }

    /// Length of the message as far as headers announced it, in bytes.
    pub(crate) fn known(&self) -> usize {
        self.gone + self.at
    }

    /// The first str or bin that was longer than a key or value may be.
    pub(crate) fn oversize(&self) -> Option<Oversize> {
        self.oversize
    }

    /// Gives up the bytes that were scanned; the next call's buffer begins after them. Returns how many they are.
    pub(crate) fn forget(&mut self, buffered: usize) -> usize {
        let dropped = self.at.min(buffered);
        self.at -= dropped;
        self.gone += dropped;
        dropped
    }

    /// Goes on as far as the buffer reaches.
    ///
    /// Between calls for one message the buffer may only grow at its end, apart from what [`forget`](Self::forget) gave up.
    pub(crate) fn scan(&mut self, buffer: &[u8], limits: &Limits) -> Result<Progress, Malformed> {
        if self.depth == 0 {
            match self.open_message(buffer, limits)? {
                Some(count) => self.lacking[0] = count,
                None => return Ok(Progress::Partial(1)),
            }
            self.depth = 1;
        }
        if !self.seq_checked {
            let Some(&first) = buffer.get(self.at) else {
                return Ok(Progress::Partial(1));
            };
            self.check_seq(first)?;
            self.seq_checked = true;
        }
        loop {
            let lacking = &mut self.lacking[self.depth - 1];
            if *lacking == 0 {
                self.depth -= 1;
                if self.depth > 0 {
                    continue;
                }
                // Put back, so that the message is not taken for a fresh one when it still has to end.
                self.depth = 1;
                return Ok(self.settle(buffer.len()));
            }
            let Some(header) = Header::read(buffer, self.at) else {
                let missing = self.at.saturating_sub(buffer.len()) + 1;
                self.check_length(buffer.len(), limits)?;
                return Ok(Progress::Partial(missing));
            };
            *lacking -= 1;
            let offset = self.at;
            self.at += header.size;
            self.check_length(self.at, limits)?;
            match header.holds {
                Holds::Nothing => {}
                Holds::Bytes(len) => {
                    self.at = self.at.saturating_add(len);
                    self.check_length(self.at, limits)?;
                    if len > limits.longest_bytes() && self.oversize.is_none() {
                        let offset = self.gone + offset;
                        self.oversize = Some(Oversize { len, offset });
                    }
                }
                Holds::Values { count, each } => self.open(count, each, offset, limits)?,
                Holds::Extension => return Err(self.malformed(MalformedKind::Extension, offset)),
                Holds::Reserved => {
                    return Err(self.malformed(MalformedKind::NotMessagePack, offset));
                }
            }
        }
    }

    /// The outermost array's count; nothing if its header is not whole.
    fn open_message(&mut self, buffer: &[u8], limits: &Limits) -> Result<Option<u64>, Malformed> {
        let Some(&first) = buffer.get(self.at) else {
            return Ok(None);
        };
        match first {
            tag::FIXARRAY..=0x9F | tag::ARRAY16 | tag::ARRAY32 => {}
            tag::RESERVED => return Err(self.malformed(MalformedKind::NotMessagePack, self.at)),
            _ => return Err(self.malformed(MalformedKind::NotAnArray, self.at)),
        }
        let Some(header) = Header::read(buffer, self.at) else {
            return Ok(None);
        };
        let Holds::Values { count, .. } = header.holds else {
            return Err(self.malformed(MalformedKind::NotAnArray, self.at));
        };
        self.check_count(count, self.at, limits)?;
        if count == 0 {
            return Err(self.malformed(MalformedKind::Empty, self.at));
        }
        self.at += header.size;
        Ok(Some(count as u64))
    }

    /// The first element must be an integer. What is no value at all is left to the scan.
    fn check_seq(&self, first: u8) -> Result<(), Malformed> {
        let right = match first {
            0..=0x7F | tag::U8..=tag::I64 | tag::NEGATIVE..=0xFF => true,
            tag::NIL => self.nil_seq,
            tag::RESERVED => true,
            _ => tag::is_extension(first),
        };
        if !right {
            return Err(self.malformed(MalformedKind::SeqNotInteger, self.at));
        }
        Ok(())
    }

    /// Enters an array or map.
    fn open(
        &mut self,
        count: usize,
        each: u64,
        offset: usize,
        limits: &Limits,
    ) -> Result<(), Malformed> {
        self.check_count(count, offset, limits)?;
        if self.depth == MAX_DEPTH {
            let kind = MalformedKind::TooDeep { limit: MAX_DEPTH };
            return Err(self.malformed(kind, offset));
        }
        self.lacking[self.depth] = count as u64 * each;
        self.depth += 1;
        Ok(())
    }

    /// The last value's header was seen; whether its bytes are there too.
    fn settle(&self, buffered: usize) -> Progress {
        match self.at.checked_sub(buffered) {
            None | Some(0) => Progress::Whole(self.at),
            Some(missing) => Progress::Partial(missing),
        }
    }

    fn check_count(&self, count: usize, offset: usize, limits: &Limits) -> Result<(), Malformed> {
        let limit = limits.max_elements;
        if count > limit {
            let kind = MalformedKind::TooManyElements { count, limit };
            return Err(self.malformed(kind, offset));
        }
        Ok(())
    }

    #[inline]
    fn check_length(&self, end: usize, limits: &Limits) -> Result<(), Malformed> {
        let limit = limits.max_message;
        if self.gone.saturating_add(end) > limit {
            let kind = MalformedKind::TooLong { limit };
            return Err(Malformed {
                kind,
                offset: limit,
            });
        }
        Ok(())
    }

    #[cold]
    fn malformed(&self, kind: MalformedKind, offset: usize) -> Malformed {
        let offset = self.gone + offset;
        Malformed { kind, offset }
    }
}

/// The first bytes of a value, and what follows them.
struct Header {
    size: usize,
    holds: Holds,
}

enum Holds {
    Nothing,
    Bytes(usize),
    /// A map is `count` times two values.
    Values {
        count: usize,
        each: u64,
    },
    Extension,
    Reserved,
}

impl Header {
    /// Nothing if the buffer ends before the header does.
    #[inline]
    fn read(buffer: &[u8], at: usize) -> Option<Self> {
        let rest = buffer.get(at..)?;
        let first = *rest.first()?;
        let (size, holds) = match first {
            0..=0x7F | tag::NEGATIVE..=0xFF | tag::NIL | tag::FALSE | tag::TRUE => {
                (1, Holds::Nothing)
            }
            tag::FIXSTR..=0xBF => (1, Holds::Bytes((first & 0x1F).into())),
            tag::FIXARRAY..=0x9F => (1, Holds::values(first & 0x0F, 1)),
            tag::FIXMAP..=0x8F => (1, Holds::values(first & 0x0F, 2)),
            tag::U8 | tag::I8 => (2, Holds::Nothing),
            tag::U16 | tag::I16 => (3, Holds::Nothing),
            tag::U32 | tag::I32 | tag::F32 => (5, Holds::Nothing),
            tag::U64 | tag::I64 | tag::F64 => (9, Holds::Nothing),
            tag::BIN8 | tag::STR8 => (2, Holds::Bytes((*rest.get(1)?).into())),
            tag::BIN16 | tag::STR16 => (3, Holds::Bytes(length16(rest)?)),
            tag::BIN32 | tag::STR32 => (5, Holds::Bytes(length32(rest)?)),
            tag::ARRAY16 => (3, Holds::values(length16(rest)?, 1)),
            tag::ARRAY32 => (5, Holds::values(length32(rest)?, 1)),
            tag::MAP16 => (3, Holds::values(length16(rest)?, 2)),
            tag::MAP32 => (5, Holds::values(length32(rest)?, 2)),
            tag::RESERVED => (1, Holds::Reserved),
            _ => (1, Holds::Extension),
        };
        (rest.len() >= size).then_some(Self { size, holds })
    }
}

impl Holds {
    fn values(count: impl Into<usize>, each: u64) -> Self {
        let count = count.into();
        Self::Values { count, each }
    }
}

fn length16(rest: &[u8]) -> Option<usize> {
    let bytes = rest.get(1..3)?.try_into().ok()?;
    Some(u16::from_be_bytes(bytes).into())
}

fn length32(rest: &[u8]) -> Option<usize> {
    let bytes = rest.get(1..5)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(bytes)).ok()
}
