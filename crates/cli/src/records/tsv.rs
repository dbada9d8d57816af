//! Rows as lines of tab-separated text.

use std::io::{BufRead, Write};

use masstree_client::Row;

use super::{Reader, Record, Writer};
use crate::output::write_entry;

/// Reads lines; empty ones are none, unless they hold a tab.
pub(super) struct TsvReader<R> {
    from: R,
    text: Vec<u8>,
    line: u64,
    header: bool,
}

impl<R: BufRead> TsvReader<R> {
    pub(super) fn new(from: R, header: bool) -> Self {
        Self {
            from,
            text: Vec::new(),
            line: 0,
            header,
        }
    }
}

impl<R: BufRead> Reader for TsvReader<R> {
    fn next(&mut self) -> anyhow::Result<Option<Record>> {
        loop {
            self.text.clear();
            if self.from.read_until(b'\n', &mut self.text)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            let text = self.text.strip_suffix(b"\n").unwrap_or(&self.text);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let is_header = std::mem::take(&mut self.header);
            if is_header || text.is_empty() {
                continue;
            }
            let fields = text.split(|byte| *byte == b'\t');
            return Record::of_fields(self.line, fields).map(Some);
        }
    }
}

/// Writes lines.
pub(super) struct TsvWriter<W> {
    to: W,
}

impl<W: Write> TsvWriter<W> {
    pub(super) fn new(to: W) -> Self {
        Self { to }
    }
}

impl<W: Write> Writer for TsvWriter<W> {
    fn write(&mut self, key: &[u8], row: &Row) -> anyhow::Result<()> {
        Ok(write_entry(&mut self.to, key, row)?)
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        Ok(self.to.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str, header: bool) -> Vec<anyhow::Result<Option<Record>>> {
        let mut reader = TsvReader::new(text.as_bytes(), header);
        (0..3).map(|_| reader.next()).collect()
    }

    #[test]
    fn lines_are_counted_and_empty_ones_are_none() {
        let read = records("key\tvalue\n\nk\tv\r\n\t\n", true);
        let lines: Vec<_> = read
            .into_iter()
            .map(|record| record.unwrap().map(|record| (record.line, record.key)))
            .collect();
        assert_eq!(
            lines,
            [Some((3, b"k".to_vec())), Some((4, Vec::new())), None]
        );
    }

    #[test]
    fn wrong_lines_are_named() {
        for (text, word) in [
            ("k\tv\nk\n", "line 2: a key without"),
            ("k\tv\nk\t\\q\n", "line 2: a backslash"),
        ] {
            let read = records(text, false);
            let error = read[1].as_ref().unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
