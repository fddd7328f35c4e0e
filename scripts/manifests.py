#!/usr/bin/env python3
"""Checks the files in examples/deploy and the workflows, as far as no other step reads them.

Each YAML file parses, without a key twice. Compose files fit the specification of Compose, and without RELAY_PUBLIC_URLS
the relay refuses to start. The Helm chart is linted
and rendered with each file of values in its folder `ci`; what comes out fits the schemas of Kubernetes, and a few promises of
the chart are tried. Alerts pass `promtool` and their situations, each fires in one of them, and they name metrics that
docs/operating.md lists; so do the queries of the dashboard. Alerts that name routes name each that asks Cloud SIEM. Settings
that any of these names are settings of the relay. Needs what requirements.txt lists, and `helm` and `promtool` on the path.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import compose_spec
import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "examples" / "deploy"
CHART = DEPLOY / "helm" / "relay"
PROMETHEUS = DEPLOY / "prometheus"
# The chart can read what lies inside of it alone; Compose mounts the same file beside Prometheus' configuration.
ALERTS = CHART / "files" / "alerts.yaml"
DASHBOARD = DEPLOY / "grafana" / "relay.json"
KUBERNETES_VERSIONS = ["1.30", "1.37"]
CONFIG_SOURCE = ROOT / "docs" / "configuration.md"
METRICS_SOURCE = ROOT / "docs" / "operating.md"
OPERATIONS_SOURCE = ROOT / "xdr-module" / "src" / "module.rs"
RUNBOOK = ROOT / "docs" / "runbook.md"


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


def ran(*command: str | Path, folder: Path = ROOT) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def problems_of(*command: str | Path, folder: Path = ROOT) -> list[str]:
    result = ran(*command, folder=folder)
    return [f"{Path(command[0]).name} {command[1]}:\n{result.stdout}{result.stderr}"] if result.returncode != 0 else []


def render(*values: str | Path) -> list[dict]:
    """What the chart makes of values, given as arguments of Helm."""
    result = ran("helm", "template", "test", CHART, *values)
    if result.returncode != 0:
        raise ValueError(result.stderr.strip())
    return [document for document in yaml.load_all(result.stdout, StrictLoader) if document is not None]


def check_kubernetes(name: str, documents: list[dict]) -> list[str]:
    problems = []
    for document in documents:
        # Kinds of the Prometheus operator, which the schemas of Kubernetes do not hold.
        if document["apiVersion"].startswith("monitoring.coreos.com/"):
            continue
        for version in KUBERNETES_VERSIONS:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                problems.append(f"{name}, {document['kind']} (Kubernetes {version}): {error.message}")
    return problems


def one(documents: list[dict], kind: str) -> dict:
    return next(document for document in documents if document["kind"] == kind)


def check_chart() -> list[str]:
    problems = []
    for values in sorted((CHART / "ci").glob("*.yaml")):
        name = f"{CHART.name} with {values.name}"
        problems += problems_of("helm", "lint", "--strict", CHART, "--values", values)
        try:
            documents = render("--values", values)
        except (ValueError, yaml.YAMLError) as error:
            problems.append(f"{name}: {error}")
            continue
        problems += check_kubernetes(name, documents) + check_settings(name, documents)
    return problems + check_promises()


def check_promises() -> list[str]:
    """The chart refuses what would not work, rolls pods on new settings, and never hands out more than the budget."""
    problems = []
    url = "publicUrls={https://relay.example.com}"
    for wanted, arguments in [
        ("publicUrls", []),
        ("publicUrls", ["--set", "publicUrls={relay.example.com}"]),
        ("store.enabled", ["--set", url, "--set", "replicas=5"]),
        ("password", ["--set", url, "--set", "store.enabled=true"]),
        ("replica", ["--set", url, "--set", "replica=2"]),
        ("RELAY_", ["--set", url, "--set", "settings.LOG=debug"]),
    ]:
        try:
            render(*arguments)
            problems.append(f"the chart takes {arguments}; it must tell about {wanted}")
        except ValueError as error:
            if wanted not in str(error):
                problems.append(f"the chart refuses {arguments} without a word on {wanted}: {error}")

    def template(*values: str) -> dict:
        return one(render("--set", url, *values), "Deployment")["spec"]["template"]

    if template() != template() or template() == template("--set", "settings.RELAY_LOG=debug"):
        problems.append("a change of the settings, and nothing else, must change the template of the chart's pods")
    for replicas in range(1, 5):
        settings = one(render("--set", url, "--set", f"replicas={replicas}"), "ConfigMap")["data"]
        for setting, budget in [("RELAY_SUMO_RATE", 4), ("RELAY_SUMO_CONCURRENCY", 10)]:
            if not 0 < replicas * int(settings[setting]) <= budget:
                problems.append(f"{replicas} replicas of the chart have {setting}={settings[setting]}, of {budget} in all")
    for store, ports in [
        ("rediss://valkey.example.com:6380/0", [6380]),
        ("redis://valkey.example.com", [6379]),
        ("redis://[2001:db8::7]:7000", [7000]),
        ("valkey-cluster://a:7000,b:7001,c:7000", [7000, 7001, 6379]),
        ("rediss-sentinel://a,b:26380/main", [26379, 26380, 6379]),
    ]:
        values = ["--set", "store.enabled=true", "--set", "store.url=" + store.replace(",", "\\,")]
        policy = one(render("--set", url, *values, "--set", "networkPolicy.extraEgress[0].ports[0].port=4318"), "NetworkPolicy")
        opened = [[port["port"] for port in rule["ports"]] for rule in policy["spec"]["egress"]]
        if opened != [[53, 53, 443], ports, [4318]]:
            problems.append(f"with the store {store} the chart's network policy opens {opened}")
    return problems


def check_prometheus() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        for file in [*PROMETHEUS.glob("*.yaml"), ALERTS]:
            shutil.copy(file, folder)
        problems = problems_of("promtool", "check", "config", "prometheus.yaml", folder=Path(folder))
        problems += problems_of("promtool", "test", "rules", "alerts.test.yaml", folder=Path(folder))
    rules = [rule for group in load(ALERTS)[0]["groups"] for rule in group["rules"]]
    situations = load(PROMETHEUS / "alerts.test.yaml")[0]["tests"]
    fired = {test["alertname"] for situation in situations for test in situation["alert_rule_test"] if "exp_alerts" in test}
    problems += [f"no situation in alerts.test.yaml fires {rule['alert']}" for rule in rules if rule["alert"] not in fired]
    problems += check_routes(rules)
    listed = METRICS_SOURCE.read_text()
    for rule in rules:
        for metric in sorted(metrics_of(rule["expr"])):
            if f"`{metric}`" not in listed:
                problems.append(f"{rule['alert']} names {metric}, which {METRICS_SOURCE.relative_to(ROOT)} does not list")
    return problems + check_dashboard() + check_runbook(rules)


def check_routes(rules: list[dict]) -> list[str]:
    """Alerts on failures of several routes know every endpoint that asks Cloud SIEM something; /tiles does not."""
    paths = set(re.findall(r'Self::\w+ => "(/[^"]+)"', OPERATIONS_SOURCE.read_text())) - {"/tiles"}
    patterns = {(rule["alert"], pattern) for rule in rules for pattern in re.findall(r'route=~"([^"]+)"', rule["expr"])}
    return [f"{alert} does not look at {path}"
            for alert, pattern in sorted(patterns) for path in sorted(paths) if not re.fullmatch(pattern, path)]


def metrics_of(expression: str) -> set[str]:
    """The families that an expression of PromQL reads."""
    names = re.findall(r"\b(?:relay|process)_\w+", expression)
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in names}


def check_dashboard() -> list[str]:
    """Every query of the dashboard is PromQL, and reads metrics that docs/operating.md lists."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    rules = [{"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "5m")}
             for number, query in enumerate(queries)]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
        file.flush()
        problems = problems_of("promtool", "check", "rules", "--lint=none", file.name)
    listed = METRICS_SOURCE.read_text()
    return problems + [f"the dashboard reads {metric}, which {METRICS_SOURCE.relative_to(ROOT)} does not list"
                       for query in queries for metric in sorted(metrics_of(query)) if f"`{metric}`" not in listed]


def check_runbook(rules: list[dict]) -> list[str]:
    """Every alert has its section in the runbook, to which its link leads."""
    headings = re.findall(r"^## (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    problems = []
    for rule in rules:
        link = rule["annotations"]["runbook_url"]
        if rule["alert"] not in headings or not link.endswith(f"docs/runbook.md#{rule['alert'].lower()}"):
            problems.append(f"{rule['alert']} has no section in {RUNBOOK.relative_to(ROOT)}, or another link: {link}")
    return problems


def check_compose(path: Path, documents: list) -> list[str]:
    try:
        # Written anew, without the anchors and merges that YAML has resolved by now.
        compose_spec.PyCompose.from_yaml("".join(map(yaml.safe_dump, documents)))
    except ValueError as error:
        return [f"{path.relative_to(ROOT)}: {error}"]
    return [f"{path.relative_to(ROOT)}, {name}: without RELAY_PUBLIC_URLS the relay starts with {default!r}"
            for document in documents for name, default in default_urls(document) if not default or "://" in default]


def default_urls(compose: dict) -> list[tuple[str, str]]:
    """Each service that has the setting RELAY_PUBLIC_URLS, with what it gets where the variable is not set."""
    settings = {name: service.get("environment", {}).get("RELAY_PUBLIC_URLS")
                for name, service in compose.get("services", {}).items()}
    return [(name, re.sub(r"\$\{\w+(?::?-([^}]*))?\}", r"\1", given))
            for name, given in settings.items() if given is not None]


def check_release() -> list[str]:
    """The version stands in one form everywhere, and every crate of the workspace has its line for release-plz."""
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]
    version = workspace["package"]["version"]
    chart, values = load(CHART / "Chart.yaml")[0], load(CHART / "values.yaml")[0]
    problems = []
    if chart["appVersion"] != version:
        problems.append(f"Chart.yaml has appVersion {chart['appVersion']}; Cargo.toml has {version}")
    image = f"{values['image']['repository']}:{version}"
    for name, service in load(DEPLOY / "compose.yaml")[0]["services"].items():
        if "build" in service and service["image"] != image:
            problems.append(f"compose.yaml, {name}: the image is {service['image']}, not {image}")
    packages = {package["name"] for package in tomllib.loads((ROOT / "release-plz.toml").read_text())["package"]}
    return problems + [f"release-plz.toml has no [[package]] for {member}"
                       for member in workspace["members"] if member not in packages]


def settings_named(value: object) -> set[str]:
    """All settings that a document names: as keys, as `NAME=value`, or as the `name` of a variable."""
    if isinstance(value, dict):
        own = {key for key in value if isinstance(key, str) and key.startswith("RELAY_")}
        named = value.get("name")
        if isinstance(named, str) and named.startswith("RELAY_"):
            own.add(named)
        return own.union(*map(settings_named, value.values()))
    if isinstance(value, list):
        return set().union(*map(settings_named, value))
    return set(re.findall(r"^(RELAY_[A-Z_]+)=", value)) if isinstance(value, str) else set()


def check_settings(name: str, documents: object) -> list[str]:
    known = CONFIG_SOURCE.read_text()
    return [f"{name}: the relay has no setting {setting}"
            for setting in sorted(settings_named(documents)) if f"`{setting}`" not in known]


def check_environment_file(path: Path) -> list[str]:
    lines = [line.lstrip("#") for line in path.read_text().splitlines()]
    return check_settings(str(path.relative_to(ROOT)), lines)


def main() -> None:
    problems = []
    files = [path for path in sorted([*DEPLOY.rglob("*.yaml"), *(ROOT / ".github").rglob("*.yml")])
             if path.parent.name != "templates"]
    for path in files:
        try:
            documents = load(path)
        except yaml.YAMLError as error:
            problems.append(f"{path.relative_to(ROOT)}: {error}")
            continue
        if path.name.startswith("compose"):
            problems += check_compose(path, documents)
        problems += check_settings(str(path.relative_to(ROOT)), documents)
    for path in DEPLOY.rglob("*.env"):
        problems += check_environment_file(path)
    problems += check_chart() + check_prometheus() + check_release()
    print("\n".join(problems) or f"{len(files)} files, the chart and the alerts are sound.")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
