//! A server that is a process of its own: the test binary once more, with the one test that serves.

use std::io::{BufRead, BufReader, Lines, Read};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdout, Command, Stdio};

use masstree_server::{Config, Server};
use masstree_store::Store;

/// Tells the test that serves that it is to.
const SERVES: &str = "MASSTREE_TEST_SERVER";

/// What that test must be called.
const NAME: &str = "serves_until_its_input_ends";

/// The other process. What it prints is kept open, or it would fail to print.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts it, with so many descriptors if that is said.
    pub fn start(descriptors: Option<u32>) -> Self {
        let limit = descriptors.map_or_else(String::new, |count| format!("ulimit -n {count} && "));
        let mut child = Command::new("sh")
            .args(["-c", &format!("{limit}exec \"$0\" \"$@\"")])
            .arg(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", NAME])
            .env(SERVES, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| Some(line.strip_prefix("serving ")?.parse().unwrap()))
            .unwrap();
        Self {
            child,
            address,
            _output: lines,
        }
    }

    /// Lets it end, and checks that it ends well.
    pub fn finish(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the other process does: serves until its input ends. Nothing, in any other process.
pub fn serve(store: Store, config: Config) {
    if std::env::var_os(SERVES).is_none() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start(store, vec![listener], config).unwrap();
    println!("\nserving {}", server.addresses()[0]);
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    server.shutdown().unwrap();
}
