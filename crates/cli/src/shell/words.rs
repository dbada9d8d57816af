//! A line of the shell as words.

/// Splits a line at spaces. A word in double quotes may hold spaces; a quote within it is written as `\x22`.
///
/// # Errors
/// What is wrong with the line, to show.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                // A pair of quotes is a word, if an empty one.
                word.get_or_insert_default();
            }
            space if space.is_whitespace() && !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    if quoted {
        return Err("a quote is not closed; a quote as such is written as \\x22".to_owned());
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_quotes() {
        let split = |line| split(line).unwrap();
        assert_eq!(split("  get  k1 "), ["get", "k1"]);
        assert_eq!(split("replace \"a b\" \"\""), ["replace", "a b", ""]);
        assert_eq!(split("put k 0=\"x y\"\\x22"), ["put", "k", "0=x y\\x22"]);
        assert!(split(" ").is_empty());
        assert!(super::split("get \"k").is_err());
    }
}
