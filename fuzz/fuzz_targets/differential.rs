//! A map of byte keys against `BTreeMap`: the comparison of masstree's own differential test, with the fuzzer's bytes for dice.
//!
//! The first byte chooses the width and the storage, each further decision takes one or two bytes, and the input's end is the end of the run.
#![no_main]

#[path = "../../crates/masstree/tests/differential/compare/mod.rs"]
mod compare;

use arbitrary::Unstructured;
use compare::{Dice, compare};
use libfuzzer_sys::fuzz_target;
use masstree::{INNER_WIDTH, Inline, Shared};

struct Bytes<'a>(Unstructured<'a>);

impl Dice for Bytes<'_> {
    fn below(&mut self, n: usize) -> usize {
        self.0.choose_index(n).unwrap_or(0)
    }

    fn operation(&mut self) -> bool {
        !self.0.is_empty()
    }
}

fuzz_target!(|data: &[u8]| {
    let mut dice = Bytes(Unstructured::new(data));
    match dice.below(6) {
        0 | 1 => compare::<_, Inline<u64>, 10, 3>(&mut dice),
        2 => compare::<_, Shared<u64>, 10, 3>(&mut dice),
        3 => compare::<_, Shared<u64>, 15, INNER_WIDTH>(&mut dice),
        4 => compare::<_, Inline<u64>, 24, INNER_WIDTH>(&mut dice),
        _ => compare::<_, Shared<u64>, 24, 3>(&mut dice),
    }
});
