//! The log's readers, on segments whose frames have right checksums and any contents, and are then spoiled.
#![no_main]

mod directory;

use arbitrary::Unstructured;
use directory::{Files, STORE, check, frame, header, spoil, words};
use libfuzzer_sys::fuzz_target;

fn segment(
    number: u64,
    timestamp: &mut u64,
    input: &mut Unstructured<'_>,
) -> arbitrary::Result<Vec<u8>> {
    let mut out = header(b"MTREELOG", 1, &words(&[STORE, number, *timestamp]));
    let mut transactions = 0_u64;
    while !input.is_empty() && input.ratio(7, 8)? {
        let body = match input.int_in_range(0..=7)? {
            0 => [&[0][..], &(out.len() as u64).to_le_bytes()].concat(),
            1 => [&[2][..], &transactions.to_le_bytes()].concat(),
            2 => input.bytes(input.len().min(20))?.to_vec(),
            _ => {
                *timestamp += 1;
                transactions += 1;
                let length = input.int_in_range(0..=40)?;
                [&[1][..], input.bytes(length)?].concat()
            }
        };
        let at = if body.first() == Some(&1) {
            *timestamp
        } else {
            0
        };
        let length = if input.ratio(1, 32)? {
            input.arbitrary()?
        } else {
            body.len() as u32
        };
        frame(&mut out, number, length, at, &body);
    }
    if input.ratio(1, 2)? {
        let seal = [&[2][..], &transactions.to_le_bytes()].concat();
        frame(&mut out, number, 9, 0, &seal);
    }
    Ok(out)
}

fn directory(input: &mut Unstructured<'_>) -> arbitrary::Result<Files> {
    let mut timestamp = 0;
    let manifest = header(b"MTREEMAN", 1, &words(&[STORE, 0, 0, 1]));
    let mut files = vec![("MANIFEST".to_owned(), manifest)];
    for number in 1..=input.int_in_range(1..=3)? {
        let bytes = segment(number, &mut timestamp, input)?;
        files.push((format!("{number:08}.log"), bytes));
    }
    spoil(&mut files, input)?;
    if input.ratio(1, 4)? {
        let rest = input.bytes(input.len())?;
        files[1].1.extend_from_slice(rest);
    }
    Ok(files)
}

fuzz_target!(|data: &[u8]| {
    if let Ok(files) = directory(&mut Unstructured::new(data)) {
        check(files);
    }
});
