//! The file that holds a token.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// Reads the token: the file without the end of its line.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut token =
        fs::read(path).with_context(|| format!("{}: cannot read the token", path.display()))?;
    while token
        .last()
        .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
    {
        token.pop();
    }
    anyhow::ensure!(
        !token.is_empty(),
        "{}: no token in it; write one on its first line",
        path.display()
    );
    Ok(token)
}
