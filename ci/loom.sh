#!/usr/bin/env bash
# The models of the concurrent protocols under loom: of the locks alone, of the whole trees, and of the store's clock. About six minutes.
# LOOM_MAX_DURATION gives each model of the tree another time than 12 seconds; arguments choose models by name.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export RUSTFLAGS="--cfg loom"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/loom"
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true

cargo test --release -p optimistic --test '*loom*' -- --nocapture "$@"
cargo test --release -p masstree --test loom_tree -- --nocapture "$@"
cargo test --release --manifest-path crates/ferntree/Cargo.toml --test loom_tree -- --nocapture "$@"
cargo test --release -p masstree-store --lib models -- --nocapture
echo "loom: every model holds"
