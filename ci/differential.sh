#!/usr/bin/env bash
# Ten million operations of every kind on maps of byte keys, compared with BTreeMap: eight tests, each of another width or storage, share them.
# MASSTREE_OPERATIONS is the number for each test. Then 5.7 million on ferntree, its invariants checked after each thousand. MASSTREE_SEED repeats a run, and is a fresh one if it is not set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export MASSTREE_OPERATIONS="${MASSTREE_OPERATIONS:-1250000}"
export MASSTREE_SEED="${MASSTREE_SEED:-$((RANDOM * 32768 + RANDOM))}"
echo "MASSTREE_SEED=$MASSTREE_SEED MASSTREE_OPERATIONS=$MASSTREE_OPERATIONS"
cargo test --release -p masstree --test differential
MASSTREE_TEST_SCALE="${MASSTREE_TEST_SCALE:-5}" cargo test --release --manifest-path crates/ferntree/Cargo.toml --test differential
