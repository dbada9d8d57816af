#!/usr/bin/env bash
# Weakens each named ordering of optimistic's `order` in turn and expects a model to fail: an ordering that no model misses is not tested.
# Arguments choose names; without any, all. The models of the tree run only if those of the lock do not fail.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export RUSTFLAGS="--cfg loom" RUST_BACKTRACE=0
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/loom"
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    mapfile -t names < <(grep -oE '(= |weaken = )"[a-z_]+"' crates/optimistic/src/order.rs | grep -oE '[a-z_]+"$' | tr -d '"' | sort -u)
fi

# A wrapper of its own for each name: cargo rebuilds and keeps apart what it wraps, which is the workspace and not loom.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
mkdir -p "$CARGO_TARGET_DIR/weaken"
CARGO_TARGET_DIR=$(realpath "$CARGO_TARGET_DIR")
missed=()
for name in "${names[@]}"; do
    wrapper=$CARGO_TARGET_DIR/weaken/$name
    printf '#!/bin/sh\nexec "$@" --cfg %s\n' "'weaken=\"$name\"'" >"$wrapper"
    chmod +x "$wrapper"
    for model in "optimistic --test loom_lock" "optimistic --test latch_loom" "optimistic --test loom_seats" "optimistic --test loom_chain" "masstree --test loom_tree" "masstree-store --lib models"; do
        # shellcheck disable=SC2086
        RUSTC_WORKSPACE_WRAPPER="$wrapper" cargo test --release --no-run -p $model >"$log" 2>&1 || { cat "$log"; exit 1; }
        # shellcheck disable=SC2086
        RUSTC_WORKSPACE_WRAPPER="$wrapper" cargo test --release -p $model >>"$log" 2>&1 || true
        failed=$(sed -n 's/^test \(.*\) \.\.\. FAILED$/\1/p' "$log" | sort -u | paste -sd ' ')
        [ -n "$failed" ] && break
    done
    echo "$name: ${failed:-NO MODEL FAILS}"
    [ -n "$failed" ] || missed+=("$name")
done
if [ ${#missed[@]} -gt 0 ]; then
    echo "weaken: no model misses ${missed[*]}"
    exit 1
fi
echo "weaken: each of ${#names[@]} orderings is missed by a model"
