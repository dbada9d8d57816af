//! Keys from a file of one key a line, plain, or compressed as its name's ending says (`.zst`, `.gz`).
//!
//! Bytes are taken as they are, whatever the encoding; only the line feed is left off. Repeats are left out and counted. The keys are
//! loaded in a random order of a fixed seed, since a file is often sorted.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::zipf::shuffle;
use super::{KeySet, Keys};

/// Why a file gives no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be opened or read.
    #[error("cannot read the keys in {}: {source}; name a file of one key a line, plain, .zst or .gz", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no line in it.
    #[error("no key in {}: give a file with at least one line", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A line is longer than the map takes.
    #[error("line {line} of {} has {len} bytes and a key has at most {limit}: shorten or remove it", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// Its length.
        len: usize,
        /// The longest key that there may be.
        limit: usize,
    },
}

/// The keys of a file.
#[derive(Debug)]
pub struct KeyFile {
    /// The keys, each once, and others that are not in the file.
    pub keys: KeySet,
    /// How many lines there were.
    pub lines: usize,
    /// How many of them repeated an earlier one.
    pub repeats: usize,
}

/// Reads the keys of `path`.
///
/// # Errors
/// If the file cannot be read, is empty, or has a line of more than `limit` bytes.
pub fn read(path: &Path, limit: usize) -> Result<KeyFile, KeyFileError> {
    let lines = all_lines(path, limit)?;
    let (present, repeats) = without_repeats(&lines);
    let absent = absent_keys(&present);
    Ok(KeyFile {
        keys: KeySet::new(present, absent),
        lines: lines.len(),
        repeats,
    })
}

/// Reads the lines of `path`, each once, in a random order.
///
/// # Errors
/// As [`read`].
pub fn read_lines(path: &Path, limit: usize) -> Result<Keys, KeyFileError> {
    Ok(without_repeats(&all_lines(path, limit)?).0)
}

/// All lines, as they are.
fn all_lines(path: &Path, limit: usize) -> Result<Keys, KeyFileError> {
    let failed = |source| KeyFileError::Read {
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    let input: Box<dyn Read> = match ending.as_ref().and_then(|ending| ending.to_str()) {
        Some("zst") => Box::new(zstd::Decoder::new(file).map_err(failed)?),
        Some("gz") => Box::new(flate2::read::MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut input = BufReader::with_capacity(1 << 20, input);
    let mut lines = Keys::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if line.len() > limit {
            let (line, len) = (lines.len() + 1, line.len());
            return Err(KeyFileError::TooLong {
                path: path.to_path_buf(),
                line,
                len,
                limit,
            });
        }
        lines.push(&line);
    }
    if lines.is_empty() {
        return Err(KeyFileError::Empty {
            path: path.to_path_buf(),
        });
    }
    Ok(lines)
}

/// Each line once, in a random order, and how many were left out.
fn without_repeats(lines: &Keys) -> (Keys, usize) {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_unstable_by_key(|i| lines.get(*i));
    order.dedup_by_key(|i| lines.get(*i));
    shuffle(&mut order, 2);
    let mut keys = Keys::with_capacity(order.len(), lines.total_bytes());
    order.iter().for_each(|i| keys.push(lines.get(*i)));
    (keys, lines.len() - order.len())
}

/// As many keys that are not among `present`, in their order: each the neighbour of a present one, with a byte more or with
/// its last byte changed.
fn absent_keys(present: &Keys) -> Keys {
    let mut order: Vec<&[u8]> = present.iter().collect();
    order.sort_unstable();
    let is_present = |key: &[u8]| order.binary_search(&key).is_ok();
    let mut made = std::collections::HashSet::with_capacity(present.len());
    let mut absent = Keys::with_capacity(present.len(), present.total_bytes() + 2 * present.len());
    for (i, key) in present.iter().enumerate() {
        let mut key = key.to_vec();
        if i % 2 == 0
            && let Some(last) = key.last_mut()
        {
            *last ^= 0x15;
        } else {
            key.push(b'~');
        }
        while is_present(&key) || made.contains(&key) {
            key.push(b'~');
        }
        absent.push(&key);
        made.insert(key);
    }
    absent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_left_out_and_absent_keys_are_absent() {
        let mut lines = Keys::default();
        for line in [b"b".as_slice(), b"", b"a", b"b", b"a~", b"\xff\x00"] {
            lines.push(line);
        }
        let (present, repeats) = without_repeats(&lines);
        assert_eq!((present.len(), repeats), (5, 1));
        let absent = absent_keys(&present);
        assert_eq!(absent.len(), 5);
        assert!(
            absent
                .iter()
                .all(|key| present.iter().all(|other| other != key))
        );
    }
}
