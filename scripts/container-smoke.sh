#!/usr/bin/env bash
# Builds the image and tries it as its users do, where docker or podman is present:
#
#   scripts/container-smoke.sh [BUILD ARGUMENT…]     such as --build-arg RUST_IMAGE=registry.example/rust:1.95.0-bookworm
#   scripts/container-smoke.sh --image REFERENCE     tries an image that is built already
#
# Checks: size, user, labels, no shell; read-only root file system without capabilities; the health check; the demo's token
# through the published port; an orderly end at SIGTERM. With buildah alone the image is built and looked at, not run.
set -euo pipefail

cd "$(dirname "$0")/.."
image=tr-05-sumo-logic-cloud-siem:smoke
max_bytes=$((40 * 1000 * 1000))
container=

fail() {
  echo "container-smoke: $*" >&2
  exit 1
}

find_engine() {
  for engine in docker podman; do
    if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then
      return
    fi
  done
  engine=buildah
  command -v buildah >/dev/null || fail "no docker, podman or buildah that works here"
}

remove_container() {
  [ -z "$container" ] || "$engine" rm --force "$container" >/dev/null 2>&1 || true
  container=
}
trap remove_container EXIT

# start ARGUMENT…: the image as a hardened deployment runs it, on a free port of this machine.
start() {
  container=$("$engine" run --detach --read-only --cap-drop ALL --security-opt no-new-privileges \
    --publish 127.0.0.1::9090 "$image" "$@")
  url=http://$("$engine" port "$container" 9090/tcp | head -n 1)
}

# wait_for COMMAND…: up to 30 s until it succeeds.
wait_for() {
  for _ in $(seq 60); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.5
  done
  "$engine" logs "$container" >&2 || true
  fail "waited in vain for: $*"
}

check_facts() {
  local user size
  user=$("$engine" inspect --type image --format '{{.Config.User}}' "$image")
  [ "$user" = 65532:65532 ] || fail "the image runs as '$user'"
  size=$("$engine" inspect --type image --format '{{.Size}}' "$image")
  [ "$size" -le "$max_bytes" ] || fail "the image takes $size bytes; $max_bytes are the most"
  "$engine" inspect --type image --format '{{json .Config.Labels}}' "$image" |
    grep -q '"org.opencontainers.image.licenses":"MIT OR Apache-2.0"' || fail "the labels are missing"
  echo "size $size bytes, user $user"
}

check_no_shell() {
  for shell in sh bash /bin/sh /busybox/sh; do
    if "$engine" run --rm --entrypoint "$shell" "$image" -c true 2>/dev/null; then
      fail "the image has a shell: $shell"
    fi
  done
}

check_serve() {
  start
  wait_for curl --silent --fail --request POST "$url/version"
  wait_for "$engine" exec "$container" /relay-server health
  curl --silent "$url/watchdog" --header 'Health-Check: hello' | grep -q '"data":"hello"' || fail "/watchdog does not echo"
  local started=$SECONDS
  "$engine" stop --time 20 "$container" >/dev/null
  [ $((SECONDS - started)) -lt 15 ] || fail "SIGTERM did not end it"
  local status
  status=$("$engine" inspect --format '{{.State.ExitCode}}' "$container")
  [ "$status" = 0 ] || fail "SIGTERM ended it with status $status"
  remove_container
}

check_demo() {
  start demo
  wait_for curl --silent --fail --request POST "$url/version"
  local token answer
  token=$("$engine" logs "$container" 2>/dev/null | sed -n 's/^export RELAY=[^ ]* TOKEN=//p')
  [ -n "$token" ] || fail "the demo prints no token"
  answer=$(curl --silent --request POST --header "Authorization: Bearer $token" "$url/health")
  case $answer in '{"data":{"status":"ok",'*) ;; *) false ;; esac || fail "/health of the demo answers $answer"
  remove_container
}

find_engine
if [ "${1:-}" = --image ]; then
  image=${2:?name the image}
  [ "$engine" != buildah ] || fail "buildah does not run images"
  "$engine" pull "$image"
  check_facts
  check_no_shell
  check_serve
  check_demo
  echo "the image works"
  exit
fi
echo "building with $engine"
if [ "$engine" = buildah ]; then
  buildah build --format docker --tag "$image" "$@" .
  buildah inspect --type image --format '{{.OCIv1.Config.User}}' "$image"
  echo "built; buildah does not run it"
  exit
fi
formats=()
# The format that podman prefers has no place for the health check.
[ "$engine" = docker ] || formats=(--format docker)
"$engine" build "${formats[@]}" --tag "$image" "$@" .
check_facts
check_no_shell
check_serve
check_demo
echo "the image works"
