#!/usr/bin/env bash
# Compares the public items of the crates with the lists in public-api/, so that no change of them goes unseen:
# `scripts/public_api.sh`. With `--write` it writes the lists anew.
#
# Needs cargo-public-api and a nightly toolchain, whose documentation the lists are made from.
set -euo pipefail

cd "$(dirname "$0")/.."
made=${CARGO_TARGET_DIR:-$PWD/target}/public-api
mkdir -p "$made"

differs=
for crate in ctim sumo-client relay-server; do
  cargo public-api --package "$crate" --all-features -sss >"$made/$crate.txt"
  if [ "${1:-}" = --write ]; then
    cp "$made/$crate.txt" "public-api/$crate.txt"
  else
    diff --unified=0 "public-api/$crate.txt" "$made/$crate.txt" || differs=yes
  fi
done
if [ -n "$differs" ]; then
  echo "The public items differ from those in public-api/. If that is meant: scripts/public_api.sh --write"
  exit 1
fi
