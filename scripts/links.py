#!/usr/bin/env python3
"""Checks that every link from a Markdown file of this repository into the repository leads somewhere."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Not `[text](Item)` of a crate's README, which rustdoc resolves: a link into the repository has a point or an anchor.
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]*[.#/][^)\s]*)\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def problems_of(page: Path) -> list[str]:
    found = []
    # Links stand in prose; a text in code that looks like one is none.
    for link in LINK.findall(CODE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            found.append(f"{page.relative_to(ROOT)}: {link} does not exist")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            found.append(f"{page.relative_to(ROOT)}: {link} has no such heading")
    return found


def main() -> None:
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT,
                            check=True, capture_output=True, text=True).stdout.split()
    problems = [problem for name in listed for problem in problems_of(ROOT / name)]
    print("\n".join(problems) or f"The links of {len(listed)} pages lead somewhere.")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
