//! What the numbers were measured on. Facts that the system does not tell are left out.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// The machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many threads can run at once.
    pub cores: usize,
    /// The caches of the first core, as "L2 1024K".
    pub caches: Vec<String>,
    /// Bytes of memory.
    pub memory: u64,
    /// Operating system, kernel, architecture.
    pub system: String,
}

/// What follows `name` and a colon in a file of such lines.
fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The bytes that a field given in KiB stands for.
fn kibibytes(path: &str, name: &str) -> Option<u64> {
    let value = field(&fs::read_to_string(path).ok()?, name)?;
    Some(value.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// The resident bytes of this process, where the system tells: exact ones if it has them, for the counter in `status` lags.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    kibibytes("/proc/self/smaps_rollup", "Rss").or_else(|| kibibytes("/proc/self/status", "VmRSS"))
}

impl Machine {
    /// Asks the system.
    #[must_use]
    pub fn here() -> Self {
        let cache = |index: usize| {
            let read = |what: &str| {
                let path = format!("/sys/devices/system/cpu/cpu0/cache/index{index}/{what}");
                fs::read_to_string(path)
                    .ok()
                    .map(|text| text.trim().to_owned())
            };
            let level = read("level")?;
            (read("type")? != "Instruction")
                .then(|| read("size").map(|size| format!("L{level} {size}")))?
        };
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let processor = fs::read_to_string("/proc/cpuinfo")
            .ok()
            .and_then(|text| field(&text, "model name"));
        Self {
            processor: processor.unwrap_or_else(|| "unknown processor".to_owned()),
            cores: crate::race::parallelism(),
            caches: (0..5).filter_map(cache).collect(),
            memory: kibibytes("/proc/meminfo", "MemTotal").unwrap_or(0),
            system: format!(
                "{} {} {}",
                std::env::consts::OS,
                kernel.trim(),
                std::env::consts::ARCH
            ),
        }
    }
}

/// The time now as "2026-01-31 09:05 UTC", by the proleptic Gregorian calendar.
#[must_use]
pub fn now() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    timestamp(seconds)
}

/// The same for a number of seconds since 1970. Years are counted from March, so that the leap day is a year's last.
fn timestamp(seconds: u64) -> String {
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = year + era * 400 + u64::from(month <= 2);
    format!(
        "{year}-{month:02}-{date:02} {:02}:{:02} UTC",
        of_day / 3_600,
        of_day / 60 % 60
    )
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn dates_around_leap_days() {
        assert_eq!(timestamp(0), "1970-01-01 00:00 UTC");
        assert_eq!(timestamp(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(timestamp(4_107_542_399), "2100-02-28 23:59 UTC");
        assert_eq!(timestamp(4_107_542_400), "2100-03-01 00:00 UTC");
    }
}
