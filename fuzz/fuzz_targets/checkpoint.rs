//! The checkpoint's and the manifest's readers, on parts whose blocks have right checksums and any contents, and are then spoiled.
#![no_main]

mod directory;

use arbitrary::Unstructured;
use directory::{Files, STORE, block, check, header, spoil, words};
use libfuzzer_sys::fuzz_target;

const CHECKPOINT: u64 = 3;

/// A part, and the rows that its blocks say they have.
fn part(
    number: u32,
    keys: &mut u16,
    input: &mut Unstructured<'_>,
) -> arbitrary::Result<(Vec<u8>, u64)> {
    let fields = [&words(&[STORE, CHECKPOINT])[..], &number.to_le_bytes()].concat();
    let mut out = header(b"MTREEPRT", 1, &fields);
    let mut all = 0;
    while !input.is_empty() && input.ratio(3, 4)? {
        let mut body = Vec::new();
        let mut rows = 0;
        let mut unpacked = None;
        let mut packing = 0;
        if input.ratio(1, 2)? {
            // Rows as they should be, with keys that no other row has.
            while !input.is_empty() && input.ratio(3, 4)? {
                let length = input.int_in_range(0..=20)?;
                body.push(2);
                body.extend_from_slice(&keys.to_be_bytes());
                body.push(length as u8);
                body.extend_from_slice(input.bytes(length)?);
                *keys = keys.wrapping_add(1);
                rows += 1;
            }
        } else {
            let length = input.int_in_range(1..=100)?;
            body = input.bytes(length)?.to_vec();
            packing = input.int_in_range(0..=2)?;
            rows = input.int_in_range(0..=4)?;
            if packing > 0 {
                unpacked = Some(if input.ratio(1, 16)? {
                    input.arbitrary()?
                } else {
                    input.int_in_range(0..=1000)?
                });
            }
        }
        let stored = body.len() as u32;
        let sizes = [stored, unpacked.unwrap_or(stored), rows, packing];
        block(&mut out, (CHECKPOINT, number), sizes, &body);
        all += u64::from(rows);
    }
    Ok((out, all))
}

fn directory(input: &mut Unstructured<'_>) -> arbitrary::Result<Files> {
    let mut files = Files::new();
    let mut fields = words(&[STORE, CHECKPOINT, 7, 4]);
    let mut keys = 0;
    for number in 0..input.int_in_range(1..=2)? {
        let (bytes, rows) = part(number, &mut keys, input)?;
        fields.extend(words(&[bytes.len() as u64, rows]));
        files.push((format!("{CHECKPOINT:08}-{number:04}.part"), bytes));
    }
    let version = if input.ratio(1, 32)? {
        input.arbitrary()?
    } else {
        1
    };
    files.push(("MANIFEST".to_owned(), header(b"MTREEMAN", version, &fields)));
    let log = header(b"MTREELOG", 1, &words(&[STORE, 4, 7]));
    files.push(("00000004.log".to_owned(), log));
    spoil(&mut files, input)?;
    Ok(files)
}

fuzz_target!(|data: &[u8]| {
    if let Ok(files) = directory(&mut Unstructured::new(data)) {
        check(files);
    }
});
