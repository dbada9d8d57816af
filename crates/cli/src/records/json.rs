//! Rows as JSON, an object a line.

use std::io::{BufRead, Write};

use anyhow::{Context as _, bail};
use masstree_client::Row;
use serde_json::{Map, Value};

use super::{Reader, Record, Writer, bytes};
use crate::output::json_row;

/// Reads lines of JSON; empty ones are none.
pub(super) struct JsonReader<R> {
    from: R,
    text: Vec<u8>,
    line: u64,
}

impl<R: BufRead> JsonReader<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            text: Vec::new(),
            line: 0,
        }
    }
}

impl<R: BufRead> Reader for JsonReader<R> {
    fn next(&mut self) -> anyhow::Result<Option<Record>> {
        loop {
            self.text.clear();
            if self.from.read_until(b'\n', &mut self.text)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            if self.text.trim_ascii().is_empty() {
                continue;
            }
            let line = self.line;
            let object: Map<String, Value> = serde_json::from_slice(&self.text)
                .with_context(|| format!("line {line}: no JSON object"))?;
            return record(line, object).map(Some);
        }
    }
}

fn record(line: u64, object: Map<String, Value>) -> anyhow::Result<Record> {
    let mut key = None;
    let mut columns = Vec::new();
    for (name, value) in object {
        match (name.as_str(), value) {
            ("key", Value::String(text)) => key = Some(bytes(line, text.as_bytes())?),
            ("value", Value::String(text)) => columns = vec![(0, bytes(line, text.as_bytes())?)],
            ("columns", Value::Array(values)) => {
                columns.clear();
                for (column, value) in values.into_iter().enumerate() {
                    match value {
                        Value::String(text) => {
                            columns.push((column, bytes(line, text.as_bytes())?));
                        }
                        Value::Null => {}
                        other => bail!("line {line}: column {column} is {other}, a text is wanted"),
                    }
                }
            }
            _ => bail!(
                "line {line}: \"{name}\" is wrong; a text \"key\" and a list of texts \"columns\" are wanted, or a text \"value\""
            ),
        }
    }
    match key {
        Some(key) => Record::new(line, key, columns),
        None => bail!("line {line}: no \"key\""),
    }
}

/// Writes lines of JSON.
pub(super) struct JsonWriter<W> {
    to: W,
}

impl<W: Write> JsonWriter<W> {
    pub(super) fn new(to: W) -> Self {
        Self { to }
    }
}

impl<W: Write> Writer for JsonWriter<W> {
    fn write(&mut self, key: &[u8], row: &Row) -> anyhow::Result<()> {
        Ok(writeln!(self.to, "{}", json_row(key, Some(row)))?)
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        Ok(self.to.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Option<Record>> {
        JsonReader::new(text.as_bytes()).next()
    }

    #[test]
    fn a_value_is_the_first_column() {
        let record = read("\n{\"key\": \"k\", \"value\": \"v\\\\x00\"}\n")
            .unwrap()
            .unwrap();
        assert_eq!(
            (record.line, record.columns),
            (2, vec![(0, b"v\0".to_vec())])
        );
    }

    #[test]
    fn wrong_lines_are_named() {
        for wrong in [
            "7",
            "{",
            "{\"value\": \"v\"}",
            "{\"key\": \"k\"}",
            "{\"key\": 7, \"value\": \"v\"}",
            "{\"key\": \"k\", \"columns\": [7]}",
            "{\"key\": \"k\", \"colums\": []}",
        ] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("line 1"), "{wrong}: {error}");
        }
    }
}
