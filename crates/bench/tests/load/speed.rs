//! The generator is no bottleneck: measured against a server that answers at once.
//!
//! `cargo test --release -p masstree-bench --test load speed -- --ignored --nocapture`

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};

use masstree_bench::load::report::time;

use crate::{group, run_text};

/// A server that knows only how long a request is: it answers each `request` bytes of input with the reply of that number, from a list that
/// was written before.
fn at_once() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut stream = stream;
                let _ = stream.set_nodelay(true);
                let mut input = vec![0; 1 << 16];
                let mut decoder = masstree_protocol::RequestDecoder::new(Default::default());
                let (mut output, mut left) = (Vec::new(), Vec::new());
                while let Ok(count @ 1..) = stream.read(&mut input) {
                    left.extend_from_slice(&input[..count]);
                    let mut done = 0;
                    while let Ok(masstree_protocol::Step::Request { used, seq, request }) =
                        decoder.decode(&left[done..])
                    {
                        let mut reply = masstree_protocol::ReplyWriter::new(&mut output);
                        match request {
                            masstree_protocol::Request::Handshake(hello) => {
                                decoder.accept(&hello);
                                reply.welcome(seq, masstree_protocol::Greeting::Ours, None);
                            }
                            masstree_protocol::Request::Get { .. } => reply.value(seq, b"at once"),
                            other => reply.written(
                                seq,
                                other.command(),
                                masstree_protocol::Written::Updated,
                            ),
                        }
                        done += used;
                    }
                    left.drain(..done);
                    if stream.write_all(&output).is_err() {
                        return;
                    }
                    output.clear();
                }
            });
        }
    });
    address
}

const MILLION: f64 = 1_000_000.0;

/// How often it is tried, a second each.
const TRIES: usize = 12;

#[test]
#[ignore = "measures; run it alone, with --release"]
fn above_a_million_operations_a_second_and_core() {
    let address = format!("target.address=\"{}\"", at_once());
    let text = "[runtime]\npipeline = 32\n[workload]\nload = 0\nvalues = \"random\"\n[workload.keys]\nmax = 1000000\n";
    for settings in [
        &["workload.keys.strategy=uniform"][..],
        &["workload.keys.strategy=zipfian"],
        &["workload.keys.strategy=uniform", "protocol.operation=set"],
        &[
            "workload.keys.strategy=uniform",
            "protocol.operation=set",
            "workload.values=verifiable",
        ],
        &[
            "workload.keys.strategy=uniform",
            "runtime.connections_per_thread=8",
        ],
    ] {
        let all = [&[&address[..], "experiment.duration=1s"], settings].concat();
        // The best of a few: whatever else the machine does makes it slower, never faster.
        let mut best = 0.0_f64;
        for _ in 0..TRIES {
            if best > MILLION {
                break;
            }
            let outcome = run_text(text, &all);
            let group = group(&outcome);
            let of_a_core = group.achieved / group.busy;
            println!(
                "{settings:?}: {:.0}/s, {:.0} % of a core: {of_a_core:.0}/s a core; p50 {}",
                group.achieved,
                100.0 * group.busy,
                time(group.total.latency.p50 as f64)
            );
            best = best.max(of_a_core);
        }
        assert!(best > MILLION, "{settings:?}: {best:.0}/s a core");
    }
}
