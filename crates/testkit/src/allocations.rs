//! How much memory the process holds, as the kernel counts it.
//!
//! Counting live bytes exactly takes a global allocator, which is unsafe code and lives elsewhere. What can be had safely is the resident
//! set: pages, not bytes, and with them what the allocator keeps for later. It grows at once and shrinks when the allocator pleases,
//! so tests compare it with a wide margin, in a process of their own.

use std::io::{Error, ErrorKind, Result};

/// Resident memory of this process in bytes.
///
/// Taken from `/proc/self/smaps_rollup`, which walks the page tables and is exact; from `VmRSS` in `/proc/self/status`, which the kernel
/// updates in batches, where the first does not exist.
///
/// # Errors
/// If neither file can be read, as on any system but Linux.
pub fn resident_bytes() -> Result<u64> {
    std::fs::read_to_string("/proc/self/smaps_rollup")
        .and_then(|text| kibibytes(&text, "Rss:"))
        .or_else(|_| {
            std::fs::read_to_string("/proc/self/status").and_then(|text| kibibytes(&text, "VmRSS:"))
        })
        .map(|kib| kib * 1024)
}

/// The number on the line that begins with `label`.
fn kibibytes(text: &str, label: &str) -> Result<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix(label))
        .and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse().ok())
        .ok_or_else(|| Error::new(ErrorKind::InvalidData, format!("no line `{label} … kB`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_parsed() {
        let text = "Name:\tx\nVmRSS:\t    1764 kB\nVmData: 9 kB\n";
        assert_eq!(kibibytes(text, "VmRSS:").unwrap(), 1764);
        assert!(kibibytes(text, "Rss:").is_err());
        assert!(kibibytes("Rss: many kB", "Rss:").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn grows_with_touched_memory() {
        const SIZE: usize = 64 << 20;
        let before = resident_bytes().unwrap();
        let touched = std::hint::black_box(vec![1u8; SIZE]);
        let during = resident_bytes().unwrap();
        assert!(during >= before + SIZE as u64 / 2, "{before} then {during}");
        drop(touched);
    }
}
