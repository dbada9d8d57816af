//! Numbers as people write them: `20000`, `500k`, `10M`.

/// Reads a number of at least one, with `k` for a thousand or `M` for a million behind it.
///
/// # Errors
/// What is wrong with the text, to show.
pub fn count(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1_000),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1_000_000),
        _ => (text, 1),
    };
    let count = digits
        .parse::<usize>()
        .ok()
        .and_then(|count| count.checked_mul(unit));
    match count {
        Some(count) if (1..=u32::MAX as usize).contains(&count) => Ok(count),
        _ => Err(
            "give a whole number from 1 to 4 thousand million, as 20000, 500k or 10M".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn units_and_limits() {
        assert_eq!(count("20000"), Ok(20_000));
        assert_eq!(count("500k"), Ok(500_000));
        assert_eq!(count("10M"), Ok(10_000_000));
        for wrong in ["", "0", "k", "-1", "1.5", "5G", "99999999M"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }
}
