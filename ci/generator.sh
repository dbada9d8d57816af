#!/usr/bin/env bash
# How many operations a second of processor time the workload generator makes against a server that answers at once, at pipeline 32. For a quiet machine.
# Loops of idle priority keep the processors awake: waking one that sleeps takes a virtual machine tens of microseconds, and counts as the generator's time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo test --release -p masstree-bench --test load --no-run
for _ in $(seq "$(nproc)"); do
    chrt --idle 0 bash -c 'while :; do :; done' &
done
trap 'kill $(jobs -p)' EXIT
cargo test --release -p masstree-bench --test load speed -- --ignored --nocapture
