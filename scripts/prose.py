#!/usr/bin/env python3
"""Checks the prose of the crates and pages for what a script can see.

    scripts/prose.py                   counts by part of the tree; fails where a count is above its limit
    scripts/prose.py --list [PATH…]    each finding with its place, of all files or of those named

- `first word`: a paragraph of a doc comment that begins with a word such as What, Whether or How, also behind a
  preposition, instead of naming the thing or beginning with a verb.
- `width`: a line with a comment that is wider than 100 columns. Rows of tables do not count: they cannot be wrapped.
- `turn`: a turn of phrase of the list below, in doc comments, in texts of the code (errors, logs, help) and on pages.

The limits are what is left to mend. They may only fall: whoever mends some lowers them.
"""

import argparse
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Iterator, NamedTuple

from rings import TEXT

ROOT = Path(__file__).resolve().parent.parent
MAX_WIDTH = 100

TABLE_ROW = re.compile(r"\s*//[/!] \|")
FIRST_WORDS = re.compile(r"(What|Who|Whom|Whose|Whether|Where|How|When|Why|Which|Wherever)(ever)?\b"
                         r"|(At|By|For|From|In|Of|On|To|With) (what|whom|whose|where|how|when|which)\b")

# What reads as translated or as a riddle, and what to write instead.
TURNS = {
    r"\b(is|are|was|were) no\b(?! (longer|more|less|later|earlier|such)\b)": "is not a, has no, without",
    r"\b(has|have|had) none( of (its|their) own)?\b": "does not have",
    r"\bwhat (is|are|was|were|has|have|it|they|there)\b": "name the thing",
    r"\bbelongs? (into|to where)\b": "belongs in",
    r"\bcould not be made (ready|up)\b": "say what failed",
    r"\bfor want of\b": "because … is missing",
    r"\bin vain\b": "without success",
    r"\ball the same\b": "anyway",
    r"\bof (one's|its|their) own accord\b": "by itself",
    r"\bno\b [\w-]+ (is|are) (asked|taken|held|kept|told)\b": "does not …",
    r"\btells? (what|who|how|where|whether|when|why)\b": "describes, returns, names",
    r"\bas (it|they) (came|stands?)\b": "unchanged",
    r"\b(goes|go) by\b": "uses, follows",
    r"\bwhoever\b": "anyone who, the caller",
    r"\bnothing but\b": "only",
    r"\bat the most\b": "at most",
    r"\bshall\b": "must, is to",
    r"\bat hand\b": "available",
}
ANY_TURN = re.compile("|".join(f"(?:{turn})" for turn in TURNS).replace(" ", r"[ \n]"), re.IGNORECASE)

PAGES = "pages"
# Of `first word`, `width` and `turn`, for each part. A part without a line is reported only.
LIMITS: dict[str, tuple[int, int, int]] = {
    "client-tests": (0, 0, 0),
    "ctim": (0, 0, 2),
    "examples": (0, 1, 2),
    PAGES: (0, 0, 3),
    "relay-server": (0, 0, 1),
    "sumo-client": (0, 0, 4),
    "xdr-module": (0, 2, 6),
    "yardstick": (0, 0, 2),
}


class Finding(NamedTuple):
    path: Path
    line: int
    kind: str
    text: str


KINDS = ("first word", "width", "turn")


def turns_in(text: str) -> Iterator[str]:
    return (found[0] for found in ANY_TURN.finditer(text))


def doc_blocks(lines: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """The paragraphs of doc comments, without code; each as its lines."""
    paragraph, is_code, last = [], False, -1
    for number, text in [*lines, (-9, "")]:
        if number != last + 1:
            is_code = False
        is_fence = text.lstrip().startswith("```")
        if (number != last + 1 or not text.strip() or is_fence) and paragraph:
            yield paragraph
            paragraph = []
        if is_fence:
            is_code = not is_code
        elif text.strip() and not is_code:
            paragraph.append((number, text.strip()))
        last = number


def of_code(path: Path, code: str) -> Iterator[Finding]:
    docs, lines = [], code.splitlines()
    tests = re.search(r"^#\[cfg\(test\)\]\nmod \w+ \{", code, re.MULTILINE)
    tests_line = code.count("\n", 0, tests.start()) if tests else len(lines)
    commented = set()
    for found in TEXT.finditer(code):
        line, text = code.count("\n", 0, found.start()) + 1, found[0]
        if text.startswith("//"):
            commented.add(line)
            if text.startswith(("//!", "///")) and not text.startswith("////"):
                docs.append((line, text[3:]))
        elif '"' in text and text.count(" ") >= 2 and line <= tests_line and "tests" not in path.parts:
            for turn in turns_in(re.sub(r"\\\n\s*", "", text)):
                yield Finding(path, line, "turn", turn)
    for paragraph in doc_blocks(docs):
        line, first = paragraph[0]
        if FIRST_WORDS.match(first):
            yield Finding(path, line, "first word", first)
        for turn in turns_in(" ".join(re.sub(r"`[^`]*`", "`", text) for _, text in paragraph)):
            yield Finding(path, line, "turn", turn)
    for line in sorted(commented):
        if len(lines[line - 1]) > MAX_WIDTH and not TABLE_ROW.match(lines[line - 1]):
            yield Finding(path, line, "width", f"{len(lines[line - 1])} columns")


def of_page(path: Path, text: str) -> Iterator[Finding]:
    text = re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`\n]*`", "`", text)
    for found in ANY_TURN.finditer(text):
        yield Finding(path, text.count("\n", 0, found.start()) + 1, "turn", " ".join(found[0].split()))


def part_of(path: Path) -> str:
    """The crate that a file is of, or the pages."""
    return path.parts[0] if len(path.parts) > 1 and path.parts[0] != "docs" else PAGES


def files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.rs", "*.md"], cwd=ROOT,
                            check=True, capture_output=True, text=True).stdout.splitlines()
    return [Path(name) for name in sorted(set(listed)) if (ROOT / name).exists()]


def findings(path: Path) -> Iterator[Finding]:
    text = (ROOT / path).read_text()
    return of_code(path, text) if path.suffix == ".rs" else of_page(path, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print each finding")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders instead of all")
    arguments = parser.parse_args()
    wanted = [path.resolve() for path in arguments.paths]
    read = [path for path in files() if not wanted or any((ROOT / path).is_relative_to(each) for each in wanted)]
    found = [finding for path in read for finding in findings(path)]
    if arguments.list:
        for finding in found:
            print(f"{finding.path}:{finding.line}: {finding.kind}: {finding.text}")
        return
    counts = {part: Counter(finding.kind for finding in found if part_of(finding.path) == part)
              for part in sorted({part_of(path) for path in read})}
    failed = False
    print(f"{'':14}" + "".join(f"{kind:>22}" for kind in KINDS))
    for part, count in counts.items():
        limits = LIMITS.get(part)
        cells = [f"{count[kind]} of at most {limit}" for kind, limit in zip(KINDS, limits)] if limits else \
            [f"{count[kind]}" for kind in KINDS]
        print(f"{part:14}" + "".join(f"{cell:>22}" for cell in cells))
        failed |= any(count[kind] > limit for kind, limit in zip(KINDS, limits or ()))
    if failed:
        print("A count is above its limit: scripts/prose.py --list PATH names the places.")
    sys.exit(failed)


if __name__ == "__main__":
    main()
