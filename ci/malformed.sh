#!/usr/bin/env bash
# A hundred thousand mutated and random messages against a server, with a row that must not change and memory that must not grow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo test --release -p masstree-server --test malformed -- --include-ignored
