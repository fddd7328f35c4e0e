# Starts and stops relays for the scripts beside this file, which read it with `source`.
# shellcheck shell=bash
source .ci/tools.sh

relays=()

# start_relay LOG SIGN COMMAND…: starts the built relay, and waits until SIGN stands in its log.
start_relay() {
  local log=$1 sign=$2
  shift 2
  local binary=${CARGO_TARGET_DIR:-target}/debug/relay-server
  if [ ! -x "$binary" ]; then
    echo "there is no $binary; build it first: cargo build -p relay-server" >&2
    return 1
  fi
  "$binary" "$@" --listen 127.0.0.1:0 >"$log" 2>&1 &
  local pid=$!
  relays+=("$pid")
  trap stop_relays EXIT
  for _ in $(seq 300); do
    grep -q "$sign" "$log" && return
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "the relay did not start:" >&2
  cat "$log" >&2
  return 1
}

stop_relays() {
  kill "${relays[@]}" 2>/dev/null || true
  wait "${relays[@]}" 2>/dev/null || true
}

# start_demo LOG: starts the demo on a free port and sets RELAY_URL and RELAY_TOKEN.
start_demo() {
  start_relay "$1" '^Press Ctrl-C' demo
  RELAY_URL=$(sed -n 's/^Relay  *//p' "$1")
  RELAY_TOKEN=$(sed -n 's/^export RELAY=[^ ]* TOKEN=//p' "$1")
  export RELAY_URL RELAY_TOKEN
}

# start_production LOG: starts a relay as in production on a free port and sets PRODUCTION_URL.
start_production() {
  NO_COLOR=1 start_relay "$1" 'relay-server listens' serve --log info --log-format text
  PRODUCTION_URL=http://$(sed -n 's/.*relay-server listens.* address=\([^ ]*\).*/\1/p' "$1")
  export PRODUCTION_URL
}
