#!/usr/bin/env bash
# How many operations a second of processor time the workload generator makes against a server that answers at once, at pipeline 32. For a quiet machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo test --release -p masstree-bench --test load speed -- --ignored --nocapture
