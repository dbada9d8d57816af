//! `masstree shell`: the commands one after the other on one connection, typed or from a pipe.

mod command;
mod helper;
mod session;
mod words;

use std::env;
use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use crate::connect;
use crate::output::Output;
use helper::ShellHelper;
use session::{Next, Session};

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: connect::Arguments,
}

/// Runs until the end of input, or `exit`.
///
/// At a terminal an error is printed, and the next line asked for. Of lines from elsewhere the first that fails ends the shell.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let is_terminal = io::stdin().is_terminal();
    let mut session = Session::start(arguments.server, is_terminal && !arguments.json)?;
    let mut out = Output::new(io::stdout().lock(), arguments.json);
    if is_terminal {
        converse(&mut session, &mut out)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let line = line.context("cannot read the commands")?;
        let next = session.run(&line, &mut out);
        out.flush()?;
        if next.with_context(|| format!("line {number}"))? == Next::Exit {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks for lines at the terminal.
fn converse(session: &mut Session, out: &mut Output<impl Write>) -> anyhow::Result<()> {
    let config = Config::builder()
        .history_ignore_space(true)
        .auto_add_history(true)
        .build();
    let mut editor: Editor<ShellHelper, FileHistory> = Editor::with_config(config)?;
    editor.set_helper(Some(ShellHelper::new()));
    let history = history();
    if let Some(path) = &history {
        // There is none the first time.
        let _ = editor.load_history(path);
    }
    loop {
        match editor.readline(session.prompt()) {
            Ok(line) => match session.run(&line, out) {
                Ok(Next::GoOn) => {}
                Ok(Next::Exit) => break,
                Err(error) => eprintln!("masstree: {error:#}"),
            },
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        }
        out.flush()?;
    }
    if let Some(path) = &history
        && let Err(error) = editor.save_history(path)
    {
        eprintln!(
            "masstree: {}: cannot write the history: {error}",
            path.display()
        );
    }
    Ok(())
}

/// Where the history is kept; nowhere without a home.
fn history() -> Option<PathBuf> {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    let folder = state.join("masstree");
    fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}
