//! The program as a process: commands that end, and servers that stay.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The program with arguments, and nothing of the surroundings that changes what it says.
pub fn program(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(cargo_bin("masstree"));
    command.args(arguments).env_remove("RUST_LOG");
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Said {
    said(program(arguments))
}

/// Runs a command to its end with this on its standard input.
pub fn run_with_input(
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    input: &[u8],
) -> Said {
    let mut file = tempfile::tempfile().expect("a file");
    std::io::Write::write_all(&mut file, input).expect("written");
    std::io::Seek::rewind(&mut file).expect("rewound");
    let mut command = program(arguments);
    command.stdin(file);
    said(command)
}

fn said(mut command: Command) -> Said {
    let output = command.output().expect("the program runs");
    Said {
        code: output.status.code().expect("an exit status"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// What a command prints; it must succeed.
pub fn output(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let said = run(arguments);
    assert_eq!(said.code, 0, "{said:?}");
    said.out
}

/// The one line that an error is, with exit status 2.
pub fn error(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let said = run(arguments);
    assert_eq!(said.code, 2, "{said:?}");
    assert_eq!(said.err.lines().count(), 1, "{said:?}");
    assert!(said.out.is_empty(), "{said:?}");
    said.err
}

/// A server in a process of its own; killed when dropped.
pub struct Server {
    process: Child,
    pub address: String,
}

impl Server {
    /// Starts one on a free port, and waits for its first line.
    pub fn start(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let mut command = program(["serve", "--listen", "127.0.0.1:0"]);
        command.args(arguments);
        Self::spawn(command)
    }

    /// Starts one that says itself where it listens.
    pub fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program runs");
        let stdout = process.stdout.take().expect("its output");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("its first line");
        let Some(address) = line.trim_end().strip_prefix("listening on ") else {
            let mut log = String::new();
            let _ = process
                .stderr
                .take()
                .map(|mut err| err.read_to_string(&mut log));
            panic!("the server says {line:?} first, and logs {log}");
        };
        let address = address.to_owned();
        Self { process, address }
    }

    /// Runs a command against it.
    pub fn run<'a>(&'a self, arguments: impl IntoIterator<Item = &'a str>) -> Said {
        let mut all: Vec<&str> = arguments.into_iter().collect();
        all.splice(1..1, ["--connect", &self.address]);
        run(all)
    }

    /// What a command prints; it must succeed.
    pub fn output<'a>(&'a self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    }

    /// Sends it a signal, as `TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.process.id().to_string())
            .status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for its end; returns its status and its log.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let status = loop {
            if let Some(status) = self.process.try_wait().expect("a status") {
                break status;
            }
            assert!(Instant::now() < deadline, "the server does not end");
            thread::sleep(Duration::from_millis(5));
        };
        let mut log = String::new();
        if let Some(mut stderr) = self.process.stderr.take() {
            stderr.read_to_string(&mut log).expect("text");
        }
        (status, log)
    }

    /// Kills it at once, as a crash would.
    pub fn kill(self) {
        self.signal("KILL");
        assert!(!self.ended().0.success());
    }

    /// Ends it in order; returns its log.
    pub fn end(self) -> String {
        self.signal("TERM");
        let (status, log) = self.ended();
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}
