//! Completion of what is typed: commands, and their options.

use clap::CommandFactory as _;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use super::command::Line;

/// What rustyline asks.
pub struct ShellHelper {
    /// Commands and their options.
    commands: Vec<(String, Vec<String>)>,
}

impl ShellHelper {
    /// Knows what the shell's parser does.
    pub fn new() -> Self {
        let mut parser = Line::command();
        parser.build();
        let commands = parser.get_subcommands().map(|command| {
            let options = command.get_arguments().filter_map(|argument| {
                let long = argument.get_long().filter(|_| !argument.is_hide_set())?;
                Some(format!("--{long}"))
            });
            (command.get_name().to_owned(), options.collect())
        });
        Self {
            commands: commands.collect(),
        }
    }

    /// Where the word before `pos` begins, and what it may become.
    fn candidates(&self, line: &str, pos: usize) -> (usize, Vec<String>) {
        let front = line.get(..pos).unwrap_or_default();
        let start = front
            .rfind(char::is_whitespace)
            .map_or(0, |space| space + 1);
        let word = &front[start..];
        let before = front[..start].split_whitespace().next();
        let fitting = |names: &mut dyn Iterator<Item = &String>| {
            names
                .filter(|name| name.starts_with(word))
                .cloned()
                .collect()
        };
        let found = match before {
            None => fitting(&mut self.commands.iter().map(|(name, _)| name)),
            Some(command) if word.starts_with('-') => {
                let own = self.commands.iter().filter(|(name, _)| name == command);
                fitting(&mut own.flat_map(|(_, options)| options))
            }
            Some(_) => Vec::new(),
        };
        (start, found)
    }
}

impl Completer for ShellHelper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.candidates(line, pos))
    }
}

impl Hinter for ShellHelper {
    type Hint = String;
}

impl Highlighter for ShellHelper {}
impl Validator for ShellHelper {}
impl Helper for ShellHelper {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_options_are_completed() {
        let helper = ShellHelper::new();
        assert_eq!(helper.candidates("rep", 3), (0, vec!["replace".to_owned()]));
        assert_eq!(
            helper.candidates("scan --re", 9),
            (5, vec!["--reverse".to_owned()])
        );
        assert_eq!(helper.candidates("get so", 6), (4, Vec::new()));
        assert!(helper.candidates("", 0).1.contains(&"begin".to_owned()));
    }
}
