//! Files of rows, for `import` and `export`: TSV, CSV and JSON lines.
//!
//! Keys and values are escaped in all three as they are on the command line, so that any bytes go through. A record is a key and at least
//! one column.

mod csv;
mod json;
mod tsv;

use std::io::{BufRead, Write};
use std::path::Path;

use anyhow::bail;
use clap::ValueEnum;
use masstree_client::{Request, Row};

use crate::escape::unescape;
use crate::output::ABSENT;

/// How rows are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Key and columns with tabs between them
    Tsv,
    /// Key and columns with commas between them, in quotes where they must be
    Csv,
    /// An object a line: {"key": "…", "columns": ["…"]}, or {"key": "…", "value": "…"}
    Jsonl,
}

impl Format {
    /// The one that was asked for, or else the one that the file's name ends in.
    pub fn of(asked: Option<Self>, path: &Path) -> anyhow::Result<Self> {
        if let Some(format) = asked {
            return Ok(format);
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        Ok(match extension {
            Some("tsv" | "txt") => Self::Tsv,
            Some("csv") => Self::Csv,
            Some("jsonl" | "ndjson" | "json") => Self::Jsonl,
            _ if path == Path::new("-") => Self::Tsv,
            _ => bail!(
                "{}: the name does not say how rows are written; end it in .tsv, .csv or .jsonl, or give --format",
                path.display()
            ),
        })
    }

    /// A reader of records.
    pub fn reader<'r>(self, from: impl BufRead + 'r, header: bool) -> Box<dyn Reader + 'r> {
        match self {
            Self::Tsv => Box::new(tsv::TsvReader::new(from, header)),
            Self::Csv => Box::new(csv::CsvReader::new(from, header)),
            Self::Jsonl => Box::new(json::JsonReader::new(from)),
        }
    }

    /// A writer of records.
    pub fn writer<'w>(self, to: impl Write + 'w) -> Box<dyn Writer + 'w> {
        match self {
            Self::Tsv => Box::new(tsv::TsvWriter::new(to)),
            Self::Csv => Box::new(csv::CsvWriter::new(to)),
            Self::Jsonl => Box::new(json::JsonWriter::new(to)),
        }
    }
}

/// Reads records.
pub trait Reader {
    /// The next one; nothing at the end.
    fn next(&mut self) -> anyhow::Result<Option<Record>>;
}

/// Writes records.
pub trait Writer {
    /// Writes one.
    fn write(&mut self, key: &[u8], row: &Row) -> anyhow::Result<()>;

    /// Passes on what was written.
    fn finish(&mut self) -> anyhow::Result<()>;
}

/// A key, and columns of its row.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    /// The line that it begins on, counted from 1.
    pub line: u64,
    pub key: Vec<u8>,
    /// Numbers and values; absent columns are left out.
    columns: Vec<(usize, Vec<u8>)>,
}

impl Record {
    /// Takes apart a line's fields, of which the first is the key.
    fn of_fields<'f>(
        line: u64,
        fields: impl IntoIterator<Item = &'f [u8]>,
    ) -> anyhow::Result<Self> {
        let mut fields = fields.into_iter();
        let key = bytes(line, fields.next().unwrap_or_default())?;
        let mut columns = Vec::new();
        for (column, field) in fields.enumerate() {
            if field != ABSENT.as_bytes() {
                columns.push((column, bytes(line, field)?));
            }
        }
        Self::new(line, key, columns)
    }

    fn new(line: u64, key: Vec<u8>, columns: Vec<(usize, Vec<u8>)>) -> anyhow::Result<Self> {
        if columns.is_empty() {
            bail!("line {line}: a key without a column");
        }
        Ok(Self { line, key, columns })
    }

    /// Calls `send` with the request that stores it. One column becomes the whole row; of several each is set.
    pub fn request<T>(&self, send: impl FnOnce(Request<'_>) -> T) -> T {
        let key = &self.key;
        if let [(0, value)] = &self.columns[..] {
            return send(Request::Replace { key, value });
        }
        let changes: Vec<(usize, &[u8])> = self
            .columns
            .iter()
            .map(|(column, value)| (*column, &value[..]))
            .collect();
        let changes = &changes[..];
        send(Request::Put { key, changes })
    }
}

/// The bytes that a field stands for.
fn bytes(line: u64, field: &[u8]) -> anyhow::Result<Vec<u8>> {
    unescape(field).map_err(|why| anyhow::anyhow!("line {line}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(format: Format, rows: &[(Vec<u8>, Row)]) {
        let mut bytes = Vec::new();
        let mut writer = format.writer(&mut bytes);
        for (key, row) in rows {
            writer.write(key, row).unwrap();
        }
        writer.finish().unwrap();
        drop(writer);
        let mut reader = format.reader(&bytes[..], false);
        for (key, row) in rows {
            let record = reader.next().unwrap().unwrap();
            assert_eq!(record.key, *key, "{format:?}");
            let present = row.columns().enumerate();
            let present = present.filter_map(|(at, column)| Some((at, column?.to_vec())));
            assert_eq!(record.columns, present.collect::<Vec<_>>());
        }
        assert_eq!(reader.next().unwrap(), None);
    }

    #[test]
    fn any_bytes_go_through_every_format() {
        let all: Vec<u8> = (0..=255).collect();
        let rows = [
            (b"k".to_vec(), Row::from_value(b"v".to_vec())),
            (Vec::new(), Row::from_value(Vec::new())),
            (
                all.clone(),
                Row::from_columns([Some(&all[..]), None, Some(b"\"a,\tb\n")]),
            ),
            (
                b"#k \"q\"".to_vec(),
                Row::from_columns([None, Some(&b"\\N"[..])]),
            ),
        ];
        for format in [Format::Tsv, Format::Csv, Format::Jsonl] {
            round_trip(format, &rows);
        }
    }

    #[test]
    fn names_tell_formats() {
        let of = |name: &str| Format::of(None, Path::new(name)).ok();
        assert_eq!(of("a.tsv"), Some(Format::Tsv));
        assert_eq!(of("a.csv"), Some(Format::Csv));
        assert_eq!(of("a.jsonl"), Some(Format::Jsonl));
        assert_eq!(of("-"), Some(Format::Tsv));
        assert_eq!(of("a"), None);
    }
}
