#!/usr/bin/env python3
"""Keeps the README and the configuration page true.

    scripts/readme.py test-command              prints the command of the quick start that runs the tests
    scripts/readme.py try-demo --seconds N      runs the command that starts the demo, and compares what it prints
    scripts/readme.py check --binary BINARY     compares the tables of settings with `BINARY serve --help`, and the README with its limit
"""

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES_WITH_SETTINGS = [ROOT / "docs" / "configuration.md"]
MAX_README_BYTES = 8000

# `| `--listen` | `RELAY_LISTEN` | `0.0.0.0:9090` | … |`; a dash stands for no default.
SETTING_ROW = re.compile(r"^\| `(--[a-z-]+)` \| `([A-Z_]+)` \| (?:`([^`]*)`|–) \|")


class Setting(NamedTuple):
    flag: str
    variable: str
    default: str | None


def quick_start_command(start: str) -> str:
    """The one command of the README's code blocks that begins with `start`."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith(start)]
    if len(set(lines)) != 1:
        sys.exit(f"README.md: expected one command that begins with '{start}', found {lines}")
    return lines[0]


def lines_printed_by(command: str) -> list[str]:
    """The lines that the README shows as printed by a command of the quick start."""
    shown = re.search(rf"^{re.escape(command)}\n```\n.*?^```text\n(.*?)^```", README.read_text(),
                      re.DOTALL | re.MULTILINE)
    return shown[1].splitlines() if shown else sys.exit(f"README.md does not show what `{command}` prints")


def try_demo(seconds: int) -> list[str]:
    """Runs the demo as the README says, until it has printed all that the README shows, and stops it as a user does."""
    command = quick_start_command("cargo run")
    missing = lines_printed_by(command)
    print(f"$ {command}", flush=True)
    with tempfile.NamedTemporaryFile("w") as printed:
        demo = subprocess.Popen(shlex.split(command), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=printed,
                                start_new_session=True)
        until = time.monotonic() + seconds
        while missing and demo.poll() is None and time.monotonic() < until:
            time.sleep(0.5)
            lines = Path(printed.name).read_text().splitlines()
            missing = [line for line in missing if line not in lines]
        if demo.poll() is not None:
            return [f"`{command}` ended with status {demo.returncode}"]
        os.killpg(demo.pid, signal.SIGINT)
        try:
            status = demo.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(demo.pid, signal.SIGKILL)
            return [f"`{command}` did not end at Ctrl-C"]
    problems = [f"`{command}` did not print: {line}" for line in missing]
    return problems + ([f"`{command}` ended with status {status} at Ctrl-C"] if status != 0 else [])


def settings_of_help(binary: str) -> set[Setting]:
    """Every setting as `serve --help` shows it."""
    shown = subprocess.run([binary, "serve", "--help"], check=True, capture_output=True, text=True).stdout
    settings = set()
    for part in re.split(r"^ +(?:-\w, )?(?=--)", shown, flags=re.MULTILINE)[1:]:
        variable = re.search(r"\[env:\s+([A-Z_]+)[=\]]", part)
        default = re.search(r"\[default:\s+([^\]]*)\]", part)
        if variable:
            flag = part.split()[0]
            settings.add(Setting(flag, variable[1], default[1].strip() if default else None))
    return settings


def settings_of_page(page: Path) -> set[Setting]:
    """Every setting that the tables of a page tell."""
    rows = filter(None, map(SETTING_ROW.match, page.read_text().splitlines()))
    return {Setting(row[1], row[2], row[3]) for row in rows}


def check_settings(binary: str) -> list[str]:
    known = settings_of_help(binary)
    if not known:
        return [f"{binary} serve --help tells no setting"]
    problems = []
    for page in PAGES_WITH_SETTINGS:
        told, name = settings_of_page(page), page.relative_to(ROOT)
        problems += [f"{name} lacks {setting.flag} ({setting.variable}, default {setting.default})"
                     for setting in sorted(known - told, key=lambda setting: setting.flag)]
        problems += [f"{name} tells {setting.flag} ({setting.variable}, default {setting.default}), --help does not"
                     for setting in sorted(told - known, key=lambda setting: setting.flag)]
    return problems


def check_length() -> list[str]:
    size = README.stat().st_size
    return [f"README.md has {size} bytes; {MAX_README_BYTES} are the most"] if size > MAX_README_BYTES else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("test-command")
    trial = commands.add_parser("try-demo")
    trial.add_argument("--seconds", type=int, default=2400, help="how long building and starting may take")
    check = commands.add_parser("check")
    check.add_argument("--binary", required=True, help="the built relay-server")
    arguments = parser.parse_args()
    if arguments.command == "test-command":
        print(quick_start_command("cargo test"))
        return
    if arguments.command == "try-demo":
        problems, good = try_demo(arguments.seconds), "The demo printed what the README shows."
    else:
        problems = check_settings(arguments.binary) + check_length()
        good = "The tables of settings are those of --help."
    print("\n".join(problems) or good)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
