#!/usr/bin/env bash
# The shell under a flood: builds stomp, the benchmarks' peer and the program that types and reads the screen
# (benches/flood), and runs that. Its options: bash benches/flood.sh --help
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
cargo build --release --bin stomp --example peer
cargo bench --bench flood -- "$@"
