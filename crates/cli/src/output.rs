//! What the commands print: text or JSON, one row a line.
//!
//! In text a row is its columns with tabs between them, a key in front where there are several rows, and `\N` for a column that is
//! absent. In JSON a row is `{"key": …, "columns": […]}`. Keys and values are [escaped](crate::escape) in both.

use std::io::{self, Write};

use masstree_client::{Row, Stat, Written};
use serde_json::{Value, json};

use crate::escape::{Escaped, escape};

/// What stands for an absent column in text.
pub const ABSENT: &str = "\\N";

/// Whether a command found what it was to work on; decides the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It did.
    Yes,
    /// There is no such key.
    No,
}

impl From<bool> for Found {
    fn from(found: bool) -> Self {
        if found { Self::Yes } else { Self::No }
    }
}

/// Where the commands print.
pub struct Output<W> {
    to: W,
    json: bool,
}

impl<W: Write> Output<W> {
    /// Prints text or JSON to `to`.
    pub fn new(to: W, json: bool) -> Self {
        Self { to, json }
    }

    /// Prints a text, or a JSON value.
    pub fn say(&mut self, text: impl std::fmt::Display, json: Value) -> io::Result<()> {
        if self.json {
            writeln!(self.to, "{json}")
        } else {
            writeln!(self.to, "{text}")
        }
    }

    /// Prints one row that was asked for by its key, or that there is none.
    pub fn row(&mut self, key: &[u8], row: Option<&Row>) -> io::Result<()> {
        match row {
            _ if self.json => writeln!(self.to, "{}", json_row(key, row)),
            Some(row) => {
                write_columns(&mut self.to, row, "")?;
                writeln!(self.to)
            }
            None => Ok(()),
        }
    }

    /// Prints a row among others, or its key alone.
    pub fn entry(&mut self, key: &[u8], row: Option<&Row>) -> io::Result<()> {
        match row {
            _ if self.json && row.is_none() => writeln!(self.to, "{}", json!({"key": escape(key)})),
            _ if self.json => writeln!(self.to, "{}", json_row(key, row)),
            Some(row) => write_entry(&mut self.to, key, row),
            None => writeln!(self.to, "{}", Escaped(key)),
        }
    }

    /// Prints what a write found.
    pub fn written(&mut self, key: &[u8], written: Written) -> io::Result<()> {
        let word = match written {
            Written::Inserted => "inserted",
            Written::Updated => "updated",
        };
        self.say(word, json!({"key": escape(key), "result": word}))
    }

    /// Prints names and values.
    pub fn stats(&mut self, stats: &[(String, Stat)]) -> io::Result<()> {
        if self.json {
            let object: serde_json::Map<_, _> = stats
                .iter()
                .map(|(name, value)| (name.clone(), json_stat(value)))
                .collect();
            return writeln!(self.to, "{}", Value::Object(object));
        }
        let width = stats.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in stats {
            writeln!(self.to, "{name:<width$}  {value}")?;
        }
        Ok(())
    }

    /// Passes on what was printed.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Writes a key and its row as a line of tab-separated text.
pub fn write_entry(to: &mut impl Write, key: &[u8], row: &Row) -> io::Result<()> {
    write!(to, "{}", Escaped(key))?;
    write_columns(to, row, "\t")?;
    writeln!(to)
}

fn write_columns(to: &mut impl Write, row: &Row, before: &str) -> io::Result<()> {
    let mut before = before;
    for column in row.columns() {
        to.write_all(before.as_bytes())?;
        match column {
            Some(column) => write!(to, "{}", Escaped(column))?,
            None => to.write_all(ABSENT.as_bytes())?,
        }
        before = "\t";
    }
    Ok(())
}

/// A key and its row as JSON; null stands for an absent column, and for the columns of a key that is not there.
pub fn json_row(key: &[u8], row: Option<&Row>) -> Value {
    let columns = row.map(|row| {
        row.columns()
            .map(|column| column.map(escape))
            .collect::<Vec<_>>()
    });
    json!({"key": escape(key), "columns": columns})
}

fn json_stat(stat: &Stat) -> Value {
    match stat {
        Stat::Bool(value) => json!(value),
        Stat::Int(value) => match (value.as_u64(), value.as_i64()) {
            (Some(value), _) => json!(value),
            (None, value) => json!(value),
        },
        Stat::Float(value) => json!(value),
        Stat::Text(value) => json!(value),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(
        json: bool,
        print: impl FnOnce(&mut Output<&mut Vec<u8>>) -> io::Result<()>,
    ) -> String {
        let mut bytes = Vec::new();
        print(&mut Output::new(&mut bytes, json)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn rows_as_text_and_as_json() {
        let row = Row::from_columns([Some(&b"a\tb"[..]), None, Some(b"")]);
        assert_eq!(
            printed(false, |out| out.row(b"k", Some(&row))),
            "a\\x09b\t\\N\t\n"
        );
        assert_eq!(
            printed(false, |out| out.entry(b"k", Some(&row))),
            "k\ta\\x09b\t\\N\t\n"
        );
        assert_eq!(printed(false, |out| out.entry(b"k\0", None)), "k\\x00\n");
        assert_eq!(printed(false, |out| out.row(b"k", None)), "");
        let json = printed(true, |out| out.row(b"k", Some(&row)));
        let value: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value, json!({"key": "k", "columns": ["a\\x09b", null, ""]}));
        assert_eq!(
            printed(true, |out| out.entry(b"k", None)),
            "{\"key\":\"k\"}\n"
        );
    }

    #[test]
    fn stats_stand_under_each_other() {
        let stats = [
            ("rows".to_owned(), Stat::Int(7_u64.into())),
            ("oldest_snapshot".to_owned(), Stat::Nil),
        ];
        assert_eq!(
            printed(false, |out| out.stats(&stats)),
            "rows             7\noldest_snapshot  -\n"
        );
        let json: Value = serde_json::from_str(&printed(true, |out| out.stats(&stats))).unwrap();
        assert_eq!(json, json!({"rows": 7, "oldest_snapshot": null}));
    }
}
