#!/usr/bin/env python3
"""Runs the commands that the README and the pages in docs/ show, and compares what they print.

    scripts/doc_commands.py --binary BINARY [PAGE…]

Every block of `sh` is run, those of one page in one shell: with `relay-server` on the path, with RELAY and TOKEN as
the demo prints them, in an empty folder. A block of `json` or `text` right behind it is what it must print:

- `json` is compared as a value; the member `"…": "…"` stands for more members, the element `"…"` for more elements,
  and `…` inside a text for any text.
- `text` is compared by line; a line `…` stands for any lines, and `…` inside a line for any text.

A block that begins with `cargo` is left to `.ci/run`, which runs those of the README's quick start on their own.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SECONDS_FOR_A_PAGE = 120
SECONDS_TO_START = 30
MORE = "…"


class Step(NamedTuple):
    line: int
    commands: str
    expected_kind: str | None
    expected: str


class Demo:
    """The demo on a free port, for as long as the `with` block runs."""

    def __init__(self, binary: Path):
        self.binary = binary

    def __enter__(self) -> "Demo":
        command = [self.binary, "demo", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        printed = ""
        for line in self.process.stdout:
            printed += line
            if line.startswith("Press Ctrl-C"):
                break
        self.url, self.token = re.search(r"^export RELAY=(\S+) TOKEN=(\S+)$", printed, re.MULTILINE).groups()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=SECONDS_TO_START)


def steps(page: Path) -> list[Step]:
    text = page.read_text()
    blocks = list(BLOCK.finditer(text))
    found = []
    for block, following in zip(blocks, [*blocks[1:], None]):
        if block[1] != "sh" or block[2].startswith("cargo "):
            continue
        answers = following and following[1] in ("json", "text") and not text[block.end():following.start()].strip()
        line = text.count("\n", 0, block.start()) + 2
        kind, expected = (following[1], following[2]) if answers else (None, "")
        found.append(Step(line, block[2], kind, expected))
    return found


def text_matches(expected: str, real: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.split(MORE))
    return re.fullmatch(pattern, real, re.DOTALL) is not None


def json_difference(expected: object, real: object, place: str = "") -> str | None:
    """Where and how `real` differs from what a page shows, or nothing."""
    if isinstance(expected, dict) and isinstance(real, dict):
        missing = [name for name in expected if name != MORE and name not in real]
        extra = [] if MORE in expected else [name for name in real if name not in expected]
        if missing or extra:
            return f"{place or '/'}: missing {missing}, not shown {extra}"
        pairs = [(name, expected[name], real[name]) for name in expected if name != MORE]
    elif isinstance(expected, list) and isinstance(real, list):
        shown = [item for item in expected if item != MORE]
        if len(shown) > len(real) or (MORE not in expected and len(shown) != len(real)):
            return f"{place or '/'}: {len(shown)} elements shown, {len(real)} answered"
        pairs = [(index, item, real[index]) for index, item in enumerate(shown)]
    elif isinstance(expected, str) and isinstance(real, str):
        return None if text_matches(expected, real) else f"{place or '/'}: shown {expected!r}, answered {real!r}"
    else:
        return None if expected == real else f"{place or '/'}: shown {expected!r}, answered {real!r}"
    return next(filter(None, (json_difference(shown, item, f"{place}/{name}") for name, shown, item in pairs)), None)


def difference(step: Step, printed: str) -> str | None:
    if step.expected_kind is None:
        return None
    if step.expected_kind == "text":
        shown = step.expected.strip("\n").replace(f"\n{MORE}\n", f"\n{MORE}").replace(f"{MORE}\n", MORE)
        return None if text_matches(shown, printed.strip("\n")) else f"shown:\n{step.expected}\nprinted:\n{printed}"
    try:
        return json_difference(json.loads(step.expected), json.loads(printed))
    except json.JSONDecodeError as error:
        return f"not JSON ({error}); printed:\n{printed}"


def run_page(page: Path, environment: dict[str, str]) -> list[str]:
    """Runs all steps of a page in one shell, and tells what went wrong."""
    page_steps, name = steps(page), page.relative_to(ROOT)
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        script = "set -euo pipefail\n"
        for number, step in enumerate(page_steps):
            script += f"exec >{number}.out\n{step.commands}\n"
        ran = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True, timeout=SECONDS_FOR_A_PAGE)
        outputs = [Path(folder, f"{number}.out") for number in range(len(page_steps))]
        if ran.returncode != 0:
            last = max([number for number, output in enumerate(outputs) if output.exists()], default=0)
            return [f"{name}:{page_steps[last].line}: exit status {ran.returncode}\n{ran.stderr}"]
        for step, output in zip(page_steps, outputs):
            told = difference(step, output.read_text())
            if told:
                problems.append(f"{name}:{step.line}: {told}")
    print(f"{name}: {len(page_steps)} blocks run, {len(problems)} differ")
    return problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=Path, help="the built relay-server")
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE", help="pages to run instead of all")
    arguments = parser.parse_args()
    binary = arguments.binary.resolve()
    pages = [page.resolve() for page in arguments.pages] or PAGES
    with Demo(binary) as demo:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RELAY_")}
        environment |= {"RELAY": demo.url, "TOKEN": demo.token, "NO_COLOR": "1",
                        "PATH": f"{binary.parent}:{os.environ['PATH']}"}
        problems = [problem for page in pages for problem in run_page(page, environment)]
    print("\n".join(problems) or "All commands of the pages ran as shown.")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
