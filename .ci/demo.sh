# Starts and stops the demo for the scripts beside this file, which read it with `source`.
# shellcheck shell=bash
source .ci/tools.sh

# start_demo LOG: starts the built demo on a free port and sets RELAY_URL and RELAY_TOKEN.
start_demo() {
  local log=$1
  local binary=${CARGO_TARGET_DIR:-target}/debug/relay-server
  if [ ! -x "$binary" ]; then
    echo "there is no $binary; build it first: cargo build -p relay-server" >&2
    return 1
  fi
  "$binary" demo --listen 127.0.0.1:0 >"$log" 2>&1 &
  demo_pid=$!
  trap stop_demo EXIT
  for _ in $(seq 300); do
    grep -q '^Press Ctrl-C' "$log" && break
    kill -0 "$demo_pid" 2>/dev/null || break
    sleep 0.1
  done
  RELAY_URL=$(sed -n 's/^Relay  *//p' "$log")
  RELAY_TOKEN=$(sed -n 's/^TOKEN=//p' "$log")
  if [ -z "$RELAY_URL" ] || [ -z "$RELAY_TOKEN" ]; then
    echo "the demo did not start:" >&2
    cat "$log" >&2
    return 1
  fi
  export RELAY_URL RELAY_TOKEN
}

stop_demo() {
  kill "$demo_pid" 2>/dev/null || true
  wait "$demo_pid" 2>/dev/null || true
}
