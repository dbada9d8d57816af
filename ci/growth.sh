#!/usr/bin/env bash
# How cost grows: lookups, inserts, scans of 100 and memory from ten thousand keys to fifty million, ours and the best peers, as a chart and as JSON
# in docs/benchmarks/. About half an hour; for a quiet machine of 16 GB. SIZES (10000,30000,…) and MAPS (ours,ferntree,…) choose;
# NAME is how the files begin (today's date); FROM=FILE.json draws what an earlier run wrote. A quick look: SIZES=10000,100000,1000000 NAME=/tmp/quick.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sizes=${SIZES:-10000,30000,100000,300000,1000000,3000000,10000000,20000000,50000000}
maps=${MAPS:-ours,ferntree,artmap,ferntree07,rwlock,masstree095}
name=${NAME:-$PWD/docs/benchmarks/$(date +%F)}
if [[ -n ${FROM:-} ]]; then
    what=(--from "$(realpath "$FROM")")
else
    what=(--sizes "$sizes" --maps "$maps" --commit "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" --json "$name-growth.json")
fi
cargo bench --quiet -p masstree-bench --features peers --bench growth -- "${what[@]}" --svg "$name-growth.svg"
echo "written: $name-growth.svg"
