#!/usr/bin/env bash
# The YCSB core workloads under workloads/ on our server, Redis and memcached, all in memory: one core for the server, one for the generator, which verifies every value.
# They take turns in each round; prints a table of medians, and with JSON=FILE writes every round there.
# ROUNDS (3), SECONDS_EACH (3), RECORDS (100000, of 1,000 bytes), CONNECTIONS (8) and PIPELINE (8) say how much. Redis and memcached have no scans in order: E is ours alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source ci/peers.sh

rounds=${ROUNDS:-3} records=${RECORDS:-100000}
settings=(
    --set "experiment.duration=${SECONDS_EACH:-3}s"
    --set "runtime.num_threads=1"
    --set "runtime.connections_per_thread=${CONNECTIONS:-8}"
    --set "runtime.pipeline=${PIPELINE:-8}"
    --set "workload.keys.max=$records"
)
names=(ycsb-a ycsb-b ycsb-c ycsb-d ycsb-e ycsb-f)
for ((round = 1; round <= rounds; round++)); do
    for name in "${names[@]}"; do
        for server in "${servers[@]}"; do
            [[ $name == ycsb-e && $server != ours ]] && continue
            run "$server" "$name" "$round" "workloads/$name.toml" "${settings[@]}"
        done
    done
done
table "$rounds" "${names[@]}"
