//! `--set a.b=c`: one value of a file, from the command line.

use toml::{Table, Value};

/// Puts the value of `setting` where its path says. Numbers in a path count the elements of an array.
pub(super) fn apply(table: &mut Table, setting: &str) -> Result<(), String> {
    let Some((path, text)) = setting.split_once('=') else {
        return Err("write it as path=value, as in workload.keys.max=1000".to_owned());
    };
    let value = value_of(text.trim());
    let parts: Vec<&str> = path.trim().split('.').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err("a path has names between its dots, as workload.keys.max".to_owned());
    }
    let mut root = Value::Table(std::mem::take(table));
    let result = place(&mut root, &parts, value);
    if let Value::Table(changed) = root {
        *table = changed;
    }
    result
}

/// A value as TOML has it; what TOML does not know is a string without its quotes.
fn value_of(text: &str) -> Value {
    let document = format!("value = {text}");
    let parsed = document.parse::<Table>().ok();
    parsed
        .filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

fn place(at: &mut Value, path: &[&str], value: Value) -> Result<(), String> {
    let Some((name, rest)) = path.split_first() else {
        *at = value;
        return Ok(());
    };
    match at {
        Value::Array(elements) => {
            let count = elements.len();
            let element = name
                .parse::<usize>()
                .ok()
                .and_then(|index| elements.get_mut(index));
            let element = element.ok_or_else(|| {
                format!("\"{name}\" is no element of an array of {count}; they are counted from 0")
            })?;
            place(element, rest, value)
        }
        Value::Table(table) => {
            let next = table
                .entry((*name).to_owned())
                .or_insert_with(|| Value::Table(Table::new()));
            place(next, rest, value)
        }
        // A value gives way to a table: what is wrong with that is found when the file is read.
        other => {
            *other = Value::Table(Table::new());
            place(other, path, value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_where_the_path_says() {
        let mut table: Table = "[a]\nb = 1\n[[c]]\nd = 2\n[[c]]\nd = 3\n".parse().unwrap();
        for setting in [
            "a.b=7",
            "a.e = 2.5",
            "c.1.d=text",
            "f=[1, 2]",
            "g=30s",
            "h=\"x=y\"",
        ] {
            apply(&mut table, setting).unwrap();
        }
        assert_eq!(table["a"]["b"].as_integer(), Some(7));
        assert_eq!(table["a"]["e"].as_float(), Some(2.5));
        assert_eq!(table["c"][1]["d"].as_str(), Some("text"));
        assert_eq!(table["f"].as_array().map(Vec::len), Some(2));
        assert_eq!(table["g"].as_str(), Some("30s"));
        assert_eq!(table["h"].as_str(), Some("x=y"));
    }

    #[test]
    fn wrong_paths_are_told() {
        let mut table: Table = "[[c]]\nd = 2\n".parse().unwrap();
        assert!(
            apply(&mut table, "c.1.d=3")
                .unwrap_err()
                .contains("array of 1")
        );
        assert!(apply(&mut table, "c.x=3").is_err());
        assert!(apply(&mut table, "nothing").is_err());
        assert!(apply(&mut table, "a..b=1").is_err());
    }
}
