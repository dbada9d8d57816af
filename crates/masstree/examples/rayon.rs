//! The map filled and read by rayon's threads, one guard for each piece of work.
//!
//! `cargo run -p masstree --example rayon`

use masstree::{InsertError, MassTree15Inline};
use rayon::prelude::*;

/// Keys a piece: enough that the guard costs nothing, few enough that removed memory is freed in time.
const PIECE: u64 = 1_000;
const PIECES: u64 = 500;

fn main() -> Result<(), InsertError> {
    let map: MassTree15Inline<u64> = MassTree15Inline::new();

    (0..PIECES).into_par_iter().try_for_each(|piece| {
        let guard = map.guard();
        (piece * PIECE..(piece + 1) * PIECE)
            .try_for_each(|i| map.insert_with_guard(&i.to_be_bytes(), i, &guard).map(drop))
    })?;
    println!("{} entries inserted", map.len());

    let sum: u64 = (0..PIECES)
        .into_par_iter()
        .map(|piece| {
            let guard = map.guard();
            // A batch goes down the tree side by side, so that the keys share their waits for memory.
            let keys: Vec<[u8; 8]> = (piece * PIECE..(piece + 1) * PIECE)
                .map(u64::to_be_bytes)
                .collect();
            map.get_many(&keys, &guard)
                .into_iter()
                .flatten()
                .sum::<u64>()
        })
        .sum();
    let n = PIECES * PIECE;
    assert_eq!(sum, n * (n - 1) / 2);
    println!("the values add up to {sum}");
    Ok(())
}
