#!/usr/bin/env bash
# The whole tree under shuttle: 100,000 schedules, half of them random and half by probabilistic concurrency testing. Under a minute, and the build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export RUSTFLAGS="--cfg shuttle"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/shuttle"
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true

cargo test --release -p masstree --test shuttle_tree -- --nocapture
echo "shuttle: 100,000 schedules, every check holds"
