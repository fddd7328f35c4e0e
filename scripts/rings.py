#!/usr/bin/env python3
"""Fails when files of a crate depend on one another in a ring.

    scripts/rings.py CRATE…            crates as folders, such as ctim
    scripts/rings.py --graph CRATE…    prints all dependencies between files, too

Reads the Rust files that `src/lib.rs`, `src/main.rs` and `src/bin/*.rs` declare as modules. A file depends on the files
that define the items it names: imports, paths in code, and macros. Every path is followed through re-exports to the
definition, so that a parent's `mod child;` and `pub use child::Item;` are not dependencies by themselves, and a child that
names `super::Item` depends on the sibling that defines the item. Code under `#[cfg(test)]` does not count. What
a macro expands to is not seen, except for the paths that its definition and its calls write out.
"""

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).resolve().parent.parent

# What stands in text is not code. Block comments are handled apart, since they nest.
TEXT = re.compile(r"""
    //[^\n]* | /\*
  | \b(?:br|cr|r)(?P<hashes>\#*)".*?"(?P=hashes)
  | [bc]?"(?:\\.|[^"\\])*"
  | b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'\n])'
""", re.DOTALL | re.VERBOSE)
TOKEN = re.compile(r"r\#\w+|'\w+|\w+|::|[^\s\w]")
NAME = re.compile(r"(?:r#)?[A-Za-z_]\w*")
DEFINING = {"struct", "enum", "union", "trait", "type", "fn", "const", "static"}
ITEM_WORDS = DEFINING | {"mod", "use", "impl", "extern", "unsafe", "async", "macro_rules", "pub"}
OPEN, CLOSE = set("([{"), set(")]}")
KEYWORDS = {"as", "in", "for", "if", "let", "mut", "ref", "match", "where", "dyn", "move", "return", "else", "impl"}


class Token(NamedTuple):
    text: str
    line: int


class Import(NamedTuple):
    path: tuple[str, ...]
    name: str  # the name it has here; `*` for a glob, `_` for none
    is_public: bool
    line: int


class Use(NamedTuple):
    """A place in a file that names something of another file."""

    line: int
    path: str


@dataclass
class Module:
    name: str
    file: Path
    parent: "Module | None"
    children: dict[str, "Module"] = field(default_factory=dict)
    items: set[str] = field(default_factory=set)
    # Names inside calls of macros: what is not found elsewhere may be defined by one of these calls.
    in_macros: set[str] = field(default_factory=set)
    imports: list[Import] = field(default_factory=list)
    paths: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    macros: list[tuple[str, int]] = field(default_factory=list)
    bare: dict[str, int] = field(default_factory=dict)

    def root(self) -> "Module":
        return self.parent.root() if self.parent else self

    def tree(self) -> Iterator["Module"]:
        yield self
        for child in self.children.values():
            yield from child.tree()


# ---------------------------------------------------------------- reading

def without_text(code: str) -> str:
    """The code with comments and literals blanked; lines stay where they are."""
    parts, at = [], 0
    while found := TEXT.search(code, at):
        end = found.end()
        if found[0] == "/*":
            depth = 1
            while depth and (mark := re.compile(r"/\*|\*/").search(code, end)):
                depth += 1 if mark[0] == "/*" else -1
                end = mark.end()
            end = end if depth == 0 else len(code)
        parts += [code[at:found.start()], " " + "\n" * code.count("\n", found.start(), end)]
        at = end
    return "".join([*parts, code[at:]])


def tokens_of(code: str) -> list[Token]:
    tokens, line, at = [], 1, 0
    code = without_text(code)
    for found in TOKEN.finditer(code):
        line += code.count("\n", at, found.start())
        at = found.start()
        tokens.append(Token(found[0].removeprefix("r#"), line))
    return without_tests(tokens)


def closing(tokens: list[Token], start: int) -> int:
    """The index behind the bracket that closes the one at `start`."""
    depth = 0
    for index in range(start, len(tokens)):
        if tokens[index].text in OPEN:
            depth += 1
        elif tokens[index].text in CLOSE:
            depth -= 1
            if depth == 0:
                return index + 1
    return len(tokens)


def item_end(tokens: list[Token], start: int) -> int:
    """The index behind the item, statement, field or arm that begins at `start`."""
    is_item = tokens[start].text in ITEM_WORDS if start < len(tokens) else False
    is_import = False
    index = start
    while index < len(tokens):
        text = tokens[index].text
        is_import |= text == "use" and index - start < 6
        if text == ";" or (text == "," and not is_item):
            return index + 1
        if text in CLOSE:
            return index
        if text in OPEN:
            index = closing(tokens, index)
            if text == "{" and not is_import:
                return index
        else:
            index += 1
    return index


def skip_attributes(tokens: list[Token], index: int) -> int:
    while index + 1 < len(tokens) and tokens[index].text == "#" and tokens[index + 1].text == "[":
        index = closing(tokens, index + 1)
    return index


def without_tests(tokens: list[Token]) -> list[Token]:
    """The tokens without what `#[cfg(test)]` or `#[cfg(all(test, …))]` stands before."""
    kept, index = [], 0
    while index < len(tokens):
        ahead = [token.text for token in tokens[index:index + 7]]
        if ahead[:6] == ["#", "[", "cfg", "(", "test", ")"] or ahead == ["#", "[", "cfg", "(", "all", "(", "test"]:
            index = item_end(tokens, skip_attributes(tokens, index))
        else:
            kept.append(tokens[index])
            index += 1
    return kept


def import_tree(tokens: list[Token], prefix: tuple[str, ...], is_public: bool) -> list[Import]:
    """The imports of what stands between `use` and `;`."""
    imports, path, alias, line = [], prefix, None, tokens[0].line if tokens else 0
    index = 0

    def finish() -> None:
        if path != prefix or alias:
            last = path[-1] if path[-1] != "self" or len(path) == 1 else path[-2]
            own = path[:-1] if path[-1] == "self" and len(path) > 1 else path
            imports.append(Import(own, alias or last, is_public, line))

    while index < len(tokens):
        text = tokens[index].text
        if text == "{":
            end = closing(tokens, index)
            imports += import_tree(tokens[index + 1:end - 1], path, is_public)
            path, alias, index = prefix, None, end
            continue
        if text == ",":
            finish()
            path, alias = prefix, None
        elif text == "as":
            index += 1
            alias = tokens[index].text
        elif text == "*":
            imports.append(Import(path, "*", is_public, tokens[index].line))
            path = prefix
        elif text not in ("::", "$"):
            path, line = (*path, text), tokens[index].line
        index += 1
    finish()
    return imports


class Reader:
    """Reads a crate's files into a tree of modules."""

    def __init__(self, root_file: Path):
        self.macros: dict[str, Path] = {}
        self.root = Module("crate", root_file, None)
        self.read_file(self.root, root_file.parent)

    def read_file(self, module: Module, folder: Path) -> None:
        self.read(module, tokens_of(module.file.read_text()), folder)

    def read(self, module: Module, tokens: list[Token], folder: Path) -> None:
        """Reads the items of a module; `folder` holds the files of its children."""
        index, is_public, named_path = 0, False, None
        while index < len(tokens):
            text = tokens[index].text
            following = tokens[index + 1].text if index + 1 < len(tokens) else ""
            if text == "#":
                start = index + 1 + (following == "!")
                index = closing(tokens, start)
                continue
            if text == "pub":
                is_public = True
                index = closing(tokens, index + 1) if following == "(" else index + 1
                continue
            if text == "use":
                end = item_end(tokens, index)
                module.imports += import_tree(tokens[index + 1:end - 1], (), is_public)
            elif text == "mod" and NAME.fullmatch(following):
                end = self.read_child(module, tokens, index, folder)
            elif text == "macro_rules":
                name = tokens[index + 2].text
                self.macros.setdefault(name, module.file)
                module.items.add(name)
                end = item_end(tokens, index + 3)
                self.read_code(module, tokens[index + 3:end])
            elif NAME.fullmatch(text) and following in ("!", "::") and text not in ITEM_WORDS:
                end = item_end(tokens, index)
                self.read_code(module, tokens[index:end])
                module.in_macros |= {token.text for token, behind in zip(tokens[index:end], tokens[index + 1:end])
                                     if NAME.fullmatch(token.text) and behind.text not in ("!", "::")}
            else:
                end = item_end(tokens, index)
                self.define(module, tokens[index:end])
                self.read_code(module, tokens[index:end])
            is_public = False
            index = max(end, index + 1)

    def read_child(self, module: Module, tokens: list[Token], index: int, folder: Path) -> int:
        name = tokens[index + 1].text
        if tokens[index + 2].text == "{":
            end = closing(tokens, index + 2)
            child = Module(name, module.file, module)
            module.children.setdefault(name, child)
            self.read(child, tokens[index + 3:end - 1], folder / name)
            return end
        for file in (folder / f"{name}.rs", folder / name / "mod.rs"):
            if file.exists() and name not in module.children:
                child = module.children[name] = Module(name, file, module)
                self.read_file(child, folder / name)
        return index + 3

    @staticmethod
    def define(module: Module, tokens: list[Token]) -> None:
        for token, following in zip(tokens, tokens[1:]):
            if token.text in OPEN or token.text in ("impl", "="):
                return
            if token.text in DEFINING and NAME.fullmatch(following.text) and following.text not in DEFINING:
                module.items.add(following.text)
                return

    @staticmethod
    def read_code(module: Module, tokens: list[Token]) -> None:
        """Notes the paths, macros, names and imports inside an item."""
        index = 0
        while index < len(tokens):
            token = tokens[index]
            before = tokens[index - 1].text if index else ""
            following = tokens[index + 1].text if index + 1 < len(tokens) else ""
            if token.text == "use" and before in ("", "{", "}", ";", "]") and following != "<":
                end = item_end(tokens, index)
                module.imports += import_tree(tokens[index + 1:end - 1], (), False)
                index = end
                continue
            if not NAME.fullmatch(token.text) or before in (".", "::") or token.text in KEYWORDS:
                index += 1
                continue
            path = [token.text]
            while index + 2 < len(tokens) and tokens[index + 1].text == "::" and NAME.fullmatch(tokens[index + 2].text):
                path.append(tokens[index + 2].text)
                index += 2
            if len(path) > 1:
                module.paths.append((tuple(path), token.line))
            elif index + 1 < len(tokens) and tokens[index + 1].text == "!" and following != "=":
                module.macros.append((token.text, token.line))
            else:
                module.bare.setdefault(token.text, token.line)
            index += 1


# ---------------------------------------------------------------- resolving

class Crate:
    """The dependencies between the files of one crate."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.name = self.folder.name.replace("-", "_")
        source = self.folder / "src"
        roots = [file for file in (source / "lib.rs", source / "main.rs", *sorted(source.glob("bin/*.rs")))
                 if file.exists()]
        if not roots:
            sys.exit(f"{folder}: neither src/lib.rs nor src/main.rs is there; name folders of crates")
        self.readers = [Reader(root) for root in roots]
        self.library = self.readers[0].root if roots[0].name == "lib.rs" else None
        self.edges: dict[Path, dict[Path, list[Use]]] = {}
        for reader in self.readers:
            for module in reader.root.tree():
                self.note_edges(module, reader.macros)

    def files(self) -> set[Path]:
        return {module.file for reader in self.readers for module in reader.root.tree()}

    def note_edges(self, module: Module, macros: dict[str, Path]) -> None:
        used = [(path, line) for path, line in module.paths]
        for each in module.imports:
            # A re-export counts when the file uses the name itself.
            if each.name == "*":
                used += [((*each.path, name), line) for name, line in module.bare.items()
                         if name not in module.items and self.defining_in(each.path, name, module)]
            elif not each.is_public:
                used.append((each.path, each.line))
            elif each.name in module.bare:
                used.append((each.path, module.bare[each.name]))
        for path, line in used:
            self.add(module.file, self.defining(path, module, macros), Use(line, "::".join(path)))
        for name, line in module.macros:
            target = self.lookup(module, name, set(), is_last=True) or macros.get(name)
            self.add(module.file, target, Use(line, f"{name}!"))

    def defining_in(self, path: tuple[str, ...], name: str, module: Module) -> bool:
        target = self.follow(path, module, set())
        return isinstance(target, Module) and self.lookup(target, name, set(), is_last=True) is not None

    def add(self, source: Path, target: "Path | Module | None", use: Use) -> None:
        # A module by itself says nothing: what is taken from it is named elsewhere.
        if isinstance(target, Path) and target != source:
            uses = self.edges.setdefault(source, {}).setdefault(target, [])
            if use not in uses:
                uses.append(use)

    def defining(self, path: tuple[str, ...], module: Module, macros: dict[str, Path]) -> "Path | Module | None":
        if path[0] == "crate" and len(path) == 2 and path[1] in macros and path[1] not in module.root().items:
            return macros[path[1]]
        return self.follow(path, module, set())

    def follow(self, path: tuple[str, ...], module: Module, seen: set) -> "Path | Module | None":
        """The module that a path names, or the file that defines the item it names; nothing for other crates."""
        here, rest = self.start(path, module, seen)
        for position, name in enumerate(rest):
            if not isinstance(here, Module):
                return here
            if name == "super":
                here = here.parent
                continue
            found = self.lookup(here, name, seen, is_last=position + 1 == len(rest))
            # A macro defines it, most likely, and the file of the module calls that macro.
            here = here.file if found is None else found
        return here

    def start(self, path: tuple[str, ...], module: Module, seen: set) -> tuple["Path | Module | None", tuple[str, ...]]:
        first, rest = path[0], path[1:]
        if first == "crate":
            return module.root(), rest
        if first == "self":
            return module, rest
        if first == "super":
            return module.parent, rest
        local = self.lookup(module, first, seen, is_last=not rest)
        if local is None and first == self.name and self.library and module.root() is not self.library:
            return self.library, rest
        return local, rest

    def lookup(self, module: Module, name: str, seen: set, is_last: bool) -> "Path | Module | None":
        if (id(module), name) in seen:
            return None
        seen = seen | {(id(module), name)}
        if name in module.children and not (is_last and name in module.items):
            return module.children[name]
        if name in module.items:
            return module.file
        for each in module.imports:
            if each.name == name:
                # An import that names itself, such as `use serde;`, is another crate.
                target = self.follow(each.path, module, seen)
                if target is not None:
                    return target
        for each in module.imports:
            if each.name == "*":
                target = self.follow(each.path, module, seen)
                found = self.lookup(target, name, seen, is_last) if isinstance(target, Module) else None
                if found is not None:
                    return found
        return module.file if name in module.in_macros and is_last else None


def rings(edges: dict[Path, dict[Path, list[Use]]]) -> list[list[Path]]:
    """The strongly connected components of two files or more (Tarjan), each sorted."""
    order: dict[Path, int] = {}
    low: dict[Path, int] = {}
    stack: list[Path] = []
    found: list[list[Path]] = []

    def visit(file: Path) -> None:
        order[file] = low[file] = len(order)
        stack.append(file)
        for target in edges.get(file, {}):
            if target not in order:
                visit(target)
                low[file] = min(low[file], low[target])
            elif target in stack:
                low[file] = min(low[file], order[target])
        if low[file] == order[file]:
            ring = stack[stack.index(file):]
            del stack[stack.index(file):]
            if len(ring) > 1:
                found.append(sorted(ring))

    for file in sorted(edges):
        if file not in order:
            visit(file)
    return found


def shortest(ring: list[Path], edges: dict[Path, dict[Path, list[Use]]]) -> list[Path]:
    """A shortest way round inside a ring."""
    ways = []
    for start in ring:
        waiting, seen = [[start]], {start}
        while waiting:
            way = waiting.pop(0)
            if start in edges.get(way[-1], {}):
                ways.append(way)
                break
            following = [file for file in sorted(edges.get(way[-1], {})) if file in ring and file not in seen]
            seen.update(following)
            waiting += [[*way, file] for file in following]
    return min(ways, key=len)


def against_the_order(ring: list[Path], edges: dict[Path, dict[Path, list[Use]]]) -> list[tuple[Path, Path]]:
    """Few dependencies without which there is no ring: those against an order that most others follow (Eades, Lin, Smyth)."""
    inside = {file: {target: len(uses) for target, uses in edges[file].items() if target in ring} for file in ring}
    rest, first, last = set(ring), [], []

    def out(file: Path) -> int:
        return sum(count for target, count in inside[file].items() if target in rest)

    def into(file: Path) -> int:
        return sum(inside[source].get(file, 0) for source in rest)

    while rest:
        if sink := next((file for file in sorted(rest) if out(file) == 0), None):
            last.insert(0, sink)
            rest.remove(sink)
            continue
        source = next((file for file in sorted(rest) if into(file) == 0), None) \
            or max(sorted(rest), key=lambda file: out(file) - into(file))
        first.append(source)
        rest.remove(source)
    rank = {file: number for number, file in enumerate(first + last)}
    return [(source, target) for source in ring for target in sorted(inside[source]) if rank[target] < rank[source]]


def report(crate: Crate, ring: list[Path]) -> list[str]:
    def short(file: Path) -> str:
        return str(file.relative_to(crate.folder))

    way = shortest(ring, crate.edges)
    lines = [f"{crate.folder.name}: {len(ring)} files form a ring; shortest way round: "
             + " -> ".join(map(short, [*way, way[0]]))]
    for source in ring:
        for target, uses in sorted(crate.edges[source].items()):
            if target in ring:
                first = min(uses)
                more = f" and {len(uses) - 1} more" if len(uses) > 1 else ""
                lines.append(f"  {crate.folder.name}/{short(source)}:{first.line}: {first.path}{more}, "
                             f"defined in {short(target)}")
    lines += ["  There would be no ring without:"]
    lines += [f"    {short(source)} -> {short(target)}" for source, target in against_the_order(ring, crate.edges)]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graph", action="store_true", help="print all dependencies between files")
    parser.add_argument("crates", nargs="+", type=Path, metavar="CRATE", help="folder of a crate")
    arguments = parser.parse_args()
    failed = False
    for folder in arguments.crates:
        crate = Crate(folder)
        if arguments.graph:
            for source, targets in sorted(crate.edges.items()):
                for target, uses in sorted(targets.items()):
                    print(f"{source.relative_to(crate.folder)}:{min(uses).line} -> {target.relative_to(crate.folder)}"
                          f" ({min(uses).path})")
        found = rings(crate.edges)
        for ring in found:
            print("\n".join(report(crate, ring)))
        if not found:
            print(f"{folder}: the {len(crate.files())} files form no ring.")
        failed |= bool(found)
    sys.exit(failed)


if __name__ == "__main__":
    main()
