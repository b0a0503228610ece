#!/usr/bin/env bash
# What `stomp move` costs against its parts: on one broker, in turns, the time of `send -l` and of
# `sub -c N > /dev/null` of N messages of 100 bytes, and of `move -c N` of the same ones. Prints a line per
# round and the median; the embedded broker has to reach a ratio of 1.5.
#
# Ends with 0 if everything is OK, 1 if something is MISSED, 2 if it could not measure.
# Needs bash 5.
set -u -o pipefail
export LC_ALL=C

usage() {
  cat <<'END'
usage: benches/move.sh [options]
  -n N         messages (1000000)
  -r RUNS      rounds (5)
  -s URL       this broker, of which no ratio is wanted; by default the embedded one in a process of its own
  -H HEADER    one more header of each message that is sent, such as persistent:true
  -t SECS      what any one run may take (300)
  --stomp FILE this program, which is not built
END
}

N=1000000 runs=5 url='' patience=300 stomp='' header=()
while (($#)); do
  case $1 in
  -n | -r | -s | -H | -t | --stomp)
    if (($# < 2)); then
      usage >&2
      exit 2
    fi
    ;;&
  -n) N=$2 && shift ;;
  -r) runs=$2 && shift ;;
  -s) url=$2 && shift ;;
  -H) header+=(-H "$2") && shift ;;
  -t) patience=$2 && shift ;;
  --stomp) stomp=$(realpath -- "$2") && shift ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
  esac
  shift
done

die() {
  echo "move: $*" >&2
  exit 2
}

[[ "$N $runs $patience" =~ ^[1-9][0-9]*(\ [1-9][0-9]*)+$ ]] || die 'every number is at least 1'
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." || exit 2
if [[ ! $stomp ]]; then
  cargo build --release --bin stomp || die 'the build failed'
  stomp=$(realpath -- "${CARGO_TARGET_DIR:-target}/release/stomp")
fi
dir=$(mktemp -d) || exit 2
broker=''
finish() {
  [[ $broker ]] && kill "$broker" 2>/dev/null
  rm -rf -- "$dir"
}
trap finish EXIT
trap 'exit 2' INT TERM
# Nobody's settings take part.
unset "${!STOMP_@}" "${!XDG_@}"
export HOME=$dir

wanted=''
if [[ ! $url ]]; then
  wanted=1.5
  "$stomp" broker --listen 127.0.0.1:0 --queue-size 4096 >"$dir/url" 2>"$dir/log" &
  broker=$!
  for ((tries = 0; tries < 500; tries++)); do
    [[ -s $dir/url ]] && break
    sleep 0.01
  done
  url=$(head -n 1 "$dir/url")
  [[ $url ]] || die "the embedded broker does not start: $(<"$dir/log")"
fi
seq -f '%0100.0f' "$N" >"$dir/lines" || die 'no room for the lines'
from=/queue/bench-move-from-$$ to=/queue/bench-move-to-$$

# timed COMMAND…: microseconds that it took, in `took`.
timed() {
  local begun=$EPOCHREALTIME
  timeout "$patience" "$stomp" -q -s "$url" "$@" || die "stomp $1 failed"
  local ended=$EPOCHREALTIME
  took=$((${ended/./} - ${begun/./}))
}
send() { timed send -l "${header[@]}" "$from" <"$dir/lines"; }
# sub QUEUE: what came is compared with what was sent.
sub() { timed sub -c "$N" "$1" </dev/null >"$dir/came"; }

ratios=()
for ((run = 1; run <= runs; run++)); do
  send && sent=$took
  timed sub -c "$N" "$from" </dev/null >/dev/null && received=$took
  send && sent=$(((sent + took) / 2))
  timed move -c "$N" "$from" "$to" </dev/null && moved=$took
  sub "$to"
  cmp -s "$dir/came" "$dir/lines" || die 'what was moved is not what was sent'
  ratio=$(awk -v m="$moved" -v p=$((sent + received)) 'BEGIN { printf "%.3f", m / p }')
  ratios+=("$ratio")
  awk -v n="$N" -v s="$sent" -v r="$received" -v m="$moved" -v ratio="$ratio" 'BEGIN {
    printf "send %.2f s, sub %.2f s, move %.2f s (%.0f messages/s): %s\n", s / 1e6, r / 1e6, m / 1e6, n / m * 1e6, ratio
  }'
done
readarray -t ratios < <(printf '%s\n' "${ratios[@]}" | sort -n)
median=${ratios[runs / 2]}
verdict=''
if [[ $wanted ]]; then
  verdict=$(awk -v m="$median" -v w="$wanted" 'BEGIN { print (m <= w) ? "OK" : "MISSED" }')
fi
echo "move of $N messages to send + sub, median of $runs: $median${wanted:+, at most $wanted wanted: $verdict}"
[[ $verdict != MISSED ]]
