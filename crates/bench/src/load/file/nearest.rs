//! The known name that a misspelt one is nearest to.

/// How many letters must be put in, taken out or changed to make `a` of `b` (Wagner and Fischer, J. ACM 21, 1974).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// The nearest of `known`, the first of those that are equally near.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .min_by_key(|known| distance(&name.to_lowercase(), known))
}

/// A message of serde about an unknown name, with the nearest known one in place of all of them.
pub(super) fn clarify(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (true, Some(name)) = (unknown, quoted.next()) else {
        return message.to_owned();
    };
    let kind = if message.starts_with("unknown field") {
        "unknown key"
    } else {
        "unknown name"
    };
    match nearest(name, quoted) {
        Some(known) => format!("{kind} \"{name}\"; the nearest known one is \"{known}\""),
        None => format!("{kind} \"{name}\"; none is known here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_changes() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("exponent", "exponent"), 0);
    }

    #[test]
    fn the_nearest_name_is_offered() {
        let message = "unknown field `exponant`, expected one of `strategy`, `exponent`, `max`";
        let clear = "unknown key \"exponant\"; the nearest known one is \"exponent\"";
        assert_eq!(clarify(message), clear);
        assert_eq!(clarify("invalid type: string"), "invalid type: string");
        let variant = "unknown variant `Zipf`, expected `zipfian` or `uniform`";
        assert!(clarify(variant).ends_with("\"zipfian\""));
    }
}
