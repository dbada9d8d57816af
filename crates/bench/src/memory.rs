//! Resident bytes a key, measured in a process of its own.
//!
//! The parent starts the program anew and hands the keys over on standard input, so that the child makes no garbage that the map could
//! reuse: it allocates the keys once, at their size, reads its resident set, loads the map, and reads it again.

use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::contestants::Entry;
use crate::keys::Keys;
use crate::machine::resident_bytes;
use crate::race::Plan;
use crate::script::{Op, Script, Truth};

/// How many empty maps share out the cost of one.
const EMPTY_MAPS: usize = 4_000;

/// How many entries share out what the process sets up once: of small maps as many are loaded as it takes.
const LEAST_ENTRIES: usize = 1_000_000;

/// How the program is started anew to measure.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The program.
    pub program: PathBuf,
    /// The arguments that make it call [`answer`]; the contestant's name, and `integer` or `bytes`, follow.
    pub arguments: Vec<String>,
}

impl Probe {
    /// The bytes a key of a map that holds `keys`, or those of an empty map if there is none.
    ///
    /// # Errors
    /// If the child cannot be started, or fails.
    pub fn measure(&self, entry: &Entry, integer: bool, keys: &Keys) -> io::Result<f64> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .arg(entry.id)
            .arg(if integer { "integer" } else { "bytes" });
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(input) = child.stdin.take() {
            send(keys, BufWriter::new(input))?;
        }
        let output = child.wait_with_output()?;
        let number = String::from_utf8_lossy(&output.stdout).trim().parse();
        number.map_err(|_| {
            io::Error::other(format!(
                "the process that measures the memory of {} failed",
                entry.id
            ))
        })
    }
}

/// Writes keys: how many, how many bytes, then each with its length.
fn send(keys: &Keys, mut output: impl Write) -> io::Result<()> {
    output.write_all(&(keys.len() as u64).to_le_bytes())?;
    output.write_all(&(keys.total_bytes() as u64).to_le_bytes())?;
    for key in keys.iter() {
        output.write_all(&(key.len() as u32).to_le_bytes())?;
        output.write_all(key)?;
    }
    output.flush()
}

/// Reads what [`send`] wrote.
fn receive(mut input: impl Read) -> io::Result<Keys> {
    let mut word = [0; 8];
    input.read_exact(&mut word)?;
    let count = u64::from_le_bytes(word) as usize;
    input.read_exact(&mut word)?;
    let mut keys = Keys::with_capacity(count, u64::from_le_bytes(word) as usize);
    let mut key = Vec::new();
    let mut len = [0; 4];
    for _ in 0..count {
        input.read_exact(&mut len)?;
        key.resize(u32::from_le_bytes(len) as usize, 0);
        input.read_exact(&mut key)?;
        keys.push(&key);
    }
    Ok(keys)
}

/// The child's side: reads keys from `input`, loads a map of `entry`, and returns the bytes a key.
///
/// # Errors
/// If the input ends early, the system does not tell the resident set, or the map panics.
pub fn answer(entry: &Entry, integer: bool, input: impl Read) -> io::Result<f64> {
    let keys = receive(input)?;
    let unknown = || io::Error::other("the system does not tell how much memory is resident");
    if keys.is_empty() {
        let mut maps = Vec::with_capacity(EMPTY_MAPS + 1);
        // What the allocator and the collector set up once is no map's own.
        maps.push(entry.make(integer, None));
        let before = resident_bytes().ok_or_else(unknown)?;
        maps.extend((0..EMPTY_MAPS).map(|_| entry.make(integer, None)));
        let after = resident_bytes().ok_or_else(unknown)?;
        return Ok(after.saturating_sub(before) as f64 / EMPTY_MAPS as f64);
    }
    let count = keys.len();
    let script = Script {
        ops: vec![Op::Put; count],
        slots: (0..count as u32).collect(),
        keys,
    };
    let plan = Plan {
        scripts: vec![script],
        batches: false,
    };
    let copies = LEAST_ENTRIES.div_ceil(count);
    let mut maps = Vec::with_capacity(copies);
    let before = resident_bytes().ok_or_else(unknown)?;
    for _ in 0..copies {
        let map = entry.make(integer, None);
        if map.run(&plan, &Truth::default()).panicked {
            return Err(io::Error::other("the map panicked"));
        }
        maps.push(map);
    }
    let after = resident_bytes().ok_or_else(unknown)?;
    Ok(after.saturating_sub(before) as f64 / (copies * count) as f64)
}

/// The probe that starts the running program anew with `arguments`.
///
/// # Errors
/// If the system does not tell which program this is.
pub fn this_program(arguments: &[&str]) -> io::Result<Probe> {
    let program: &Path = &std::env::current_exe()?;
    Ok(Probe {
        program: program.to_path_buf(),
        arguments: arguments
            .iter()
            .map(|&argument| argument.to_owned())
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::{receive, send};
    use crate::keys::shape::Shape;

    #[test]
    fn keys_cross_a_pipe_unchanged() {
        let keys = Shape::Url.keys(0, 300);
        let mut bytes = Vec::new();
        send(&keys, &mut bytes).expect("a vector takes all");
        let received = receive(bytes.as_slice()).expect("what was sent");
        assert!(keys.iter().eq(received.iter()));
    }
}
