#!/usr/bin/env bash
# The server beside Redis and memcached: one core for the server, one for the generator, pipeline 32 on 16 connections, 8-byte keys and values, a million of them.
# They take turns in each round; prints a table of medians. ROUNDS (3) and SECONDS_EACH (5) say how much.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source ci/peers.sh

rounds=${ROUNDS:-3} seconds=${SECONDS_EACH:-5}
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

for ((round = 1; round <= rounds; round++)); do
    for operation in get set; do
        for server in "${servers[@]}"; do
            run "$server" "$operation" "$round" "$scratch/$operation.toml"
        done
    done
done
table "$rounds" get set
