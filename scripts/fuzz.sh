#!/usr/bin/env bash
# Runs every fuzz target of all crates for some seconds each: `scripts/fuzz.sh 60`.
#
# Needs cargo-fuzz and a nightly toolchain as the default one. An input that fails is left in the crate's
# fuzz/artifacts; inputs that reach new code are left in target/fuzz.
set -euo pipefail

cd "$(dirname "$0")/.."
seconds=${1:?the seconds for each target}
declare -A corpora=([ctim]=tests/corpus [sumo-client]=tests/fuzz/corpus [relay-server]=tests/corpus)

for crate in ctim sumo-client relay-server; do
  for target in $(cd "$crate" && cargo fuzz list); do
    echo "== $crate: $target"
    found=$PWD/target/fuzz/$crate/$target
    mkdir -p "$found"
    (cd "$crate" && cargo fuzz run "$target" "$found" "${corpora[$crate]}/$target" -- "-max_total_time=$seconds")
  done
done
