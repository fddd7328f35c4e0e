#!/usr/bin/env python3
"""Measures the cost of the published crates to those who build on them: cold builds and dependencies.

    scripts/build_cost.py [--before CHECKOUT] [CRATE…]

Each crate is built with its default features and without any, by `cargo build` into an empty folder, in this checkout
and, with `--before`, in an older one, in turns. Prints a table in Markdown: the number of crates that `cargo tree` lists,
the seconds by the clock, those of all processors, and the most memory that one process needed. The packages must be
downloaded already (`cargo fetch`).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CRATES = ["ctim", "sumo-client", "xdr-module", "relay-server"]
FEATURES = {"default": [], "none": ["--no-default-features"]}


class Cost(NamedTuple):
    crates: int
    seconds: float
    processor_seconds: float
    mebibytes: float


def dependencies(checkout: Path, crate: str, flags: list[str]) -> int:
    """The number of crates that are built for a user of the crate, with it and without build tools of others."""
    command = ["cargo", "tree", "--offline", "--package", crate, "--edges", "normal,build", "--prefix", "none",
               "--format", "{p}", *flags]
    listed = subprocess.run(command, cwd=checkout, check=True, capture_output=True, text=True).stdout
    return len({" ".join(line.split()[:2]) for line in listed.splitlines() if line})


def cold_build(checkout: Path, crate: str, flags: list[str]) -> Cost:
    folder = tempfile.mkdtemp(prefix="build-cost-")
    environment = os.environ | {"CARGO_TARGET_DIR": folder, "CARGO_INCREMENTAL": "0", "CARGO_NET_OFFLINE": "true"}
    try:
        started = time.monotonic()
        build = subprocess.Popen(["cargo", "build", "--quiet", "--lib", "--package", crate, *flags], cwd=checkout, env=environment)
        _, status, usage = os.wait4(build.pid, 0)
        seconds = time.monotonic() - started
    finally:
        shutil.rmtree(folder)
    if status != 0:
        sys.exit(f"{crate} {' '.join(flags)} in {checkout} cannot be built")
    processor = usage.ru_utime + usage.ru_stime
    return Cost(dependencies(checkout, crate, flags), seconds, processor, usage.ru_maxrss / 1024)


def row(crate: str, features: str, costs: list[Cost]) -> str:
    """A row of the table, each cell with the value before, if the crate was there, and the value after."""
    def cell(values: list[float]) -> str:
        return " → ".join(f"{value:.0f}" for value in values)

    return f"| `{crate}` | {features} | " + " | ".join(cell(list(values)) for values in zip(*costs)) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="an older checkout to compare with")
    parser.add_argument("crates", nargs="*", metavar="CRATE", help="crates to measure instead of all")
    arguments = parser.parse_args()
    checkouts = [checkout.resolve() for checkout in (arguments.before, ROOT) if checkout]
    print("| Crate | Features | Crates built | Seconds | Processor seconds | MiB of the largest process |")
    print("|---|---|---|---|---|---|", flush=True)
    for crate in arguments.crates or CRATES:
        for features, flags in FEATURES.items():
            costs = [cold_build(checkout, crate, flags) for checkout in checkouts if (checkout / crate).exists()]
            print(row(crate, features, costs), flush=True)


if __name__ == "__main__":
    main()
