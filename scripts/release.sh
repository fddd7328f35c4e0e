#!/usr/bin/env bash
# The steps of a release that can be tried anywhere; .github/workflows/release.yml runs them.
#
#   scripts/release.sh version TAG REPOSITORY                      prints `version=` and `image=` of a tag such as v1.2.3
#   scripts/release.sh archive VERSION TARGET BINARY SBOM FOLDER   puts archive, software bill of materials and check sums
#                                                                  into a folder, after a look at the binary
#   scripts/release.sh verify FOLDER                               checks that each archive is that of its check sum
set -euo pipefail

cd "$(dirname "$0")/.."
# The least version of the C library that the archives promise to run with.
max_glibc=2.35

fail() {
  echo "release: $*" >&2
  exit 1
}

version() {
  local tag=$1 repository=$2 declared
  declared=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
  [ "$tag" = "v$declared" ] || fail "the tag is $tag; Cargo.toml declares $declared"
  grep -q "^appVersion: \"$declared\"$" examples/deploy/helm/relay/Chart.yaml ||
    fail "Chart.yaml has another appVersion than $declared"
  echo "version=$declared"
  # Registries take lower case only.
  echo "image=ghcr.io/${repository,,}"
}

archive() {
  local version=$1 target=$2 binary=$3 sbom=$4 folder=$5 name needed printed
  printed=$("$binary" --version)
  [ "$printed" = "relay-server $version" ] || fail "$binary is '$printed', not $version"
  needed=$(objdump -T "$binary" | sed -n 's/.*(\?GLIBC_\([0-9.]*\))\?.*/\1/p' | sort -V | tail -n 1)
  [ "$(printf '%s\n' "$needed" "$max_glibc" | sort -V | tail -n 1)" = "$max_glibc" ] ||
    fail "$binary needs glibc $needed; $max_glibc is promised"
  name=relay-server-$version-$target
  mkdir -p "$folder/$name"
  cp "$binary" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$folder/$name/"
  cp examples/deploy/systemd/* "$folder/$name/"
  tar -C "$folder" --sort=name --owner=0 --group=0 --numeric-owner -czf "$folder/$name.tar.gz" "$name"
  rm -r "${folder:?}/$name"
  cp "$sbom" "$folder/$name.cdx.json"
  (cd "$folder" && sha256sum "$name.tar.gz" "$name.cdx.json" >"$name.sha256")
}

verify() {
  local folder=$1 archive name
  for archive in "$folder"/*.tar.gz; do
    [ -e "$archive" ] || fail "$folder holds no archive"
    name=$(basename "$archive" .tar.gz)
    (cd "$folder" && sha256sum --check --strict "$name.sha256") || fail "$name is not what was released"
  done
}

[ $# -gt 0 ] || fail "name a step: version, archive or verify"
step=$1
shift
case "$step" in
  version) [ $# -eq 2 ] || fail "version takes TAG and REPOSITORY" ;;
  archive) [ $# -eq 5 ] || fail "archive takes VERSION, TARGET, BINARY, SBOM and FOLDER" ;;
  verify) [ $# -eq 1 ] || fail "verify takes FOLDER" ;;
  *) fail "no step '$step'; there are version, archive and verify" ;;
esac
"$step" "$@"
