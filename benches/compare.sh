#!/usr/bin/env bash
# How near `stomp` comes to the socket's own limit. Builds stomp and the benchmarks' peer (benches/peer), runs
# them side by side in one run, best of several, and prints one table: what was reached, what is wanted, OK or
# MISSED. Bodies have 100 bytes.
#
#   send   stomp send -l --receipt last, and all, against peer write, both to peer sink
#   sub    stomp sub -c N > /dev/null against peer copy … /dev/null, both from peer blast
#   count  each body of peer count is written once and in order, and each message acked once
#   peak   the peak of memory of each, for several N
#   shot   time and peak of memory of a whole `stomp send /queue/a hello`
#
# Ends with 0 if everything is OK, 1 if something is MISSED, 2 if it could not measure.
# Needs bash 5, GNU time, and 1.2 GB for the lines of 10 million messages.
# A rate of the peer is its own figure; one of stomp is over the whole process, from its start to its end.
# shellcheck disable=SC2317 # functions are called by timed and peak
set -u -o pipefail
export LC_ALL=C

usage() {
  cat <<'END'
usage: benches/compare.sh [options]
  -n N         messages of a timed run (10000000)
  -r RUNS      timed runs, the best of which counts (5)
  -m "N N N"   numbers of messages whose peaks of memory are compared ("100000 1000000 10000000")
  -s SHOTS     one-shot sends (200)
  -t SECS      what any one run may take (300)
  -q           quick: -n 1000000 -r 3 -m "100000 1000000"
  --stomp FILE, --peer FILE    these programs; what is given is not built
END
}

N=10000000 runs=5 sizes='100000 1000000 10000000' shots=200 patience=300 stomp='' peer=''
while (($#)); do
  case $1 in
  -n | -r | -m | -s | -t | --stomp | --peer)
    if (($# < 2)); then
      usage >&2
      exit 2
    fi
    ;;&
  -n) N=$2 && shift ;;
  -r) runs=$2 && shift ;;
  -m) sizes=$2 && shift ;;
  -s) shots=$2 && shift ;;
  -t) patience=$2 && shift ;;
  --stomp) stomp=$(realpath -- "$2") && shift ;;
  --peer) peer=$(realpath -- "$2") && shift ;;
  -q) N=1000000 runs=3 sizes='100000 1000000' ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
  esac
  shift
done

die() {
  echo "compare: $*" >&2
  exit 2
}
note() { echo "compare: $*" >&2; }

[[ "$N $runs $shots $patience $sizes" =~ ^[1-9][0-9]*(\ +[1-9][0-9]*)+$ ]] || die 'every number is at least 1'
gnu_time=$(type -P time)
"$gnu_time" -f %M true 2>/dev/null || die 'GNU time is not installed'
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." || exit 2

wanted=()
[[ $stomp ]] || wanted+=(--bin stomp)
[[ $peer ]] || wanted+=(--example peer)
if ((${#wanted[@]})); then
  cargo build --release "${wanted[@]}" || die 'the build failed'
fi
target=${CARGO_TARGET_DIR:-target}
stomp=${stomp:-$(realpath -- "$target/release/stomp")}
peer=${peer:-$(realpath -- "$target/release/examples/peer")}
[[ -x $stomp && -x $peer ]] || die "$stomp or $peer is not there"

dir=$(mktemp -d) || exit 2
servers=()
finish() {
  ((${#servers[@]})) && kill "${servers[@]}" 2>/dev/null
  rm -rf -- "$dir"
}
trap finish EXIT
trap 'exit 2' INT TERM
# Nobody's settings take part.
unset "${!STOMP_@}" "${!XDG_@}"
export HOME=$dir

# serve NAME MODE [N SIZE]: starts a server of the peer; its port is then in port[NAME].
declare -A port
serve() {
  local name=$1 mode=$2 tries
  shift 2
  "$peer" "$mode" 0 "$@" >"$dir/$name.out" 2>"$dir/$name.err" &
  servers+=($!)
  for ((tries = 0; tries < 500; tries++)); do
    if grep -qs '^listening on' "$dir/$name.out"; then
      port[$name]=$(sed -n 's/^listening on .*://p' "$dir/$name.out")
      return
    fi
    sleep 0.01
  done
  die "peer $mode does not listen: $(<"$dir/$name.err")"
}

url() { echo "stomp://127.0.0.1:${port[$1]}"; }

# What a server says of a connection comes when that is closed: said NAME LINES waits for so many lines in all,
# and prints the last one.
said() {
  local tries
  for ((tries = 0; tries < 500; tries++)); do
    (($(wc -l <"$dir/$1.err") >= $2)) && break
    sleep 0.01
  done
  tail -n 1 "$dir/$1.err"
}

# timed COMMAND…: microseconds that it took, in `took`; fails as it does.
timed() {
  local begun=$EPOCHREALTIME status
  "$@"
  status=$?
  local ended=$EPOCHREALTIME
  took=$((${ended/./} - ${begun/./}))
  return "$status"
}

# The lines to be sent: the first $1 of them.
lines() { echo "$dir/lines.$1"; }
make_lines() {
  [[ -e $(lines "$1") ]] || seq -f '%0100.0f' "$1" >"$(lines "$1")" || die 'no room for the lines'
}

send() { timeout "$patience" "$stomp" -s "$(url sink)" send -l --receipt "$1" /queue/x <"$(lines "$2")"; }
sub() { timeout "$patience" "$stomp" -s "$(url "$1")" sub -c "$2" /queue/x </dev/null; }

# The table: a row has a name, what was reached, what it is measured against, their ratio, what is wanted.
rows=() missed=0
row() { rows+=("$(printf '%-34s %26s %16s %7s %15s  %s' "$@")"); }
verdict() {
  if (($1)); then
    verdict=OK
  else
    verdict=MISSED
    missed=1
  fi
}
million() { awk -v n="$1" 'BEGIN { printf "%.2f M/s", n / 1e6 }'; }
mib() { awk -v k="$1" 'BEGIN { printf "%.1f", k / 1024 }'; }
ms() { awk -v us="$1" 'BEGIN { printf "%.2f ms", us / 1e3 }'; }

# rate NAME REACHED LIMIT PARTS: a row for a rate of which a PARTS-th of the limit is wanted.
rate() {
  local ratio
  ratio=$(awk -v a="$2" -v b="$3" 'BEGIN { printf "%.3f", b ? a / b : 0 }')
  verdict $(($2 > 0 && $2 * $4 >= $3))
  row "$1" "$(million "$2")" "$(million "$3")" "$ratio" ">= 1/$4" "$verdict"
}

# best NAME RATE: keeps the highest.
declare -A best=([write]=0 [copy]=0 [last]=0 [all]=0 [sub]=0)
keep() { (($2 > best[$1])) && best[$1]=$2; }

# The raw limit that the peer says it reached, from its line `… = N msg/s`.
limit() {
  local line
  line=$(timeout "$patience" "$peer" "$@") || die "peer $1 failed"
  line=${line##*= }
  echo "${line% msg/s}"
}

# What the sink has to say after a send of $1 messages; counts the lines that it has said.
connections=0
arrived() {
  local line
  line=$(said sink $((++connections)))
  [[ $line == "sink: $1 sends "* ]] || {
    note "of $1 messages sent, the sink says: $line"
    return 1
  }
}

note "making $N lines"
for n in $N $sizes; do make_lines "$n"; done
serve sink sink
serve blast blast "$N" 100
serve count count "$N" 100

for ((run = 1; run <= runs; run++)); do
  note "run $run of $runs"
  value=$(limit write 127.0.0.1 "${port[sink]}" "$N" 100) || exit 2
  arrived "$N" || exit 2
  keep write "$value"
  for receipt in last all; do
    if timed send "$receipt" "$N" && arrived "$N"; then
      keep "$receipt" $((N * 1000000 / took))
    else
      note "stomp send --receipt $receipt failed"
      connections=$(wc -l <"$dir/sink.err")
    fi
  done
  value=$(limit copy 127.0.0.1 "${port[blast]}" "$N" /dev/null) || exit 2
  keep copy "$value"
  if timed sub blast "$N" >/dev/null; then
    keep sub $((N * 1000000 / took))
  else
    note 'stomp sub failed'
  fi
done
rate "send -l --receipt last | write" "${best[last]}" "${best[write]}" 3
rate "send -l --receipt all  | write" "${best[all]}" "${best[write]}" 10
rate "sub -c N               | copy" "${best[sub]}" "${best[copy]}" 3

note 'count'
xs=$(printf '%090d' 0 | tr 0 x)
sub count "$N" | cmp -s - <(seq -f "%010.0f$xs" "$N")
status=("${PIPESTATUS[@]}")
((status[0] == 0)) || note "stomp sub ended with ${status[0]}"
verdict $((status[0] == 0 && status[1] == 0))
row 'sub: bodies once and in order' "$( ((status[1])) && echo differ || echo "$N")" "$N" '' all "$verdict"
# blast and count say three lines: what was fed, the connection, the acks.
line=$(said count 3)
[[ $line == "count: $N acked of $N messages, 0 acked again, 0 acks of none" ]]
verdict $(($? == 0))
acked=${line#count: }
row 'sub: each acked once' "${acked%% *}" "$N" '' all "$verdict"
[[ $verdict == OK ]] || note "$line"

# peak COMMAND…: KiB of its peak, in `kib`; 0 if it fails. The command is a function above.
peak() {
  local plain=$stomp
  printf '#!/bin/sh\nexec %q -o %q -f %%M %q "$@"\n' "$gnu_time" "$dir/kib" "$plain" >"$dir/measured"
  chmod +x "$dir/measured"
  stomp=$dir/measured
  if "$@" >/dev/null; then kib=$(tail -n 1 "$dir/kib"); else kib=0; fi
  stomp=$plain
}

# flat NAME KIB…: a row for peaks that have to be the same within 2 MiB.
flat() {
  local name=$1 low=$2 high=$2 all='' k
  shift
  for k in "$@"; do
    ((k < low)) && low=$k
    ((k > high)) && high=$k
    all+="${all:+ / }$(mib "$k")"
  done
  verdict $((low > 0 && high - low <= 2048))
  row "$name" "$all MiB" '' "+$(mib $((high - low)))" '<= 2 MiB apart' "$verdict"
}

note "peaks of memory for $sizes messages"
declare -A peaks=([last]='' [all]='' [sub]='')
for n in $sizes; do
  serve "blast$n" blast "$n" 100
  for receipt in last all; do
    connections=$(wc -l <"$dir/sink.err")
    peak send "$receipt" "$n"
    arrived "$n" || kib=0
    peaks[$receipt]+=" $kib"
  done
  peak sub "blast$n" "$n"
  peaks[sub]+=" $kib"
done
for what in last all sub; do
  case $what in
  sub) name='sub -c N' ;;
  *) name="send -l --receipt $what" ;;
  esac
  # shellcheck disable=SC2086 # one word each
  flat "peak, $name" ${peaks[$what]}
done

note "$shots one-shot sends"
shot() { "$stomp" -s "$sink_url" send /queue/a hello </dev/null; }
sink_url=$(url sink)
connections=$(wc -l <"$dir/sink.err")
times=() bare=() failed=0
# The first one may hang: then there are no more.
if ! timeout "$patience" "$stomp" -s "$sink_url" send /queue/a hello </dev/null || ! arrived 1; then
  failed=1
fi
for ((i = 0; !failed && i < shots; i++)); do
  timed shot || failed=1
  times+=("$took")
  timed /bin/true
  bare+=("$took")
done
((connections += ${#times[@]} - 1))
((failed)) || arrived 1 || failed=1
((${#times[@]})) || times=(0) bare=(0)
readarray -t times < <(printf '%s\n' "${times[@]}" | sort -n)
readarray -t bare < <(printf '%s\n' "${bare[@]}" | sort -n)
((failed)) && note 'a one-shot send failed'
verdict $((!failed && times[0] <= 5000))
row 'one-shot send, best' "$(ms "${times[0]}")" "true: $(ms "${bare[0]}")" '' '<= 5 ms' "$verdict"
row 'one-shot send, median' "$(ms "${times[${#times[@]} / 2]}")" "true: $(ms "${bare[${#bare[@]} / 2]}")" '' '' ''
highest=0
for ((i = 0; !failed && i < 20; i++)); do
  peak shot
  ((kib)) || failed=1
  ((kib > highest)) && highest=$kib
done
verdict $((!failed && highest <= 8192))
row 'one-shot send, highest peak of 20' "$(mib "$highest") MiB" '' '' '<= 8 MiB' "$verdict"

printf '\n%s messages of 100 bytes, best of %s runs; peaks for %s messages\n\n' "$N" "$runs" "$sizes"
printf '%-34s %26s %16s %7s %15s\n' '' reached against ratio wanted
printf '%s\n' "${rows[@]}"
exit "$missed"
