//! Rows as CSV, with as many fields as a row has columns.

use std::io::{BufRead, Write};

use masstree_client::Row;

use super::{Reader, Record, Writer};
use crate::escape::escape;
use crate::output::ABSENT;

/// Reads CSV.
pub(super) struct CsvReader<R> {
    from: csv::Reader<R>,
    fields: csv::ByteRecord,
}

impl<R: BufRead> CsvReader<R> {
    pub(super) fn new(from: R, header: bool) -> Self {
        let from = csv::ReaderBuilder::new()
            .has_headers(header)
            .flexible(true)
            .from_reader(from);
        Self {
            from,
            fields: csv::ByteRecord::new(),
        }
    }
}

impl<R: BufRead> Reader for CsvReader<R> {
    fn next(&mut self) -> anyhow::Result<Option<Record>> {
        if !self.from.read_byte_record(&mut self.fields)? {
            return Ok(None);
        }
        let line = self.fields.position().map_or(0, csv::Position::line);
        Record::of_fields(line, &self.fields).map(Some)
    }
}

/// Writes CSV.
pub(super) struct CsvWriter<W: Write> {
    to: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    pub(super) fn new(to: W) -> Self {
        let to = csv::WriterBuilder::new().flexible(true).from_writer(to);
        Self { to }
    }
}

impl<W: Write> Writer for CsvWriter<W> {
    fn write(&mut self, key: &[u8], row: &Row) -> anyhow::Result<()> {
        self.to.write_field(escape(key)).map_err(plain)?;
        for column in row.columns() {
            let field = column.map_or_else(|| ABSENT.to_owned(), escape);
            self.to.write_field(field).map_err(plain)?;
        }
        self.to.write_record(None::<&[u8]>).map_err(plain)
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        Ok(self.to.flush()?)
    }
}

/// The operating system's own error, where it is one.
fn plain(error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => anyhow::anyhow!("{other:?}"),
    }
}
