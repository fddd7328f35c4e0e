#!/usr/bin/env python3
"""Checks the minimum supported Rust version (MSRV).

It is declared once, as `rust-version` of the workspace. Every text that names it must name that one, and no
dependency that users of the crates build may declare a newer one.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ["README.md", "CONTRIBUTING.md"]


def version(text: str) -> tuple[int, ...]:
    """`1.89` and `1.89.0` are equal."""
    numbers = tuple(int(part) for part in text.split("."))
    return numbers + (0,) * (3 - len(numbers))


def metadata() -> dict:
    command = ["cargo", "metadata", "--locked", "--format-version=1", "--all-features"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def built_by_users(graph: dict) -> set[str]:
    """The ids of all packages that members of the workspace need outside of tests."""
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    waiting, seen = list(graph["workspace_members"]), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        waiting += [dep["pkg"] for dep in nodes[name]["deps"]
                    if any(kind["kind"] != "dev" for kind in dep["dep_kinds"])]
    return seen


def main() -> None:
    graph = metadata()
    members = set(graph["workspace_members"])
    declared = {package["rust_version"] for package in graph["packages"] if package["id"] in members}
    if len(declared) != 1 or None in declared:
        sys.exit(f"the crates of the workspace declare different Rust versions: {declared}")
    ours = declared.pop()
    problems = []
    for text in TEXTS:
        for named in re.findall(r"\bRust (\d+\.\d+)", (ROOT / text).read_text()):
            if version(named) != version(ours):
                problems.append(f"{text} names Rust {named}; Cargo.toml declares {ours}")
    needed = built_by_users(graph)
    for package in graph["packages"]:
        theirs = package["rust_version"]
        if package["id"] in needed and theirs and version(theirs) > version(ours):
            problems.append(f"{package['name']} {package['version']} needs Rust {theirs}; Cargo.toml declares {ours}")
    print("\n".join(problems) or f"No dependency needs a newer Rust than {ours}.")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
