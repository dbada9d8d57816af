#!/usr/bin/env bash
# The server beside Redis: one core for the server, one for the generator, pipeline 32 on 16 connections, 8-byte keys and values, a million of them.
# They take turns in each round; prints a table of medians. ROUNDS (3) and SECONDS_EACH (5) say how much. Redis comes from Debian's package redis-server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${ROUNDS:-3} seconds=${SECONDS_EACH:-5}
command -v redis-server >/dev/null || { apt-get update -qq && apt-get install -y -qq redis-server >/dev/null; }
command -v taskset >/dev/null || { apt-get update -qq && apt-get install -y -qq util-linux >/dev/null; }
cargo build --quiet --release -p masstree-cli
masstree=${CARGO_TARGET_DIR:-target}/release/masstree
scratch=$(mktemp -d)
pids=()
finish() {
    kill "${pids[@]}" 2>/dev/null || true
    rm -rf "$scratch"
}
trap finish EXIT

taskset -c 0 "$masstree" serve --listen 127.0.0.1:7378 --threads 1 --log warn >/dev/null &
pids+=($!)
taskset -c 0 redis-server --port 7379 --save '' --appendonly no >/dev/null &
pids+=($!)
sleep 1

for operation in get set; do
    cat >"$scratch/$operation.toml" <<TOML
[experiment]
duration = "${seconds}s"
[runtime]
num_threads = 1
connections_per_thread = 16
pipeline = 32
[workload.operations]
strategy = "weighted"
commands = [{ name = "$operation" }]
[workload.keys]
strategy = "uniform"
max = 1000000
prefix = "k"
[workload.value_size]
strategy = "fixed"
size = 8
[workload]
values = "random"
TOML
done

# run SERVER TARGET OPERATION ROUND
run() {
    taskset -c 1 "$masstree" bench "$scratch/$3.toml" --target "$2" --json "$scratch/$1-$3-$4.json" >/dev/null 2>&1
}
for ((round = 1; round <= rounds; round++)); do
    for operation in get set; do
        run ours masstree://127.0.0.1:7378 "$operation" "$round"
        run redis redis://127.0.0.1:7379 "$operation" "$round"
    done
done

python3 - "$scratch" "$rounds" <<'PYTHON'
import json, statistics, sys
scratch, rounds = sys.argv[1], int(sys.argv[2])
def median(server, operation, pick):
    runs = [json.load(open(f"{scratch}/{server}-{operation}-{r + 1}.json"))["runs"][0]["groups"][0] for r in range(rounds)]
    return statistics.median(pick(run) for run in runs)
print("| operation | what | ours | Redis | ratio |\n|---|---|---|---|---|")
for operation in ("get", "set"):
    for what, pick in (("thousand a second", lambda run: run["achieved"] / 1e3),
                       ("p50, µs", lambda run: run["total"]["latency"]["p50"] / 1e3),
                       ("p99, µs", lambda run: run["total"]["latency"]["p99"] / 1e3),
                       ("how busy the generator was", lambda run: run["busy"])):
        ours, peer = median("ours", operation, pick), median("redis", operation, pick)
        print(f"| {operation} | {what} | {ours:.2f} | {peer:.2f} | {ours / peer:.2f} |")
PYTHON
