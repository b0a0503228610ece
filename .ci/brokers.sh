#!/usr/bin/env bash
# Real brokers for the integration tests: installed from Debian's packages, with free ports of 127.0.0.1, data in a scratch folder.
#
#   eval "$(.ci/brokers.sh start)"          rabbitmq activemq spring spring-relay; what runs already is kept
#   eval "$(.ci/brokers.sh start NAME...)"  those named: the four, activemq6 artemis apollo hornetq stompserver stampy, or all;
#                                           libraries come from Maven Central, where Debian has no package
#   .ci/brokers.sh env                      the same `export STOMP_TEST_...` lines again
#   .ci/brokers.sh stop [NAME...]           stops them (all) and removes their data
#
# spring is Spring's simple broker, spring-relay its relay to the RabbitMQ that is started here too.
# STOMP_BROKERS_DIR is the scratch folder, one by default for each user. `start` prints nothing but the export lines on its
# output, after each broker has answered; when one does not start, it stops those that it started and fails.
set -euo pipefail

readonly USUAL=(rabbitmq activemq spring spring-relay)
readonly ALL=("${USUAL[@]}" activemq6 artemis apollo hornetq stompserver stampy)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=${STOMP_BROKERS_DIR:-${TMPDIR:-/tmp}/stomp-brokers-$UID}
# Seconds a broker has until it answers; one on a busy machine takes 20.
readonly PATIENCE=120

say() { echo "brokers: $*" >&2; }
fail() { say "$*"; exit 1; }

# --- Debian packages -------------------------------------------------------------------------------------------------

# packages_of NAME: the Debian packages it stands on.
packages_of() {
  case $1 in
    rabbitmq) echo rabbitmq-server openssl ;;
    # The statistics plugin's answers become text by xstream and jettison, which the package only recommends.
    activemq) echo activemq libxstream-java libjettison-java ;;
    spring | spring-relay | activemq6 | artemis | apollo | hornetq | stampy) echo maven default-jdk-headless ;;
    stompserver) echo stompserver ;;
    *) fail "there is no broker named $1; there are: ${ALL[*]}" ;;
  esac
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "root or sudo is needed for: $*"; fi
}

# install PACKAGE...: those that are missing, without starting the services they bring.
install() {
  local missing=() package policy=/usr/sbin/policy-rc.d log=$scratch/apt.log failed=
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] ||
      [[ " ${missing[*]} " == *" $package "* ]] || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  local apt=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  local get=("${apt[@]}" install -y --no-install-recommends "${missing[@]}")
  # Debian's own way to install a server and not have it started.
  if [ ! -e $policy ]; then
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
  else
    policy=
  fi
  # Lists that are missing or name packages gone from the archive are made anew.
  { "${get[@]}" || { "${apt[@]}" update && "${get[@]}"; }; } >"$log" 2>&1 </dev/null || failed=yes
  if [ -n "$policy" ]; then as_root rm -f "$policy"; fi
  [ -z "$failed" ] || { tail -n 20 "$log" >&2; fail "apt-get did not install ${missing[*]}"; }
}

# --- Processes and ports ---------------------------------------------------------------------------------------------

# Every process of a broker, its own children too, has this in its environment; that is how it is found again.
mark_of() { echo "STOMP_BROKER_HOME=$scratch/$1"; }

# pids_of NAME
pids_of() {
  local file
  while read -r file; do
    file=${file#/proc/}
    echo "${file%/environ}"
  done < <(grep -lzxF -e "$(mark_of "$1")" /proc/[0-9]*/environ 2>/dev/null || true)
}

# spawn NAME COMMAND...: in a session of its own, so that it outlives this script and its terminal.
spawn() {
  local dir=$scratch/$1 mark
  mark=$(mark_of "$1")
  shift
  (cd "$dir" && exec setsid env "$mark" "$@") </dev/null >>"$dir/log" 2>&1 &
  echo $! >"$dir/pid"
}

# signal SIGNAL NAME: a process may have ended meanwhile.
signal() { pids_of "$2" | xargs -r kill "-$1" 2>/dev/null || true; }

# end NAME: no process of it and no data stays.
end() {
  local name=$1
  signal TERM "$name"
  for _ in $(seq 100); do
    [ -n "$(pids_of "$name")" ] || break
    sleep 0.1
  done
  for _ in $(seq 50); do
    [ -n "$(pids_of "$name")" ] || break
    signal KILL "$name"
    sleep 0.1
  done
  rm -rf "${scratch:?}/$name"
}

# free_port NAME: no socket has it, and no other broker of ours looks for one in the same range. The ranges end below
# 32768, where the system begins to hand out the ports of outgoing connections and of tests that bind port 0.
free_port() {
  local i first=20000 size=1200 port hex
  for i in "${!ALL[@]}"; do [ "${ALL[i]}" = "$1" ] && first=$((20000 + i * size)); done
  for _ in $(seq 100); do
    port=$((first + RANDOM % size))
    printf -v hex ':%04X ' $port
    grep -qs "$hex" /proc/net/tcp /proc/net/tcp6 && continue
    [[ " ${taken:-} " == *" $port "* ]] && continue
    echo $port
    return
  done
  fail "no free port from $first on"
}

# ports NAME VARIABLE...: gives each variable a port of its own.
ports() {
  local name=$1 taken='' variable
  shift
  for variable; do
    printf -v "$variable" %s "$(free_port "$name")"
    taken+=" ${!variable}"
  done
}

# --- Does it answer? -------------------------------------------------------------------------------------------------

# first_line PORT TEXT: what a listener on 127.0.0.1 answers to it, up to the first newline.
first_line() (
  exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
  printf '%b' "$2" >&3
  IFS= read -r -t 10 line <&3 || exit 1
  echo "${line%$'\r'}"
)

# speaks_stomp PORT [HEADERS]
speaks_stomp() { [ "$(first_line "$1" "CONNECT\naccept-version:1.0,1.1,1.2\n${2:-host:/\n}\n\0")" = CONNECTED ]; }

# The broker hangs up after DISCONNECT, which ends openssl.
speaks_stomp_over_tls() { # PORT CA
  [ "$(printf 'CONNECT\naccept-version:1.2\nhost:/\n\n\0DISCONNECT\n\n\0' |
    timeout 10 openssl s_client -connect "127.0.0.1:$1" -CAfile "$2" -verify_return_error -verify_ip 127.0.0.1 -quiet 2>/dev/null |
    head -n 1)" = CONNECTED ]
}

# handshake PATH: how a WebSocket is asked for, in printf's escapes.
handshake() {
  local ask="GET $1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
  printf %s "${ask}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: v12.stomp\r\n\r\n"
}

speaks_websocket() { [[ "$(first_line "$1" "$(handshake "$2")")" == 'HTTP/1.1 101 '* ]]; } # PORT PATH

# Its input stays open until the answer has come.
speaks_websocket_over_tls() { # PORT PATH CA
  [[ "$( (printf '%b' "$(handshake "$2")"; sleep 2) |
    timeout 10 openssl s_client -connect "127.0.0.1:$1" -CAfile "$3" -verify_return_error -verify_ip 127.0.0.1 -quiet 2>/dev/null |
    head -n 1)" == 'HTTP/1.1 101 '* ]]
}

# --- RabbitMQ --------------------------------------------------------------------------------------------------------

# A stock node with the STOMP, web-STOMP and management plugins. What is not stock: the ports, TLS with a CA of its own,
# and that a client certificate logs in the user it names (there is one, `certificate`).
start_rabbitmq() {
  local dir=$scratch/rabbitmq stomp tls ws wss management dist epmd
  ports rabbitmq stomp tls ws wss management dist epmd
  certificates "$dir/tls"
  sed "s#@STOMP@#$stomp#; s#@TLS@#$tls#; s#@WS@#$ws#; s#@WSS@#$wss#; s#@MANAGEMENT@#$management#; s#@DIR@#$dir#" \
    "$here/servers/rabbitmq/rabbitmq.conf" >"$dir/rabbitmq.conf"
  echo '[rabbitmq_stomp,rabbitmq_web_stomp,rabbitmq_management].' >"$dir/enabled_plugins"
  {
    printf 'export %s=%q\n' HOME "$dir" ERL_EPMD_PORT "$epmd" ERL_EPMD_ADDRESS 127.0.0.1 \
      RABBITMQ_NODENAME "stomp$stomp@localhost" RABBITMQ_DIST_PORT "$dist" RABBITMQ_CONF_ENV_FILE /dev/null \
      RABBITMQ_CONFIG_FILE "$dir/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE "$dir/enabled_plugins" \
      RABBITMQ_PID_FILE "$dir/node.pid" RABBITMQ_MNESIA_BASE "$dir/data" RABBITMQ_LOG_BASE "$dir/logs"
  } >"$dir/node"
  # The scripts of Debian's /usr/sbin want to be the user rabbitmq; those of this folder run as whoever calls them.
  printf '#!/bin/sh\n. %q\nexec /usr/lib/rabbitmq/bin/rabbitmqctl "$@"\n' "$dir/node" >"$dir/ctl"
  chmod +x "$dir/ctl"
  # shellcheck source=/dev/null
  . "$dir/node"
  (exec setsid env "$(mark_of rabbitmq)" epmd -port "$epmd" -address 127.0.0.1) </dev/null >/dev/null 2>&1 &
  # ALLOW_INPUT makes the script become the node, so that the pid is the node's. A node that waits must not spin.
  export RABBITMQ_ALLOW_INPUT=1
  export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-noinput -kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none'
  spawn rabbitmq /usr/lib/rabbitmq/bin/rabbitmq-server
  await rabbitmq speaks_stomp "$stomp"
  await rabbitmq speaks_stomp_over_tls "$tls" "$dir/tls/ca.pem"
  await rabbitmq speaks_websocket "$ws" /ws
  await rabbitmq speaks_websocket_over_tls "$wss" /ws "$dir/tls/ca.pem"
  "$dir/ctl" eval 'ok = rabbit_auth_backend_internal:add_user(<<"certificate">>, <<>>, <<"test">>),
    ok = rabbit_auth_backend_internal:set_permissions(<<"certificate">>, <<"/">>, <<".*">>, <<".*">>, <<".*">>, <<"test">>).' \
    >"$dir/ctl.log" 2>&1 || { cat "$dir/ctl.log" >&2; return 1; }
  exports rabbitmq STOMP_TEST_RABBITMQ "stomp://127.0.0.1:$stomp" \
    STOMP_TEST_RABBITMQ_TLS "stomps://127.0.0.1:$tls" \
    STOMP_TEST_RABBITMQ_WS "ws://127.0.0.1:$ws/ws" \
    STOMP_TEST_RABBITMQ_WSS "wss://127.0.0.1:$wss/ws" \
    STOMP_TEST_RABBITMQ_MANAGEMENT "http://127.0.0.1:$management" \
    STOMP_TEST_RABBITMQ_CA "$dir/tls/ca.pem" \
    STOMP_TEST_RABBITMQ_CLIENT_CERT "$dir/tls/client.pem" \
    STOMP_TEST_RABBITMQ_CLIENT_KEY "$dir/tls/client.key" \
    STOMP_TEST_RABBITMQ_CLIENT_USER certificate \
    STOMP_TEST_RABBITMQ_CTL "$dir/ctl"
}

# certificates DIR: a CA, a server certificate for localhost and 127.0.0.1, a client certificate for CN=certificate.
certificates() (
  mkdir -p "$1"
  cd "$1"
  key() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$2" "${@:3}"; }
  sign() { openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out "$1.pem" -extfile <(echo "$2"); }
  {
    key ca 'stomp test CA' -x509 -days 30 -out ca.pem
    key server localhost -out server.csr
    sign server 'subjectAltName=DNS:localhost,IP:127.0.0.1'
    key client certificate -out client.csr
    sign client 'extendedKeyUsage=clientAuth'
  } >openssl.log 2>&1 || { cat openssl.log >&2; exit 1; }
)

# --- ActiveMQ --------------------------------------------------------------------------------------------------------

# Debian's instance with a STOMP connector in the place of the OpenWire one, and the statistics plugin.
start_activemq() {
  local dir=$scratch/activemq stomp jar
  ports activemq stomp
  mkdir -p "$dir/conf" "$dir/lib" "$dir/tmp"
  # The connector is written as in the broker's own sample configuration.
  local connector="<transportConnector name=\"stomp\" uri=\"stomp://127.0.0.1:$stomp?maximumConnections=1000\&amp;wireFormat.maxFrameSize=104857600\"/>"
  sed "s#<transportConnector name=\"openwire\".*/>#$connector#; s#<persistenceAdapter>#<plugins><statisticsBrokerPlugin/></plugins> &#" \
    /etc/activemq/instances-available/main/activemq.xml >"$dir/conf/activemq.xml"
  [ "$(grep -cE 'name="stomp"|<statisticsBrokerPlugin/>' "$dir/conf/activemq.xml")" = 2 ] || fail "Debian's activemq.xml is not as expected"
  cp "$here/servers/activemq/log4j.properties" "$dir/conf/"
  for jar in xstream jettison xpp3; do ln -s "/usr/share/java/$jar.jar" "$dir/lib/"; done
  spawn activemq java -Xmx512m -XX:+UseSerialGC \
    --add-opens java.base/java.lang=ALL-UNNAMED --add-opens java.base/java.util=ALL-UNNAMED \
    "-Dactivemq.home=/usr/share/activemq" "-Dactivemq.base=$dir" "-Dactivemq.conf=$dir/conf" "-Dactivemq.data=$dir/data" \
    "-Dactivemq.classpath=$dir/conf" "-Djava.io.tmpdir=$dir/tmp" \
    -jar /usr/share/activemq/bin/activemq.jar start "xbean:file:$dir/conf/activemq.xml"
  await activemq speaks_stomp "$stomp"
  exports activemq STOMP_TEST_ACTIVEMQ "stomp://127.0.0.1:$stomp"
}

# shellcheck source=servers/others.sh
. "$here/servers/others.sh"

# --- Start, env, stop ------------------------------------------------------------------------------------------------

# await NAME CHECK...: until the check holds or the broker is gone.
await() {
  local name=$1 until=$((SECONDS + PATIENCE)) state
  shift
  while [ $SECONDS -lt $until ]; do
    # Asked before the check: a broker that is gone now cannot answer afterwards. Where nobody waits for it, it is a zombie.
    state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$(cat "$scratch/$name/pid")/status" 2>/dev/null || true)
    "$@" && return
    case $state in '' | Z*) break ;; esac
    sleep 0.2
  done
  say "$name does not answer ($*); the end of its log:"
  tail -n 30 "$scratch/$name/log" >&2
  return 1
}

# exports NAME VARIABLE VALUE...: written last, so that the file says that the broker is up.
exports() {
  local dir=$scratch/$1
  shift
  printf 'export %s=%q\n' "$@" >"$dir/exports.part"
  mv "$dir/exports.part" "$dir/exports"
}

runs() {
  [ -f "$scratch/$1/exports" ] && grep -qszxF -e "$(mark_of "$1")" "/proc/$(cat "$scratch/$1/pid")/environ"
}

env_of_all() {
  local name
  for name in "${ALL[@]}"; do
    if runs "$name"; then cat "$scratch/$name/exports"; fi
  done
}

start() {
  local name packages=() jobs=() wanted=() began=$SECONDS
  case $* in
    '') set -- "${USUAL[@]}" ;;
    all) set -- "${ALL[@]}" ;;
  esac
  # The relay stands on it.
  [[ " $* " != *' spring-relay '* || " $* " == *' rabbitmq '* ]] || set -- rabbitmq "$@"
  for name; do
    read -ra needs <<<"$(packages_of "$name")"
    runs "$name" || { wanted+=("$name"); packages+=("${needs[@]}"); }
  done
  if [ ${#wanted[@]} -gt 0 ]; then
    install "${packages[@]}"
    trap 'trap - EXIT; kill "${jobs[@]}" 2>/dev/null || true; wait; for name in "${wanted[@]}"; do end "$name"; done' EXIT
    trap 'exit 130' INT TERM HUP
    for name in "${wanted[@]}"; do
      end "$name" # what a killed start may have left
      mkdir -p "$scratch/$name"
      ("start_$name") >&2 9>&- &
      jobs+=($!)
    done
    local failed=()
    for i in "${!jobs[@]}"; do wait "${jobs[i]}" || failed+=("${wanted[i]}"); done
    [ ${#failed[@]} = 0 ] || fail "did not start: ${failed[*]}"
    trap - EXIT
    say "${wanted[*]} up in $((SECONDS - began)) s; data and logs are in $scratch"
  fi
  env_of_all
}

stop() {
  local name jobs=()
  [ $# -gt 0 ] || set -- "${ALL[@]}"
  for name; do
    packages_of "$name" >/dev/null
    end "$name" &
    jobs+=($!)
  done
  wait "${jobs[@]}"
  [ -z "$(find "$scratch" -mindepth 1 -maxdepth 1 -type d)" ] && rm -rf "$scratch"
}

verb=${1:-}
[ $# = 0 ] || shift
case $verb in
  start | stop | env) ;;
  *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
mkdir -p "$scratch"
scratch=$(cd "$scratch" && pwd -P)
# One at a time in a scratch folder.
exec 9>"$scratch/lock"
flock 9
case $verb in
  start) start "$@" ;;
  stop) stop "$@" ;;
  env) env_of_all ;;
esac
