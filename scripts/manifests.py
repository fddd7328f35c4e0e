#!/usr/bin/env python3
"""Checks the YAML files that are not read by anything else in continuous integration.

Each parses, without a key twice; Kubernetes manifests fit the schemas of Kubernetes, Compose files the specification of
Compose; and settings that they name are settings of the relay. Needs what requirements.txt lists.
"""

import sys
from pathlib import Path

import compose_spec
import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "examples" / "deploy"
KUBERNETES_VERSIONS = ["1.30", "1.37"]
CONFIG_SOURCE = ROOT / "docs" / "configuration.md"


class StrictLoader(yaml.SafeLoader):
    """Refuses a mapping that holds a key twice."""

    def construct_mapping(self, node, deep=False):
        self.flatten_mapping(node)
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        own = [key for key, (key_node, _) in zip(keys, node.value) if key_node.start_mark.line >= node.start_mark.line]
        twice = {key for key in own if own.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"key twice: {twice}", node.start_mark)
        return super().construct_mapping(node, deep)


def load(path: Path) -> list:
    return [document for document in yaml.load_all(path.read_text(), StrictLoader) if document is not None]


def check_kubernetes(path: Path, documents: list) -> list[str]:
    problems = []
    for document in documents:
        if document.get("kind") == "Kustomization":
            listed = set(document["resources"])
            present = {other.name for other in path.parent.glob("*.yaml")} - {path.name}
            problems += [f"{path.name} and its folder differ in {name}" for name in listed ^ present]
            continue
        for version in KUBERNETES_VERSIONS:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                problems.append(f"{path.relative_to(ROOT)} (Kubernetes {version}): {error.message}")
    return problems


def check_compose(path: Path, documents: list) -> list[str]:
    try:
        # Written anew, without the anchors and merges that YAML has resolved by now.
        compose_spec.PyCompose.from_yaml("".join(map(yaml.safe_dump, documents)))
    except ValueError as error:
        return [f"{path.relative_to(ROOT)}: {error}"]
    return []


def settings_named(value: object) -> set[str]:
    """All keys in a document that look like a setting."""
    if isinstance(value, dict):
        own = {key for key in value if isinstance(key, str) and key.startswith("RELAY_")}
        return own.union(*map(settings_named, value.values()))
    if isinstance(value, list):
        return set().union(*map(settings_named, value))
    return set()


def main() -> None:
    known = CONFIG_SOURCE.read_text()
    problems = []
    files = sorted([*DEPLOY.rglob("*.yaml"), *(ROOT / ".github").rglob("*.yml")])
    for path in files:
        try:
            documents = load(path)
        except yaml.YAMLError as error:
            problems.append(f"{path.relative_to(ROOT)}: {error}")
            continue
        if path.parent.name == "kubernetes":
            problems += check_kubernetes(path, documents)
        if path.name.startswith("compose"):
            problems += check_compose(path, documents)
        problems += [f"{path.relative_to(ROOT)}: the relay has no setting {name}"
                     for name in settings_named(documents) if f"`{name}`" not in known]
    print("\n".join(problems) or f"{len(files)} files are sound.")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
