//! The file that `serve --config` reads: TOML with the names of the options.
//!
//! Each value goes through the same parser as on the command line, so that both take the same and say the same of what is wrong.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{CommandFactory as _, Parser};
use toml::Value;

use super::arguments::Choices;

/// The name of the data directory in a file; on the command line it has none.
const DIRECTORY: &str = "dir";

/// What a file says.
#[derive(Debug, Default)]
pub struct Config {
    pub directory: Option<PathBuf>,
    pub choices: Choices,
}

/// The options alone, as a command line.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Options {
    #[command(flatten)]
    choices: Choices,
}

/// Reads a file.
pub fn read(path: &Path) -> anyhow::Result<Config> {
    let name = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("{name}: cannot read it"))?;
    parse(&text).with_context(|| name.to_string())
}

fn parse(text: &str) -> anyhow::Result<Config> {
    let table: toml::Table = text.parse().map_err(|error| in_line(text, &error))?;
    let mut config = Config::default();
    let mut arguments = Vec::new();
    for (name, value) in &table {
        if name == DIRECTORY {
            let Value::String(directory) = value else {
                bail!("{DIRECTORY}: a path in quotes is wanted");
            };
            config.directory = Some(directory.into());
            continue;
        }
        let own = option(name, value)?;
        // By itself first, so that the error is this option's.
        Options::try_parse_from(&own).map_err(|error| anyhow::anyhow!("{}", first_line(&error)))?;
        arguments.extend(own);
    }
    config.choices = Options::try_parse_from(&arguments)
        .map_err(|error| anyhow::anyhow!("{}", first_line(&error)))?
        .choices;
    Ok(config)
}

/// A name and its value as on the command line.
fn option(name: &str, value: &Value) -> anyhow::Result<Vec<String>> {
    let known: Vec<String> = Options::command()
        .get_arguments()
        .filter_map(|argument| argument.get_long().map(str::to_owned))
        .collect();
    if !known.iter().any(|known| known == name) {
        bail!("unknown option \"{name}\"{}", nearest(name, &known));
    }
    let values = match value {
        Value::Array(values) => values.iter().collect(),
        single => vec![single],
    };
    let mut arguments = Vec::new();
    for value in values {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => value.to_string(),
            _ => bail!("{name}: a text or a number is wanted"),
        };
        arguments.push(format!("--{name}={text}"));
    }
    Ok(arguments)
}

/// Names the option that was meant, most likely.
fn nearest(name: &str, known: &[String]) -> String {
    let own = name.replace('_', "-");
    let names = known.iter().map(String::as_str).chain([DIRECTORY]);
    let near = names
        .map(|known| (strsim::damerau_levenshtein(&own, known), known))
        .min();
    match near {
        Some((distance, known)) if distance <= known.len() / 2 => {
            format!("; did you mean \"{known}\"?")
        }
        _ => "; `masstree serve --help` names them all".to_owned(),
    }
}

/// What is wrong with the TOML, in one line.
fn in_line(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    let message = error.message().lines().next().unwrap_or_default();
    anyhow::anyhow!("line {line}: {message}")
}

/// What clap says, in one line.
pub fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn error(text: &str) -> String {
        let error = format!("{:#}", parse(text).unwrap_err());
        assert_eq!(error.lines().count(), 1, "{error}");
        error
    }

    #[test]
    fn values_are_those_of_the_command_line() {
        let text = "dir = '/data'\nlisten = ['127.0.0.1:1', '[::1]:2']\nthreads = 3\nidle-timeout = '5s'\nmax-key = 4096\ncompat = 'mtd'";
        let config = parse(text).unwrap();
        assert_eq!(config.directory, Some("/data".into()));
        assert_eq!(config.choices.listen, ["127.0.0.1:1", "[::1]:2"]);
        assert_eq!(config.choices.threads.map(usize::from), Some(3));
        assert_eq!(config.choices.idle_timeout, Some(Duration::from_secs(5)));
        assert_eq!(config.choices.max_key, Some(4096));
        assert!(config.choices.compat.is_some() && config.choices.miss.is_none());
        assert!(parse("").unwrap().choices.listen.is_empty());
    }

    #[test]
    fn unknown_names_come_with_the_nearest() {
        assert!(error("treads = 3").contains("did you mean \"threads\"?"));
        assert!(error("max_key = 3").contains("did you mean \"max-key\"?"));
        assert!(
            error("directory = 'x'").contains("--help") || error("directory = 'x'").contains("dir")
        );
        assert!(error("frobnicate-all = 1").contains("--help"));
    }

    #[test]
    fn wrong_values_name_their_option() {
        assert!(error("threads = 'many'").contains("--threads"));
        assert!(error("threads = 0").contains("--threads"));
        assert!(error("max-key = {}").contains("max-key"));
        assert!(error("durability = 'sometimes'").contains("always"));
        assert!(error("threads = 1\nlisten = [").contains("line 2"));
        assert!(error("dir = 3").contains("dir"));
    }
}
