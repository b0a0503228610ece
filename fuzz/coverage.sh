#!/usr/bin/env bash
# Which lines of the decoder the inputs reach that the fuzzer has found (fuzz/run.sh first), the seeds included: a
# table of files, and behind it each line that is not reached.
#
#   bash fuzz/coverage.sh [TARGET]      split_against_whole without a name
#
# Needs nightly Rust with its llvm-tools (rustup component add llvm-tools --toolchain nightly) and cargo-fuzz.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${1:-split_against_whole}
corpus=fuzz/corpus/$target
mkdir -p "$corpus"
nice cargo +nightly fuzz coverage "$target" "$corpus" "fuzz/seeds/$target"
host=$(rustc -vV | sed -n 's/^host: //p')
tools=$(rustc +nightly --print sysroot)/lib/rustlib/$host/bin
binary=$(find target fuzz/target -path "*coverage*/release/$target" -type f 2>/dev/null | head -n 1)
files=(src/protocol/decode src/protocol/escape.rs src/protocol/batch.rs src/protocol/scan.rs)
"$tools/llvm-cov" report "$binary" -instr-profile="fuzz/coverage/$target/coverage.profdata" --show-functions=false "${files[@]}"
echo
"$tools/llvm-cov" show "$binary" -instr-profile="fuzz/coverage/$target/coverage.profdata" "${files[@]}" |
  grep -E '^/|^ +[0-9]+\| +0\|' || true
