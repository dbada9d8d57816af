//! The names of files in a store's directory.

/// The file that is locked.
pub(crate) const LOCK: &str = "LOCK";
/// The file that says what counts.
pub(crate) const MANIFEST: &str = "MANIFEST";
const ASIDE: &str = ".new";

/// What a name in the directory stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Manifest,
    Segment(u64),
    Part { checkpoint: u64, part: u32 },
    Aside,
    Other,
}

/// Where a file is written before it gets its name.
pub(crate) fn aside(name: &str) -> String {
    format!("{name}{ASIDE}")
}

pub(crate) fn segment(number: u64) -> String {
    format!("{number:08}.log")
}

pub(crate) fn part(checkpoint: u64, part: u32) -> String {
    format!("{checkpoint:08}-{part:04}.part")
}

/// Tells what `name` stands for. Only the exact names that are written here count.
pub(crate) fn kind(name: &str) -> Kind {
    if name == MANIFEST {
        return Kind::Manifest;
    }
    if let Some(target) = name.strip_suffix(ASIDE) {
        return match kind(target) {
            Kind::Manifest | Kind::Segment(_) => Kind::Aside,
            _ => Kind::Other,
        };
    }
    let found = if let Some(number) = name.strip_suffix(".log") {
        number.parse().ok().map(Kind::Segment)
    } else if let Some((checkpoint, part)) = name
        .strip_suffix(".part")
        .and_then(|rest| rest.split_once('-'))
    {
        let both = checkpoint.parse().ok().zip(part.parse().ok());
        both.map(|(checkpoint, part)| Kind::Part { checkpoint, part })
    } else {
        None
    };
    match found {
        Some(Kind::Segment(number)) if segment(number) == name => Kind::Segment(number),
        Some(Kind::Part {
            checkpoint,
            part: of,
        }) if part(checkpoint, of) == name => Kind::Part {
            checkpoint,
            part: of,
        },
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        assert_eq!(kind(&segment(7)), Kind::Segment(7));
        assert_eq!(kind(&segment(u64::MAX)), Kind::Segment(u64::MAX));
        let expected = Kind::Part {
            checkpoint: 123_456_789,
            part: 12_345,
        };
        assert_eq!(kind(&part(123_456_789, 12_345)), expected);
        assert_eq!(kind("MANIFEST"), Kind::Manifest);
        assert_eq!(kind("MANIFEST.new"), Kind::Aside);
        assert_eq!(kind("00000001.log.new"), Kind::Aside);
    }

    #[test]
    fn other_names_are_left_alone() {
        for name in [
            "7.log",
            "+0000007.log",
            "0000000007.log",
            "00000001.part",
            "00000001-1.part",
            "00000001-0001.part.new",
            "LOCK",
            "notes.new",
            "MANIFEST.new.new",
            "",
        ] {
            assert_eq!(kind(name), Kind::Other, "{name}");
        }
    }
}
