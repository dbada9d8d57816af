#!/usr/bin/env bash
# Histories of list-append and register workloads, judged by adya: 500 (or as many as the first argument says) for each level, alone and beside other operations.
# No anomaly below the level that was asked for; transactions with a check taken out are caught. Then a million operations against the model.
# MASSTREE_SEED repeats a run, and is a fresh one if it is not set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export MASSTREE_HISTORIES="${1:-${MASSTREE_HISTORIES:-500}}"
export MASSTREE_SEED="${MASSTREE_SEED:-$((RANDOM * 32768 + RANDOM))}"
echo "MASSTREE_SEED=$MASSTREE_SEED MASSTREE_HISTORIES=$MASSTREE_HISTORIES"
cargo test --release -p masstree-store --test isolation -- --nocapture
MASSTREE_OPERATIONS="${MASSTREE_OPERATIONS:-50000}" cargo test --release -p masstree-store --test model
