"""What the tests of the reader share: a small valid set of files, and ways to change one thing in it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from covet_sre.errors import Finding, InvalidFiles
from covet_sre.flows.declaration import Declaration
from covet_sre.spec import read_documents

Document = dict[str, Any]


def service(name: str = "api") -> Document:
    annotations = {"covet-sre/team": "platform", "covet-sre/escalation-policy": "first-then-all"}
    metadata = {"name": name, "annotations": annotations}
    return {"apiVersion": "openslo/v1", "kind": "Service", "metadata": metadata, "spec": {}}


def source() -> Document:
    return {
        "apiVersion": "openslo/v1",
        "kind": "DataSource",
        "metadata": {"name": "prometheus"},
        "spec": {"type": "prometheus", "connectionDetails": {"url": "http://127.0.0.1:9090"}},
    }


def metric(query: str) -> Document:
    return {"metricSource": {"spec": {"query": query}}}


def sli(name: str = "not-5xx") -> Document:
    ratio = {"counter": True, "bad": metric('requests_total{code=~"5.."}'), "total": metric("requests_total")}
    return {"apiVersion": "openslo/v1", "kind": "SLI", "metadata": {"name": name}, "spec": {"ratioMetric": ratio}}


def slo() -> Document:
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": "availability"},
        "spec": {
            "service": "api",
            "indicatorRef": "not-5xx",
            "budgetingMethod": "Occurrences",
            "timeWindow": [{"duration": "30d", "isRolling": True}],
            "objectives": [{"target": 0.999}],
        },
    }


def condition(name: str = "burning-fast") -> Document:
    test = {"kind": "burnrate", "op": "gt", "threshold": 14.4, "lookbackWindow": "1h"}
    return {
        "apiVersion": "openslo/v1",
        "kind": "AlertCondition",
        "metadata": {"name": name},
        "spec": {"severity": "page", "condition": test},
    }


def alert_policy() -> Document:
    return {
        "apiVersion": "openslo/v1",
        "kind": "AlertPolicy",
        "metadata": {"name": "fast"},
        "spec": {"conditions": [{"conditionRef": "burning-fast"}], "notificationTargets": [{"targetRef": "on-call"}]},
    }


def target() -> Document:
    return {
        "apiVersion": "openslo/v1",
        "kind": "AlertNotificationTarget",
        "metadata": {"name": "on-call"},
        "spec": {"target": "pagerduty"},
    }


def budget_policy() -> Document:
    tiers = [
        {"name": "good", "above": 0.5, "state": "ok", "actions": ["go on"]},
        {"name": "bad", "state": "critical", "actions": ["stop"]},
    ]
    return {
        "apiVersion": "covet-sre/v1",
        "kind": "ErrorBudgetPolicy",
        "metadata": {"name": "ours"},
        "spec": {"tiers": tiers},
    }


def ours(kind: str, name: str, **spec: Any) -> Document:
    """A document of covet-sre/v1."""
    return {"apiVersion": "covet-sre/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def team(name: str = "platform", *people: str) -> Document:
    members: list[Document] = [{"name": person} for person in people or ("ben",)]
    if not people:
        own = {"page": ["ann-phone", "inbox"], "email": ["ann-phone"]}
        members.append({"name": "ann", "displayName": "Ann", "email": "ann@example.com", "contacts": own})
    return ours(
        "Team",
        name,
        members=members,
        targets={"page": ["inbox"], "slack": ["inbox"], "ticket": ["inbox"]},
        escalationPolicy="first-then-all",
    )


def schedule() -> Document:
    day = {"people": ["ann"], "starts": "2026-01-05 09:00", "handOver": "1d", "ends": "2026-06-01 09:00"}
    layers = [
        {"name": "weekly", "people": ["ann", "ben"], "starts": "2026-01-05 09:00", "handOver": "1w"},
        {**day, "name": "daytime", "only": [{"days": ["monday", "friday"], "from": "09:00", "to": "17:00"}]},
    ]
    override = {"replace": "ann", "by": "ben", "from": "2026-02-02 09:00", "to": "2026-02-03 09:00"}
    return ours("Schedule", "first", timeZone="Europe/Rome", layers=layers, overrides=[override])


def escalation() -> Document:
    steps = [
        {"notify": [{"schedule": "first"}, {"person": "ben"}]},
        {"after": "5m", "notify": [{"team": "platform"}, {"target": "inbox"}]},
    ]
    return ours("EscalationPolicy", "first-then-all", steps=steps, repeat=2, repeatAfter="90s", catchAll=["inbox"])


def business_hours() -> Document:
    return ours("BusinessHours", "office", timeZone="Europe/Rome", closes="18:00", holidays=["2026-12-25"])


def severities() -> Document:
    levels = {
        "P0": {"respondWithin": "immediately", "notify": ["page", "slack"]},
        "P1": {"respondWithin": "10m", "notify": ["slack"], "ifMissed": ["page"]},
        "P3": {"respondWithin": "next business day", "notify": ["ticket"]},
    }
    labels = {"Blocker": "P0", "warning": "P3"}
    return ours(
        "SeverityPolicy",
        "ours",
        services=["api"],
        levels=levels,
        labels=labels,
        unlabelled="P3",
        businessHours="office",
    )


def inhibit_rule() -> Document:
    return ours(
        "InhibitRule",
        "database-down",
        sourceMatchers=['alertname="DatabaseDown"'],
        targetMatchers=['severity=~"warning|info"', "service!=database"],
        equal=["cluster"],
    )


def expected_heartbeat() -> Document:
    return ours(
        "ExpectedHeartbeat",
        "prometheus",
        matchers=['alertname="Watchdog"'],
        within="4m",
        service="api",
        severity="page",
    )


def sent_heartbeat() -> Document:
    return ours("SentHeartbeat", "outside", target="ann-phone", every="30s")


def notification_target() -> Document:
    return ours("NotificationTarget", "ann-phone", type="pagerduty", settings={"routingKeyEnv": "ANN_KEY"})


def mail() -> Document:
    settings = {"host": "mail.example.com", "from": "sre@example.com", "to": ["team@example.com"]}
    return ours("NotificationTarget", "mail", type="email", settings=settings)


def stakeholders() -> Document:
    return ours(
        "StakeholderList",
        "executives",
        services=["api"],
        atLeast="P1",
        messages=["initial", "resolution"],
        targets=["mail"],
        people=["ann"],
        emails=["ceo@example.com"],
        through="mail",
    )


def as_yaml(documents: list[Document]) -> str:
    return yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=False)


class Files:
    """A valid set of documents, by kind; `change` sets or removes one value in it."""

    REMOVED = object()

    def __init__(self) -> None:
        made = [service(), source(), sli(), slo(), condition(), alert_policy(), target(), budget_policy()]
        made += [team(), schedule(), escalation(), business_hours(), severities(), inhibit_rule()]
        made += [expected_heartbeat(), sent_heartbeat(), notification_target()]
        self.documents: dict[str, Document] = {document["kind"]: document for document in made}
        self.more: list[Document] = []

    def change(self, path: str, value: object) -> "Files":
        """`path` is `SLO.spec.objectives.0.target`; the value REMOVED takes it out."""
        *parents, last = path.split(".")
        inner: Any = self.documents
        for step in parents:
            inner = inner[int(step) if isinstance(inner, list) else step]
        key = int(last) if isinstance(inner, list) else last
        if value is self.REMOVED:
            del inner[key]
        else:
            inner[key] = copy.deepcopy(value)
        return self

    def annotate(self, kind: str, **annotations: object) -> "Files":
        """`annotate("SLO", runbook="...")` sets `covet-sre/runbook`; `_` stands for `-`."""
        written = {f"covet-sre/{name.replace('_', '-')}": value for name, value in annotations.items()}
        self.documents[kind]["metadata"].setdefault("annotations", {}).update(written)
        return self

    def with_alerts(self) -> "Files":
        return self.change("SLO.spec.alertPolicies", [{"alertPolicyRef": "fast"}])

    @property
    def text(self) -> str:
        return as_yaml([*self.documents.values(), *self.more])

    def read(self) -> Declaration:
        return read_documents({"test.yaml": self.text})

    def findings(self) -> list[Finding]:
        """Every finding, errors and warnings, worst first."""
        return findings_of(self.text)

    def one_finding(self) -> Finding:
        found = self.findings()
        assert len(found) == 1, [str(each) for each in found]
        return found[0]


def findings_of(text: str) -> list[Finding]:
    try:
        return list(read_documents({"test.yaml": text}).warnings)
    except InvalidFiles as invalid:
        return list(invalid.findings)


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def read_text() -> Callable[[str], list[Finding]]:
    """Text -> its findings."""
    return findings_of


@pytest.fixture
def make() -> dict[str, Callable[..., Document]]:
    """A valid document of each kind."""
    return {
        "SLI": sli,
        "SLO": slo,
        "AlertCondition": condition,
        "metric": metric,
        "Service": service,
        "Team": team,
        "ours": ours,
    }


@pytest.fixture(scope="session")
def files_text() -> str:
    """The valid files as text."""
    return Files().text
