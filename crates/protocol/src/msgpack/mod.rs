//! As much of MessagePack as the protocol needs: the format's tags, a cursor, a scanner that finds where a message ends, and a writer.
//!
//! Written here rather than taken from `rmp`, because three things are wanted that its reader does not do: to stop at the end of the
//! input and go on from there, to refuse by limits before anything is taken, and to say at which byte. `rmp` and `rmpv` are the
//! reference that the tests hold this against.

pub(crate) mod read;
pub(crate) mod scan;
pub(crate) mod write;

/// First bytes of values. Those that hold a value or length in themselves are ranges.
pub(crate) mod tag {
    pub(crate) const FIXMAP: u8 = 0x80;
    pub(crate) const FIXARRAY: u8 = 0x90;
    pub(crate) const FIXSTR: u8 = 0xA0;
    pub(crate) const NIL: u8 = 0xC0;
    pub(crate) const RESERVED: u8 = 0xC1;
    pub(crate) const FALSE: u8 = 0xC2;
    pub(crate) const TRUE: u8 = 0xC3;
    pub(crate) const BIN8: u8 = 0xC4;
    pub(crate) const BIN16: u8 = 0xC5;
    pub(crate) const BIN32: u8 = 0xC6;
    pub(crate) const EXT8: u8 = 0xC7;
    pub(crate) const EXT32: u8 = 0xC9;
    pub(crate) const F32: u8 = 0xCA;
    pub(crate) const F64: u8 = 0xCB;
    pub(crate) const U8: u8 = 0xCC;
    pub(crate) const U16: u8 = 0xCD;
    pub(crate) const U32: u8 = 0xCE;
    pub(crate) const U64: u8 = 0xCF;
    pub(crate) const I8: u8 = 0xD0;
    pub(crate) const I16: u8 = 0xD1;
    pub(crate) const I32: u8 = 0xD2;
    pub(crate) const I64: u8 = 0xD3;
    pub(crate) const FIXEXT1: u8 = 0xD4;
    pub(crate) const FIXEXT16: u8 = 0xD8;
    pub(crate) const STR8: u8 = 0xD9;
    pub(crate) const STR16: u8 = 0xDA;
    pub(crate) const STR32: u8 = 0xDB;
    pub(crate) const ARRAY16: u8 = 0xDC;
    pub(crate) const ARRAY32: u8 = 0xDD;
    pub(crate) const MAP16: u8 = 0xDE;
    pub(crate) const MAP32: u8 = 0xDF;
    /// Integers from -32 to -1.
    pub(crate) const NEGATIVE: u8 = 0xE0;

    /// Whether an extension type begins so.
    pub(crate) fn is_extension(first: u8) -> bool {
        matches!(first, EXT8..=EXT32 | FIXEXT1..=FIXEXT16)
    }
}
