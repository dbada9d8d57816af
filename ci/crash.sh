#!/usr/bin/env bash
# A process under full load, with checkpoints running, is killed 300 times (or as often as the first argument says) and its directory opened again: no write
# that it had acknowledged is lost, none is invented, none is torn. MASSTREE_SEED repeats the times of the kills, and is a fresh one if it is not set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export MASSTREE_ROUNDS="${1:-${MASSTREE_ROUNDS:-300}}"
export MASSTREE_SEED="${MASSTREE_SEED:-$((RANDOM * 32768 + RANDOM))}"
cargo test --release -p masstree-store --test crash -- --nocapture
