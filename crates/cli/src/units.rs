//! Sizes and times as people write them: `16MiB`, `100ms`.

use std::time::Duration;

/// Reads a size in bytes: `4096`, `64KiB`, `1GiB`, `10MB`.
///
/// # Errors
/// What is wrong with the text, to show.
pub fn size(text: &str) -> Result<usize, String> {
    let size = text.parse::<bytesize::ByteSize>().ok();
    size.and_then(|size| usize::try_from(size.as_u64()).ok())
        .ok_or_else(|| "give a size in bytes, as 4096, 64KiB or 1GiB".to_owned())
}

/// Reads a time of more than nothing: `100ms`, `10s`, `5m`, `1h`.
///
/// # Errors
/// What is wrong with the text, to show.
pub fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .ok()
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "give a time, as 100ms, 10s or 5m".to_owned())
}

/// A size to show.
pub fn show_size(bytes: u64) -> String {
    bytesize::ByteSize::b(bytes).display().iec().to_string()
}

/// A number with a comma before each three digits.
pub fn show_count(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times() {
        assert_eq!(size("4096"), Ok(4096));
        assert_eq!(size("64KiB"), Ok(65_536));
        assert_eq!(size("1GiB"), Ok(1 << 30));
        assert_eq!(time("100ms"), Ok(Duration::from_millis(100)));
        assert_eq!(time("1h"), Ok(Duration::from_secs(3600)));
        for wrong in ["", "x", "-1", "5 apples"] {
            assert!(size(wrong).is_err() && time(wrong).is_err(), "{wrong}");
        }
        assert!(time("0s").is_err());
    }

    #[test]
    fn counts_have_commas() {
        for (count, shown) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(show_count(count), shown);
        }
    }
}
