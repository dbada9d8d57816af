//! The keys of the histories, and what changes the shape of the tree around them.

/// The keys that a history is about, and their neighbours, which are there or come and go to make the tree change its shape.
pub struct Scene {
    pub name: &'static str,
    pub keys: Vec<Vec<u8>>,
    pub preloaded: Vec<Vec<u8>>,
    pub passing: Vec<Vec<u8>>,
}

fn with_prefix(prefix: &str, letters: impl Iterator<Item = u8>) -> Vec<Vec<u8>> {
    letters
        .map(|letter| [prefix.as_bytes(), &[letter]].concat())
        .collect()
}

pub fn scenes() -> [Scene; 4] {
    [
        Scene {
            // Two leaves' worth of keys: splits while they come, unlinking while they go.
            name: "splits and unlinked leaves",
            keys: with_prefix("", [b'b', b'k', b't'].into_iter()),
            preloaded: Vec::new(),
            passing: with_prefix("", (b'a'..=b'z').filter(|letter| !b"bkt".contains(letter))),
        },
        Scene {
            // A leaf full but for one: the records of one slice become a layer, which is unlinked when they have gone.
            name: "layers made and unlinked",
            keys: with_prefix("slice 1;", [b'a', b'e', b'z'].into_iter()),
            preloaded: with_prefix("slice 1;", b'f'..=b'k'),
            passing: with_prefix("slice 1;", b'l'..=b'r'),
        },
        Scene {
            // A layer with a long prefix, which the keys leave at each slice.
            name: "prefixes cut",
            keys: vec![
                b"slice 1;slice X".to_vec(),
                b"slice 1;slice 2;slice X".to_vec(),
                b"slice 1;slice 2;slice 3;a".to_vec(),
            ],
            preloaded: with_prefix("slice 1;slice 2;slice 3;", b'f'..=b'p'),
            passing: with_prefix("slice 1;slice 2;slice 3;", b'q'..=b'z'),
        },
        Scene {
            // Keys that are prefixes of one another, in and beside a layer that comes and goes.
            name: "prefixes of one another",
            keys: vec![
                b"slice".to_vec(),
                b"slice 1;".to_vec(),
                b"slice 1;\0".to_vec(),
            ],
            preloaded: with_prefix("slice", b'f'..=b'l'),
            passing: with_prefix("slice 1;", b'a'..=b'l'),
        },
    ]
}
