#!/usr/bin/env bash
# The concurrent tests under ThreadSanitizer, with a standard library built with it too. Nothing is suppressed.
# ThreadSanitizer does not know fences: `--cfg tsan` makes the accesses that ours order acquire and release, and crossbeam-epoch does the same by itself.
# The toolchain is unpacked into the target directory by ../shared/tools/tsan-toolchain.sh; SHARED names another place of `shared`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-target}/tsan")
export CARGO_TARGET_DIR
toolchain=$CARGO_TARGET_DIR/toolchain
if [ ! -x "$toolchain/rustc" ]; then
    bash "${SHARED:-../shared}/tools/tsan-toolchain.sh" "$toolchain"
fi

export RUSTC="$toolchain/rustc" RUSTC_BOOTSTRAP=1
export RUSTFLAGS="-Zsanitizer=thread --cfg tsan -Cunsafe-allow-abi-mismatch=sanitizer"
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1"
target=$("$RUSTC" -vV | sed -n 's/^host: //p')

cargo test -Zbuild-std --target "$target" -p optimistic -p masstree-testkit --lib --tests
cargo test -Zbuild-std --target "$target" -p masstree --lib --test stress --test linearizable --test promises --test regressions --test panicking_drops
cargo test -Zbuild-std --target "$target" -p masstree-store --lib --test chains --test contention --test scans --test transactions --test versions
cargo test -Zbuild-std --target "$target" --manifest-path crates/ferntree/Cargo.toml --lib --test stress --test drops --test regressions --test either_tree --test near

# The same program on ferntree 0.7 races, and that is seen: silence about ours is not blindness. A wrapper leaves the standard library as it was built.
wrapper=$CARGO_TARGET_DIR/ferntree-07
printf '#!/bin/sh\nexec "$@" --cfg ferntree_07\n' >"$wrapper"
chmod +x "$wrapper"
RUSTC_WORKSPACE_WRAPPER=$wrapper MASSTREE_TEST_SCALE=0.2 cargo test -Zbuild-std --target "$target" \
    --manifest-path crates/ferntree/Cargo.toml --test either_tree >"$wrapper.log" 2>&1 || true
if grep "WARNING: ThreadSanitizer: data race" -A 4 -m 1 "$wrapper.log"; then
    echo "tsan: ferntree 0.7 is reported as racing, as expected"
else
    tail -n 30 "$wrapper.log"
    echo "tsan: no race of ferntree 0.7 was reported"
    exit 1
fi
echo "tsan: clean"
