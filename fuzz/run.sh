#!/usr/bin/env bash
# Runs the fuzz targets for a number of inputs each, with their dictionaries and seeds, and says of each how many
# inputs it took, how long, what it covers, and whether anything was found.
#
#   bash fuzz/run.sh [TARGET…]              all six without a name
#   RUNS=100000 bash fuzz/run.sh decode     other than 5,000,000 inputs
#   SANITIZER=none bash fuzz/run.sh         several times as fast; debug assertions stay, and there is no `unsafe` here
#
# Needs nightly Rust (rustup toolchain install nightly) and cargo-fuzz (cargo install cargo-fuzz).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

targets=("$@")
[ $# -gt 0 ] || targets=(decode split_against_whole roundtrip command_line terminal_escape broker_frames)
runs=${RUNS:-5000000}
sanitizer=${SANITIZER:-address}

nice cargo +nightly fuzz build --sanitizer "$sanitizer"
found=0
for target in "${targets[@]}"; do
  corpus=fuzz/corpus/$target log=fuzz/corpus/$target.log
  mkdir -p "$corpus"
  case $target in
    command_line) dictionary=words ;;
    terminal_escape) dictionary=escape ;;
    *) dictionary=stomp ;;
  esac
  # Cut in all ways, a long input takes long and shows no more.
  longest=4096
  [ "$target" != split_against_whole ] || longest=1000
  began=$SECONDS
  if nice -n 19 cargo +nightly fuzz run --sanitizer "$sanitizer" "$target" "$corpus" "fuzz/seeds/$target" -- "-dict=fuzz/$dictionary.dict" \
    "-runs=$runs" -rss_limit_mb=512 "-max_len=$longest" >"$log" 2>&1; then
    crashes='nothing found'
  else
    crashes="FOUND SOMETHING: see the end of $log"
    found=1
  fi
  count=$(grep -aoE '^(Done |#)[0-9]+' "$log" | tail -n 1 | tr -dc 0-9 || true)
  covered=$(grep -ao 'cov: [0-9]*' "$log" | tail -n 1 || true)
  printf '%-20s %9s inputs  %5d s  %-10s %s\n' "$target" "${count:-0}" $((SECONDS - began)) "${covered:-}" "$crashes"
done
exit $found
