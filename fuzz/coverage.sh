#!/usr/bin/env bash
# Which lines of the decoder the inputs reach that the fuzzer has found (fuzz/run.sh first), the seeds included: a
# table of files, and behind it each line that is not reached.
#
#   bash fuzz/coverage.sh
#
# Needs nightly Rust with its llvm-tools (rustup component add llvm-tools --toolchain nightly) and cargo-fuzz.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

targets=(decode split_against_whole)
files=(src/protocol/decode src/protocol/batch.rs src/protocol/escape.rs src/protocol/scan.rs src/protocol/error.rs)
host=$(rustc -vV | sed -n 's/^host: //p')
tools=$(rustc +nightly --print sysroot)/lib/rustlib/$host/bin
binaries=() profiles=()
for target in "${targets[@]}"; do
  mkdir -p "fuzz/corpus/$target"
  nice cargo +nightly fuzz coverage "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" >/dev/null
  binary=$(find target fuzz/target -path "*/coverage/*/release/$target" -type f 2>/dev/null | head -n 1)
  [ ${#binaries[@]} = 0 ] || binaries+=(-object)
  binaries+=("$binary")
  profiles+=("fuzz/coverage/$target/coverage.profdata")
done
all=fuzz/coverage/decoder.profdata
"$tools/llvm-profdata" merge -o "$all" "${profiles[@]}"
"$tools/llvm-cov" report "${binaries[@]}" "-instr-profile=$all" --show-functions=false "${files[@]}"
echo
"$tools/llvm-cov" show "${binaries[@]}" "-instr-profile=$all" "${files[@]}" | grep -E '^/|^ +[0-9]+\| +0\|' || true
