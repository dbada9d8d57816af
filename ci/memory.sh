#!/usr/bin/env bash
# Five million keys, inserted, and removed in ascending, descending and random order: live bytes come back within 2 % of the growth.
# MASSTREE_KEYS is the number of keys.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo test --release -p masstree --test memory -- --include-ignored --nocapture --test-threads 1
