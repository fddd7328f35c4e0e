#!/usr/bin/env python3
"""Tests of the scripts beside this file: python3 -m unittest discover scripts"""

import tempfile
import unittest
from pathlib import Path

import doc_commands
import msrv
import readme


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


class Versions(unittest.TestCase):
    def test_versions_are_compared_by_number(self):
        self.assertEqual(msrv.version("1.89"), msrv.version("1.89.0"))
        self.assertGreater(msrv.version("1.100"), msrv.version("1.89.1"))


if __name__ == "__main__":
    unittest.main()
