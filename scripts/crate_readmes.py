#!/usr/bin/env python3
"""Checks the README and the guide of each published crate, as code hosts and registries show them.

- The table of features has those of Cargo.toml, with `yes` for those that are on by default.
- A README says how the crate is added, and names the minimum Rust version.
- Code has no lines that only rustdoc hides.
- Links of a README lead away from the page, since a registry does not have the files beside it, and those into
  this repository to files that are there.
- The licence files are those of the repository. They are copies, since links are lost on their way through archives
  and on Windows.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FEATURE_ROW = re.compile(r"^\| `([\w-]+)` \| (yes|no) \|", re.MULTILINE)
RUST_BLOCK = re.compile(r"^```rust[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)", re.MULTILINE)
# `[text]` that no definition makes a link, such as one that only rustdoc resolves.
REFERENCE = re.compile(r"\[([^\][]+)\](?:\[([^\][]*)\])?(?![(:])")


def features_on_by_default(features: dict[str, list[str]]) -> set[str]:
    waiting, found = list(features.get("default", [])), set()
    while waiting:
        name = waiting.pop()
        if name in features and name not in found:
            found.add(name)
            waiting += features[name]
    return found


def feature_problems(text: str, features: dict[str, list[str]]) -> list[str]:
    told = {name: state == "yes" for name, state in FEATURE_ROW.findall(text)}
    on = features_on_by_default(features)
    real = {name: name in on for name in features if name != "default"}
    problems = [f"the table of features lacks `{name}`" for name in real if name not in told]
    problems += [f"there is no feature `{name}`" for name in told if name not in real]
    return problems + [f"`{name}` is {'on' if real[name] else 'off'} by default"
                       for name in told if name in real and told[name] != real[name]]


def hidden_lines(text: str) -> list[str]:
    lines = [line for block in RUST_BLOCK.findall(text) for line in block.splitlines()]
    return [f"a line that only rustdoc hides: {line}" for line in lines if re.match(r"#( |$)", line)]


def link_problems(text: str, repository: str, root: Path = ROOT) -> list[str]:
    prose = CODE.sub("``", text)
    defined = set(re.findall(r"^\[([^\]]+)\]: ", prose, re.MULTILINE))
    problems = [f"[{label or words}] is not defined" for words, label in REFERENCE.findall(prose)
                if (label or words) not in defined]
    for link in (inline or definition for inline, definition in LINK.findall(prose)):
        if not re.match(r"https?://", link):
            problems.append(f"{link} is relative")
        into = re.match(re.escape(repository) + r"/(?:blob|tree)/HEAD/([^#]+)", link)
        if into and not (root / into[1]).exists():
            problems.append(f"{link} does not exist")
    return problems


def licence_problems(crate: str, root: Path = ROOT) -> list[str]:
    return [f"{crate}/{file.name} is not that of the repository" for file in sorted(root.glob("LICENSE-*"))
            if not (root / crate / file.name).is_file() or (root / crate / file.name).read_bytes() != file.read_bytes()]


def problems_of(crate: str, workspace: dict) -> list[str]:
    manifest = tomllib.loads((ROOT / crate / "Cargo.toml").read_text())
    text = (ROOT / crate / "README.md").read_text()
    problems = feature_problems(text, manifest.get("features", {}))
    problems += link_problems(text, workspace["repository"])
    for needed in (f"cargo add {crate} ", f"Minimum Rust version: {workspace['rust-version']}"):
        if needed not in text:
            problems.append(f"`{needed.strip()}` is missing")
    found = [f"{crate}/README.md: {problem}" for problem in problems] + licence_problems(crate)
    for page in [ROOT / crate / "README.md", *sorted((ROOT / crate / "docs").glob("*.md"))]:
        found += [f"{page.relative_to(ROOT)}: {problem}" for problem in hidden_lines(page.read_text())]
    return found


def main() -> None:
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]
    published = [member for member in workspace["members"]
                 if tomllib.loads((ROOT / member / "Cargo.toml").read_text())["package"].get("publish", True)]
    problems = [problem for crate in published for problem in problems_of(crate, workspace["package"])]
    print("\n".join(problems) or f"The pages of {', '.join(published)} are as registries show them.")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
