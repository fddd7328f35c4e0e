#!/usr/bin/env python3
"""Tests of the scripts beside this file: python3 -m unittest discover scripts"""

import hashlib
import re
import subprocess
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import crate_readmes
import doc_commands
import msrv
import prose
import readme
import rings
import vendor_pages


class CrateReadmes(unittest.TestCase):
    def test_the_table_of_features_is_that_of_the_manifest(self):
        features = {"default": ["tls"], "tls": ["dep:rustls", "ring"], "ring": [], "testing": []}
        rows = {name: f"| `{name}` | {state} | it |" for name, state in [("tls", "yes"), ("ring", "yes"), ("testing", "no")]}
        self.assertEqual(crate_readmes.feature_problems("\n".join(rows.values()), features), [])
        for changed in [{"tls": ""}, {"testing": "| `testing` | yes | it |"}, {"more": "| `more` | no | it |"}]:
            text = "\n".join((rows | changed).values())
            self.assertEqual(len(crate_readmes.feature_problems(text, features)), 1, text)

    def test_a_licence_that_is_missing_or_another_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "crate").mkdir()
            for name, copy in [("LICENSE-A", "text"), ("LICENSE-B", "../LICENSE-B"), ("LICENSE-C", None)]:
                (root / name).write_text("text")
                if copy:
                    (root / "crate" / name).write_text(copy)
            problems = crate_readmes.licence_problems("crate", root)
            self.assertEqual([problem.split()[0] for problem in problems], ["crate/LICENSE-B", "crate/LICENSE-C"])

    def test_lines_that_only_rustdoc_hides_are_found_in_code_alone(self):
        good = "# Title\n```rust\n#[derive(Debug)]\nstruct A;\n```\n```sh\n# comment\n```\n"
        self.assertEqual(crate_readmes.hidden_lines(good), [])
        for line in ["# use a::B;", "#"]:
            self.assertEqual(len(crate_readmes.hidden_lines(f"```rust,no_run\n{line}\nlet a = 1;\n```\n")), 1, line)

    def test_links_lead_away_and_to_files_that_are_there(self):
        repository = "https://example.com/r"
        for text, count in [
            ("[a](https://docs.rs/a) [b] `[c]` `vec![d]`\n\n[b]: https://example.com/r/blob/HEAD/README.md#top\n", 0),
            ("[a](docs/guide.md)", 1),
            ("[`Client`] and [this](Client)", 2),
            ("[a]\n\n[a]: https://example.com/r/blob/HEAD/no/such/file.md\n", 1),
            ("[words][nowhere]", 1),
        ]:
            self.assertEqual(len(crate_readmes.link_problems(text, repository)), count, text)


class Answers(unittest.TestCase):
    def test_an_answer_must_be_what_is_shown(self):
        for shown, real in [
            ({"a": 1}, {"a": 1}),
            ({"a": 1, "…": "…"}, {"a": 1, "b": 2}),
            ([1, "…"], [1, 2, 3]),
            ([], []),
            ("https://…/x", "https://127.0.0.1:1/x"),
            ("…", "anything\nat all"),
            (None, None),
        ]:
            self.assertIsNone(doc_commands.json_difference(shown, real), (shown, real))

    def test_what_differs_is_told_with_its_place(self):
        for shown, real, place in [
            ({"a": 1}, {"a": 2}, "/a"),
            ({"a": 1}, {"a": 1, "b": 2}, "/"),
            ({"a": 1, "b": 2, "…": "…"}, {"a": 1}, "/"),
            ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, "/a/1/b"),
            ([1], [1, 2], "/"),
            ([1, 2, "…"], [1], "/"),
            ("a…c", "abd", "/"),
            ("a.c", "abc", "/"),
            ("1", 1, "/"),
            (None, {}, "/"),
        ]:
            told = doc_commands.json_difference(shown, real)
            self.assertIsNotNone(told, (shown, real))
            self.assertTrue(told.startswith(place + ":"), told)

    def test_text_is_compared_by_line(self):
        def differs(shown, printed):
            return doc_commands.difference(doc_commands.Step(1, "", "text", shown), printed) is not None

        self.assertFalse(differs("a\nb\n", "a\nb\n"))
        self.assertFalse(differs("a\n…\nb\n", "a\nx\ny\nb\n"))
        self.assertFalse(differs("a … c\n", "a b c\n"))
        self.assertTrue(differs("a\nb\n", "a\nc\n"))
        self.assertTrue(differs("a\n", "a\nb\n"))

    def test_a_command_that_prints_no_json_differs(self):
        step = doc_commands.Step(1, "", "json", "{}")
        self.assertIn("not JSON", doc_commands.difference(step, "oops"))


class Pages(unittest.TestCase):
    def page(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".md", dir=doc_commands.ROOT / "target", delete=True)
        self.addCleanup(file.close)
        file.write(text)
        file.flush()
        return Path(file.name)

    def setUp(self):
        (doc_commands.ROOT / "target").mkdir(exist_ok=True)

    def test_blocks_are_run_in_order_and_compared(self):
        page = self.page("```sh\na=1\n```\nThen\n\n```sh\necho $a\n```\n\n```text\n2\n```\n```sh\ncargo test\n```\n")
        self.assertEqual([step.commands for step in doc_commands.steps(page)], ["a=1\n", "echo $a\n"])
        problems = doc_commands.run_page(page, {"PATH": "/usr/bin:/bin"})
        self.assertEqual(len(problems), 1)
        self.assertIn(":7:", problems[0])

    def test_a_command_that_fails_is_told_with_its_line(self):
        page = self.page("```sh\ntrue\n```\n```sh\nfalse\ntrue\n```\n")
        self.assertIn(":5: exit status 1", doc_commands.run_page(page, {"PATH": "/usr/bin:/bin"})[0])

    def test_settings_are_read_from_tables(self):
        page = self.page("| `--a-b` | `RELAY_A_B` | `1` | x |\n| `--c` | `RELAY_C` | – | y |\n| `--d` | no |\n")
        settings = {readme.Setting("--a-b", "RELAY_A_B", "1"), readme.Setting("--c", "RELAY_C", None)}
        self.assertEqual(readme.settings_of_page(page), settings)


class Release(unittest.TestCase):
    def version(self, tag):
        command = [msrv.ROOT / "scripts" / "release.sh", "version", tag, "Owner/Some-Name"]
        return subprocess.run(command, capture_output=True, text=True)

    def test_a_tag_gives_version_and_image(self):
        declared = re.search(r'^version = "(.*)"$', (msrv.ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
        self.assertEqual(self.version(f"v{declared}").stdout, f"version={declared}\nimage=ghcr.io/owner/some-name\n")

    def test_a_tag_of_another_version_is_refused(self):
        for tag in ("v0.0.0", "0.1.0", "main"):
            refused = self.version(tag)
            self.assertEqual((refused.returncode, refused.stdout), (1, ""), tag)
            self.assertIn(f"the tag is {tag}", refused.stderr)


    def test_a_changed_archive_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, "relay-server-1.2.3-x.tar.gz")
            archive.write_text("as released")
            digest = hashlib.sha256(archive.read_bytes()).hexdigest()
            Path(folder, "relay-server-1.2.3-x.sha256").write_text(f"{digest}  {archive.name}\n")
            command = [msrv.ROOT / "scripts" / "release.sh", "verify", folder]
            self.assertEqual(subprocess.run(command, capture_output=True).returncode, 0)
            archive.write_text("changed")
            changed = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(changed.returncode, 1)
            self.assertIn("is not what was released", changed.stderr)


class Versions(unittest.TestCase):
    def test_versions_are_compared_by_number(self):
        self.assertEqual(msrv.version("1.89"), msrv.version("1.89.0"))
        self.assertGreater(msrv.version("1.100"), msrv.version("1.89.1"))


class Rings(unittest.TestCase):
    def rings_of(self, files):
        """The rings of a crate with these files, each as the set of its files' names."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, code in files.items():
            file = Path(folder.name, "src", name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(code)
        self.crate = rings.Crate(Path(folder.name))
        source = self.crate.folder / "src"
        return [{str(file.relative_to(source)) for file in ring} for ring in rings.rings(self.crate.edges)]

    LIB = "mod a;\nmod b;\n"

    def test_a_planted_ring_is_found_and_told_with_its_lines(self):
        found = self.rings_of({
            "lib.rs": self.LIB,
            "a.rs": "use crate::{\n    b::{B as Other, nothing},\n};\npub struct A;\n",
            "b.rs": "pub struct B;\npub fn nothing() {}\nfn f() -> crate::a::A { crate::a::A }\n",
        })
        self.assertEqual(found, [{"a.rs", "b.rs"}])
        told = "\n".join(rings.report(self.crate, rings.rings(self.crate.edges)[0]))
        self.assertIn("src/a.rs -> src/b.rs -> src/a.rs", told)
        self.assertIn("src/a.rs:2: crate::b::B and 1 more, defined in src/b.rs", told)
        self.assertIn("src/b.rs:3: crate::a::A, defined in src/a.rs", told)

    def test_few_dependencies_to_cut_are_named(self):
        self.rings_of({
            "lib.rs": "mod a;\nmod b;\nmod c;\n",
            "a.rs": "use crate::{b::{B, b}, c::{C, c}};\npub struct A;\n",
            "b.rs": "use crate::c::{C, c};\npub struct B;\npub fn b() {}\n",
            "c.rs": "pub struct C;\npub fn c() -> crate::a::A {}\n",
        })
        ring = rings.rings(self.crate.edges)[0]
        cut = [(source.name, target.name) for source, target in rings.against_the_order(ring, self.crate.edges)]
        self.assertEqual(cut, [("c.rs", "a.rs")])

    def test_every_way_to_name_an_item_can_close_a_ring(self):
        for name, back in [
            ("crate path", "fn f() { crate::a::A; }"),
            ("super path", "fn f() { super::a::A; }"),
            ("function of an imported module", "use crate::a;\nfn f() { a::make(); }"),
            ("renamed import", "use super::a::A as Other;"),
            ("nested braces", "use super::{a::{self, A}};"),
            ("import inside a function", "fn f() { use crate::a::A; }"),
            ("glob", "use super::a::*;\nfn f(_: A) {}"),
            ("re-exported by the root", "use crate::A;"),
            ("re-exported by the root as a glob", "use crate::Made;"),
            ("enum variant", "fn f() { crate::a::Kind::One; }"),
            ("macro of another file", "double!(1);"),
            ("path in a macro's call", "other! { field: crate::a::A }"),
            ("path in a macro's definition", "macro_rules! m { () => { $crate::a::A } }"),
            ("inline module", "mod inner { use super::super::a::A; }"),
            ("raw identifier", "use crate::a::r#fn;"),
        ]:
            found = self.rings_of({
                "lib.rs": "#[macro_use]\nmod a;\nmod b;\npub use a::A;\npub use a::*;\n",
                "a.rs": "use crate::b::B;\npub struct A;\npub struct Made;\npub enum Kind { One }\npub fn make() {}\n"
                        "macro_rules! double { ($x:expr) => { $x } }\npub fn r#fn() {}\n",
                "b.rs": f"pub struct B;\n{back}\n",
            })
            self.assertEqual(found, [{"a.rs", "b.rs"}], name)

    def test_what_only_looks_like_a_ring_is_none(self):
        for name, code in [
            ("comment", "// use crate::a::A;\n/* /* */ crate::a::A */ /// [`crate::a::A`]"),
            ("text", 'const X: &str = "crate::a::A"; const Y: &str = r#"" crate::a::A"#; const Z: char = \'"\';'),
            ("tests", "#[cfg(test)]\nmod tests { use crate::a::A; }"),
            ("test import", "#[cfg(test)]\nuse crate::a::A;"),
            ("test function", "#[cfg(test)]\n#[allow(x)]\npub(crate) fn f<X, Y>() { crate::a::A; }"),
            ("test field", "struct S { #[cfg(test)] a: crate::a::A, b: u8 }"),
            ("another crate's module of that name", "use other::a::A;"),
            ("own item of that name", "use self::inner::A;\nmod inner { pub struct A; }"),
            ("lifetime", "fn f<'a>(x: &'a str) -> &'a str { x }"),
        ]:
            found = self.rings_of({
                "lib.rs": self.LIB, "a.rs": "use crate::b::B;\npub struct A;\n", "b.rs": f"pub struct B;\n{code}\n",
            })
            self.assertEqual(found, [], name)

    def test_a_parent_may_declare_and_re_export_its_children(self):
        children = {
            "parent/first.rs": "use super::Second;\npub struct First;\n",
            "parent/second.rs": "pub struct Second;\n",
        }
        parent = "mod first;\nmod second;\npub use first::First;\npub use second::Second;\n"
        for name in ("parent.rs", "parent/mod.rs"):
            self.assertEqual(self.rings_of({"lib.rs": "mod parent;\npub use parent::First;\n", name: parent, **children}), [])

    def test_a_parent_that_uses_a_child_which_uses_the_parent_is_a_ring(self):
        for use in ("use first::First;\n", "pub use first::First;\nfn f(_: First) {}\n", "fn f() { first::make(); }\n"):
            found = self.rings_of({
                "lib.rs": "mod parent;\n",
                "parent/mod.rs": f"mod first;\n{use}pub struct Own;\n",
                "parent/first.rs": "use super::Own;\npub struct First;\npub fn make() {}\n",
            })
            self.assertEqual(found, [{"parent/mod.rs", "parent/first.rs"}], use)

    def test_the_program_of_a_crate_may_use_its_library(self):
        files = {"lib.rs": "pub struct Library;\n", "main.rs": "mod cli;\nuse cli::run;\n", "cli.rs": "pub fn run() {}\n"}
        self.assertEqual(self.rings_of(files), [])


class Prose(unittest.TestCase):
    def found(self, text, name="src/a.rs"):
        path = Path(name)
        read = prose.of_code if path.suffix == ".rs" else prose.of_page
        return [(finding.line, finding.kind) for finding in read(path, text)]

    def test_first_words_of_doc_comments_are_found(self):
        code = ("//! Reads files.\n//!\n//! How it works.\n\n/// Whether it is open.\n/// What follows is not a first word.\n"
                "struct A;\n/// Returns it.\n// What a plain comment says\n/// Wherever.\n/// ```\n/// What\n/// ```\n")
        self.assertEqual(self.found(code), [(3, "first word"), (5, "first word"), (10, "first word")])
        self.assertEqual(self.found("/// For how long it waits.\n\n/// For people.\n"), [(1, "first word")])

    def test_wide_comments_are_found_and_wide_code_is_not(self):
        wide = "x" * 95
        self.assertEqual(self.found(f"// {wide}\n/// {wide}xxx\nlet a = {wide}xxxxxxxx;\n"), [(2, "width")])

    def test_rows_of_tables_may_be_wide(self):
        self.assertEqual(self.found(f"//! | {'x' * 120} |\n//! {'x' * 120}\n"), [(2, "width")])

    def test_lines_of_pages_are_counted_with_their_code(self):
        self.assertEqual(self.found("`a long piece of code`\n\nThis is no page.\n", "a.md"), [(3, "turn")])

    def test_turns_are_found_where_prose_stands(self):
        for code, found in [
            ("/// This is no list.", True),
            ("/// This is\n/// no list.", True),
            ("/// This is no longer a list.", False),
            ("/// The code `is no` list.", False),
            ("// a comment that is no documentation", False),
            ('#[error("the body is no JSON")]', True),
            ('const A: &str = "is no";', False),
            ('#[cfg(test)]\nmod tests {\n    const A: &str = "the body is no JSON";\n}', False),
        ]:
            self.assertEqual([kind for _, kind in self.found(code)], ["turn"] if found else [], code)

    def test_pages_are_read_without_their_code(self):
        self.assertEqual(self.found("A\n```sh\nwhat is\n```\nThis is\nno page, `what is`.\n", "a.md"), [(5, "turn")])

    def test_every_file_has_a_part(self):
        for path, part in [("README.md", "pages"), ("docs/a.md", "pages"), ("ctim/src/a.rs", "ctim")]:
            self.assertEqual(prose.part_of(Path(path)), part)


class VendoredFiles(unittest.TestCase):
    def test_files_of_others_are_as_they_came(self):
        self.assertEqual(vendor_pages.check(), [])

    def test_each_package_comes_with_its_licence_and_nothing_else_is_there(self):
        listed = {here for _, _, files in vendor_pages.PACKAGES for _, here, _ in files}
        found = {str(path.relative_to(vendor_pages.FOLDER)) for path in vendor_pages.FOLDER.rglob("*") if path.is_file()}
        self.assertEqual(found, listed)
        for package, _, files in vendor_pages.PACKAGES:
            self.assertIn("LICENSE", [there for there, _, _ in files], package)

    def test_a_changed_file_is_found(self):
        package, version, [(there, here, checksum), *others] = vendor_pages.PACKAGES[0]
        with unittest.mock.patch.object(vendor_pages, "PACKAGES", [(package, version, [(there, here, "0" * 64), *others])]):
            self.assertEqual(vendor_pages.check(), [f"{here}: {checksum} instead of {'0' * 64}"])


if __name__ == "__main__":
    unittest.main()
