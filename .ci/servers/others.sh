# shellcheck shell=bash
# Spring, and the brokers that brokers.sh starts only when they are named: Maven Central's, and Debian's stompserver. Sourced by it.

# maven ARGUMENT...: one at a time, because its local repository is shared. A download may fail once.
maven() {
  local log=$scratch/maven.log run=(flock "$scratch/maven.lock" mvn -q -B "$@")
  "${run[@]}" >"$log" 2>&1 || { say 'maven failed, and is run again'; "${run[@]}" >"$log" 2>&1; } || { grep -m 5 ERROR "$log" >&2; return 1; }
}

# build DIR SERVER: Server.java of that folder into DIR, and the libraries of its pom.xml into DIR/lib.
build() {
  maven -f "$here/servers/$2/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$1/lib"
  javac -nowarn -cp "$1/lib/*" -d "$1" "$here/servers/$2/Server.java" >"$1/javac.log" 2>&1 || { cat "$1/javac.log" >&2; return 1; }
}

# java_server NAME PORT ARGUMENT...: Server.java of its folder.
java_server() {
  local name=$1 port=$2 dir=$scratch/$1
  build "$dir" "$name"
  spawn "$name" java -Xmx512m -XX:+UseSerialGC -cp "$dir:$dir/lib/*" "-Dport=$port" "-Ddata=$dir/data" Server "${@:3}"
}

# spring NAME VARIABLE OPTION...: a Spring that takes a free port by itself and prints its URL once its broker is there. The
# script `server` starts one more, with options of its own (the fields with @Value in Server.java).
spring() {
  local name=$1 variable=$2 dir=$scratch/$1
  build "$dir" spring
  printf '#!/bin/sh\nexec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp %q Server "$@"\n' "$dir:$dir/lib/*" >"$dir/server"
  chmod +x "$dir/server"
  spawn "$name" "$dir/server" "${@:3}"
  await "$name" grep -qs ^ws: "$dir/log"
  exports "$name" "$variable" "$(grep -m 1 ^ws: "$dir/log")" "${variable}_SERVER" "$dir/server"
}

start_spring() { spring spring STOMP_TEST_SPRING; }

start_spring-relay() {
  local give_up=$((SECONDS + PATIENCE)) port
  until runs rabbitmq; do
    [ $SECONDS -lt $give_up ] || { say 'there is no rabbitmq for spring-relay'; return 1; }
    sleep 0.2
  done
  # shellcheck source=/dev/null
  port=$(. "$scratch/rabbitmq/exports" && echo "${STOMP_TEST_RABBITMQ##*:}")
  spring spring-relay STOMP_TEST_SPRING_RELAY --broker=relay "--relay.port=$port"
}

start_activemq6() {
  local stomp
  ports activemq6 stomp
  java_server activemq6 "$stomp"
  await activemq6 speaks_stomp "$stomp"
  exports activemq6 STOMP_TEST_ACTIVEMQ6 "stomp://127.0.0.1:$stomp"
}

# One acceptor for every protocol and for WebSocket too, as stock, with no prefixes: a destination is an address.
start_artemis() {
  local stomp dir=$scratch/artemis version=2.40.0
  ports artemis stomp
  maven org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    "-Dartifact=org.apache.activemq:apache-artemis:$version:tar.gz:bin" "-DoutputDirectory=$dir"
  tar xzf "$dir/apache-artemis-$version-bin.tar.gz" -C "$dir"
  "$dir/apache-artemis-$version/bin/artemis" create "$dir/broker" --silent --user admin --password admin --allow-anonymous \
    --host 127.0.0.1 --default-port "$stomp" --no-web --no-amqp-acceptor --no-mqtt-acceptor --no-hornetq-acceptor --no-stomp-acceptor \
    --nio --no-fsync --no-autotune --java-memory 512M >"$dir/create.log" 2>&1 || { cat "$dir/create.log" >&2; return 1; }
  # A disk that is nearly full is none of its business here.
  sed -i "s#<max-disk-usage>.*</max-disk-usage>#<max-disk-usage>100</max-disk-usage>#" "$dir/broker/etc/broker.xml"
  spawn artemis "$dir/broker/bin/artemis" run
  await artemis speaks_stomp "$stomp"
  exports artemis STOMP_TEST_ARTEMIS "stomp://127.0.0.1:$stomp" STOMP_TEST_ARTEMIS_WS "ws://127.0.0.1:$stomp/"
}

# It wants a login and one of its host names.
start_apollo() {
  local stomp
  ports apollo stomp
  java_server apollo "$stomp" "$here/servers/apollo"
  await apollo speaks_stomp "$stomp" 'host:localhost\nlogin:admin\npasscode:password\n'
  exports apollo STOMP_TEST_APOLLO "stomp://admin:password@127.0.0.1:$stomp"
}

# It has jms.queue.test, jms.queue.other, jms.queue.DLQ, jms.topic.test and jms.topic.other, and makes no destination by itself.
start_hornetq() {
  local stomp
  ports hornetq stomp
  java_server hornetq "$stomp"
  await hornetq speaks_stomp "$stomp"
  exports hornetq STOMP_TEST_HORNETQ "stomp://127.0.0.1:$stomp"
}

start_stompserver() {
  local stomp dir=$scratch/stompserver
  ports stompserver stomp
  spawn stompserver ruby "$here/servers/stompserver/server.rb" --host=127.0.0.1 "--port=$stomp" "--working_dir=$dir/data"
  await stompserver speaks_stomp "$stomp"
  exports stompserver STOMP_TEST_STOMPSERVER "stomp://127.0.0.1:$stomp"
}

start_stampy() {
  local stomp
  ports stampy stomp
  java_server stampy "$stomp"
  await stampy speaks_stomp "$stomp"
  exports stampy STOMP_TEST_STAMPY "stomp://127.0.0.1:$stomp"
}
