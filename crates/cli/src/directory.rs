//! Data directories that are looked into without being served.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use masstree_store::disk::{Error, RealDisk};

/// A file of a store.
#[derive(Debug, PartialEq, Eq)]
pub struct StoreFile {
    pub name: String,
    pub kind: Kind,
    pub size: u64,
}

/// What a file of a store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Manifest,
    Checkpoint,
    Log,
    Unfinished,
}

impl Kind {
    /// The kind that a name stands for; nothing if it is none of a store's.
    fn of(name: &str) -> Option<Self> {
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if name == "MANIFEST" {
            return Some(Self::Manifest);
        }
        if let Some(target) = name.strip_suffix(".new") {
            return Self::of(target).map(|_| Self::Unfinished);
        }
        if let Some(number) = name.strip_suffix(".log") {
            return is_number(number).then_some(Self::Log);
        }
        let (checkpoint, part) = name.strip_suffix(".part")?.split_once('-')?;
        (is_number(checkpoint) && is_number(part)).then_some(Self::Checkpoint)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Checkpoint => "part of a checkpoint",
            Self::Log => "log",
            Self::Unfinished => "unfinished, of no account",
        }
    }
}

/// The store's files in a directory, the manifest first.
pub fn files(path: &Path) -> anyhow::Result<Vec<StoreFile>> {
    let context = || format!("{}: cannot read the directory", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(context)? {
        let entry = entry.with_context(context)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if let Some(kind) = Kind::of(&name) {
            let size = entry.metadata().with_context(context)?.len();
            files.push(StoreFile { name, kind, size });
        }
    }
    files.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
    Ok(files)
}

/// Opens a directory that holds a store already, and nothing else.
pub fn open(path: &Path) -> anyhow::Result<Arc<RealDisk>> {
    if files(path)?.is_empty() {
        bail!(
            "{}: there is no store in it; `masstree serve DIR` makes one",
            path.display()
        );
    }
    Ok(Arc::new(RealDisk::open(path)?))
}

/// Names the directory, and adds what can be done.
pub fn advise(error: Error, path: &Path) -> anyhow::Error {
    let directory = path.display();
    match error {
        Error::InUse { .. } => {
            anyhow::anyhow!("{directory}: {error}; end it first, or ask it with --connect")
        }
        Error::NewerFormat { .. } => {
            anyhow::anyhow!("{directory}: {error}; use the program that wrote it")
        }
        Error::Damaged { .. } => anyhow::anyhow!(
            "{directory}: {error}; `masstree verify {directory}` finds all damage, `masstree salvage {directory} OUT` saves what can be read"
        ),
        error => anyhow::Error::new(error).context(directory.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds() {
        for (name, kind) in [
            ("MANIFEST", Some(Kind::Manifest)),
            ("00000007.log", Some(Kind::Log)),
            ("00000003-0001.part", Some(Kind::Checkpoint)),
            ("MANIFEST.new", Some(Kind::Unfinished)),
            ("00000008.log.new", Some(Kind::Unfinished)),
            ("LOCK", None),
            ("server.log", None),
            (".log", None),
            ("x.part", None),
            ("notes.new", None),
        ] {
            assert_eq!(Kind::of(name), kind, "{name}");
        }
    }
}
