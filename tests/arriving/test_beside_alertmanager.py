"""The same requests to a real Alertmanager and to us: what both show is the same, and amtool works against us."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.incident.rules import Rules, ServiceRule
from servers.alertmanager import AlertmanagerServer, amtool, call, start_alertmanager
from tests.arriving.house import DeskInMemory, application, serving

pytestmark = pytest.mark.alertmanager

SERVICES = ("api", "database", "shop")
ALERTS = ("HighErrors", "Slow", "NodeDown", "DiskSlow", 'Quoted "ü" \\ name')

CONFIGURATION = """
route:
  receiver: covet-sre
  group_by: [service]
  group_wait: 1h
receivers:
- name: covet-sre
inhibit_rules:
- source_matchers: [alertname="NodeDown"]
  target_matchers: [alertname=~"DiskSlow|NodeDown"]
  equal: [node]
"""
INHIBITION = InhibitRule(
    "node-down",
    (LabelMatcher("alertname", "NodeDown"),),
    (LabelMatcher("alertname", "DiskSlow|NodeDown", is_regex=True),),
    ("node",),
)


def rules() -> Rules:
    return Rules(services={name: ServiceRule(name) for name in SERVICES}, inhibitions=(INHIBITION,))


@pytest.fixture
def ours() -> Iterator[str]:
    with serving(application(DeskInMemory(rules()))) as address:
        yield address


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], AlertmanagerServer]]:
    started: list[AlertmanagerServer] = []

    def one() -> AlertmanagerServer:
        started.append(start_alertmanager(tmp_path_factory.mktemp("alertmanager"), CONFIGURATION))
        return started[-1]

    yield one
    for server in started:
        server.stop()


class Both:
    """Every request to both; identities of silences by the order in which they were made."""

    def __init__(self, ours: str, theirs: str) -> None:
        self._addresses = (ours, theirs)
        self.silences: list[tuple[str, str]] = []

    def post(self, path: str, document: Any) -> tuple[int, int]:
        (ours, _), (theirs, _) = (call(address + path, "POST", document) for address in self._addresses)
        return ours, theirs

    def silence(self, document: dict[str, Any], number: int | None = None) -> None:
        """Set a silence, or change the one of that number."""
        before = (None, None) if number is None else self.silences[number]
        made: list[str] = []
        for address, identity in zip(self._addresses, before, strict=True):
            status, answer = call(
                f"{address}/api/v2/silences", "POST", {**document, **({"id": identity} if identity else {})}
            )
            assert status == 200, answer
            made.append(answer["silenceID"])
        if number is None or (made[0] != before[0]):
            self.silences.append((made[0], made[1]))
        assert number is None or (made[0] == before[0]) == (made[1] == before[1])

    def expire(self, number: int) -> None:
        for address, identity in zip(self._addresses, self.silences[number], strict=True):
            assert call(f"{address}/api/v2/silence/{identity}", "DELETE")[0] == 200

    def alerts(self, query: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
        return self._shown(f"/api/v2/alerts{query}", self._alerts)

    def groups(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._shown("/api/v2/alerts/groups", self._groups)

    def all_silences(self, query: str = "") -> tuple[list[Any], list[Any]]:
        return self._shown(f"/api/v2/silences{query}", self._silences)

    def _shown(self, path: str, compared: Callable[[Any, dict[str, int]], Any]) -> tuple[Any, Any]:
        shown: list[Any] = []
        for which, address in enumerate(self._addresses):
            status, items = call(address + path)
            assert status == 200, items
            shown.append(compared(items, {pair[which]: number for number, pair in enumerate(self.silences)}))
        return shown[0], shown[1]

    def _alerts(self, items: Any, silences: dict[str, int]) -> dict[str, Any]:
        return {
            item["fingerprint"]: {
                "labels": item["labels"],
                # One without a value says nothing, and is not kept here.
                "annotations": {name: text for name, text in item["annotations"].items() if text},
                "state": item["status"]["state"],
                "silencedBy": sorted(silences[identity] for identity in item["status"]["silencedBy"]),
                "is inhibited": bool(item["status"]["inhibitedBy"]),
                "receivers": item["receivers"],
                "generatorURL": item.get("generatorURL"),
                "startsAt": near(item["startsAt"]),
                "endsAt": near(item["endsAt"]),
            }
            for item in items
        }

    def _groups(self, groups: Any, silences: dict[str, int]) -> dict[str, Any]:
        return {
            f"{group['receiver']['name']} {group['labels']}": self._alerts(group["alerts"], silences)
            for group in groups
        }

    def _silences(self, items: Any, silences: dict[str, int]) -> list[Any]:
        return [
            (
                silences[item["id"]],
                item["status"]["state"],
                item["comment"],
                item["createdBy"],
                item["matchers"],
                near(item["startsAt"]),
                near(item["endsAt"]),
            )
            for item in items
        ]


class Near(float):
    """A time; both servers have their own now."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and abs(float(self) - float(other)) < 2.0

    __hash__ = float.__hash__


def near(text: str) -> Near:
    return Near(datetime.fromisoformat(text).timestamp())


def at(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def random_alert(chance: random.Random, times: dict[tuple[tuple[str, str], ...], str]) -> dict[str, Any]:
    """Sent again, an alert has the start that it had, and an end as far ahead: a sender is of one mind."""
    labels = {"alertname": chance.choice(ALERTS), "service": chance.choice(SERVICES), "node": chance.choice("ab")}
    key = tuple(sorted(labels.items()))
    if chance.random() < 0.3:
        labels["empty"] = ""
    sent: dict[str, Any] = {"labels": labels, "startsAt": times.setdefault(key, at(-chance.randint(1, 100)))}
    if chance.random() < 0.7:
        sent["annotations"] = {"summary": chance.choice(("one", "two", "ünïcode 🙂")), "empty": ""}
    if minutes := (0, 4, 60)[len(labels["alertname"]) % 3]:
        sent["endsAt"] = at(minutes)
    if chance.random() < 0.5:
        sent["generatorURL"] = "http://prometheus.example.org/graph?g0.expr=up"
    return sent


def random_silence(chance: random.Random) -> dict[str, Any]:
    matchers = [
        {"name": "alertname", "value": chance.choice(ALERTS[:4]), "isRegex": False, "isEqual": chance.random() < 0.8},
        {
            "name": "node",
            "value": chance.choice(("a", "a|b", "[^b]")),
            "isRegex": True,
            "isEqual": chance.random() < 0.8,
        },
        {"name": "service", "value": chance.choice(SERVICES), "isRegex": False},
    ]
    start = chance.choice((-1, 30))
    return {
        "matchers": chance.sample(matchers[:2], 1) + matchers[2:] if chance.random() < 0.5 else matchers,
        "startsAt": at(start),
        "endsAt": at(60 + chance.randint(0, 60)),
        "createdBy": "ana",
        "comment": "work",
    }


QUERIES = (
    "",
    "?active=false",
    "?silenced=false",
    "?inhibited=false",
    "?active=false&silenced=false",
    "?receiver=covet-sre",
    "?receiver=covet",
    '?filter=node="a"&filter=alertname!~Slow',
    '?filter=alertname="Quoted%20\\"%C3%BC\\"%20\\\\%20name"',
    "?filter=missing=",
    "?filter=service=~a.%2B%7Cshop",
)


@pytest.mark.parametrize("seed", range(4))
def test_random_streams_are_shown_alike(ours: str, start: Callable[[], AlertmanagerServer], seed: int) -> None:
    chance = random.Random(seed)
    both = Both(ours, start().url)
    times: dict[tuple[tuple[str, str], ...], str] = {}
    # What inhibits comes first here: we decide about an alert when it comes.
    first = {"alertname": "NodeDown", "service": "api", "node": "a"}
    assert both.post("/api/v2/alerts", [{"labels": first, "startsAt": at(-5), "endsAt": at(60)}]) == (200, 200)
    times[tuple(sorted(first.items()))] = at(-5)
    suppressed = 0
    for turn in range(12):
        alerts = [random_alert(chance, times) for _ in range(chance.randint(1, 5))]
        alerts = [one for one in alerts if one["labels"]["alertname"] != "NodeDown"]
        assert both.post("/api/v2/alerts", alerts) == (200, 200)
        if turn % 3 == 0:
            both.silence(random_silence(chance))
        # Of one that is silenced and inhibited, we tell the reason that was found first.
        _, reference = both.alerts()
        twice = {key for key, one in reference.items() if one["silencedBy"] and one["is inhibited"]}
        for query in QUERIES:
            mine, reference = (
                {key: one for key, one in shown.items() if key not in twice} for shown in both.alerts(query)
            )
            assert mine.keys() == reference.keys(), (seed, turn, query)
            for key, one in mine.items():
                different = {name: (one[name], other) for name, other in reference[key].items() if one[name] != other}
                assert not different, (seed, turn, query, one["labels"])
        mine, reference = both.groups()
        assert {name: group.keys() for name, group in mine.items()} == {
            name: group.keys() for name, group in reference.items()
        }
        suppressed += sum(one["state"] == "suppressed" for group in mine.values() for one in group.values())
    assert suppressed


BAD = [
    ([{"labels": {}}], (400, 400)),
    ([{"labels": {"a": ""}}], (400, 400)),
    ([{"labels": {"alertname": "A"}, "startsAt": at(5), "endsAt": at(1)}], (400, 400)),
    (b"{", (400, 400)),
    (b"", (400, 422)),
    ([{"labels": {"a": 1}}], (400, 400)),
    ([{"labels": {"a": "b"}, "startsAt": "x"}], (400, 400)),
    ([], (200, 200)),
]


@pytest.mark.parametrize(("document", "statuses"), BAD)
def test_what_one_refuses_the_other_refuses(
    ours: str, start: Callable[[], AlertmanagerServer], document: Any, statuses: tuple[int, int]
) -> None:
    both = Both(ours, start().url)
    assert both.post("/api/v2/alerts", document) == statuses
    good = {"labels": {"alertname": "Good", "service": "api"}}
    if isinstance(document, list) and document and "x" not in str(document) and 1 not in document[0]["labels"].values():
        # The valid ones of a request that is refused count all the same.
        assert both.post("/api/v2/alerts", [*document, good]) == (400, 400)
        mine, reference = both.alerts()
        assert [one["labels"] for one in mine.values()] == [good["labels"]]
        assert mine == reference


def test_silences_live_alike(ours: str, start: Callable[[], AlertmanagerServer]) -> None:
    both = Both(ours, start().url)
    document = {
        "matchers": [{"name": "alertname", "value": "Slow", "isRegex": False}],
        "startsAt": at(-1),
        "endsAt": at(60),
        "createdBy": "ana",
        "comment": "work",
    }
    assert both.post("/api/v2/alerts", [{"labels": {"alertname": "Slow", "service": "api"}}]) == (200, 200)

    def same() -> None:
        mine, reference = both.all_silences()
        assert mine == reference
        assert both.alerts()[0] == both.alerts()[1]

    both.silence(document)
    same()
    (started, *_), _ = both.all_silences()
    kept = {**document, "startsAt": datetime.fromtimestamp(started[5], UTC).isoformat()}
    # Both began it when it was set; each knows its own instant, to the millisecond.
    both.silence({**document, "startsAt": at(30), "comment": "later"})
    same()
    both.silence({**kept, "startsAt": at(30), "comment": "later still", "endsAt": at(90)}, 1)
    same()
    both.silence({**document, "startsAt": at(30), "matchers": [{"name": "a", "value": "b.*", "isRegex": True}]}, 1)
    same()
    both.expire(0)
    both.expire(0)
    same()
    both.silence(document, 0)
    same()
    assert both.all_silences("?filter=a=~b.*")[0] == both.all_silences("?filter=a=~b.*")[1]
    assert len(both.silences) == 4


# ---------------------------------------------------------------- amtool


def test_amtool_queries_alerts(ours: str) -> None:
    for name, severity in (("HighErrors", "critical"), ("Slow", "warning")):
        amtool(ours, "alert", "add", name, f"severity={severity}", "service=api", "--annotation=summary=It is so")
    assert "HighErrors" in amtool(ours, "alert", "query")
    found = amtool(ours, "-o", "extended", "alert", "query", "severity=~warn.*")
    assert "Slow" in found
    assert "HighErrors" not in found
    assert "It is so" in found
    assert amtool(ours, "-o", "json", "alert", "query", "severity=none").strip() == "[]"


def test_amtool_sets_changes_and_ends_silences(ours: str) -> None:
    amtool(ours, "alert", "add", "Slow", "service=api")
    identity = amtool(
        ours, "silence", "add", "--author=ana", "--comment=work", "--duration=1h", "alertname=Slow"
    ).strip()
    assert identity in amtool(ours, "silence", "query")
    assert "Slow" not in amtool(ours, "alert", "query", "--active")
    assert "Slow" in amtool(ours, "alert", "query", "--silenced")
    amtool(ours, "silence", "update", "--duration=2h", "--comment=takes longer", identity)
    assert "takes longer" in amtool(ours, "silence", "query", "alertname=Slow")
    amtool(ours, "silence", "expire", identity)
    assert identity not in amtool(ours, "silence", "query")
    assert identity in amtool(ours, "silence", "query", "--expired")
    assert "Slow" in amtool(ours, "alert", "query", "--active")


def test_amtool_exports_and_imports_silences(ours: str, tmp_path: Path) -> None:
    amtool(ours, "silence", "add", "--author=ana", "--comment=work", "alertname=~Slow.*", "service!=shop")
    kept = tmp_path / "silences.json"
    kept.write_text(amtool(ours, "-o", "json", "silence", "query"))
    with serving(application(DeskInMemory(rules()))) as other:
        amtool(other, "silence", "import", "--force", str(kept))
        assert "Slow" in amtool(other, "silence", "query")


def test_amtool_shows_configuration_routes_and_cluster(ours: str) -> None:
    assert "group_by" in amtool(ours, "config", "show")
    assert "covet-sre" in amtool(ours, "config", "routes", "show")
    assert amtool(ours, "config", "routes", "test", "service=api").strip() == "covet-sre"
    assert "disabled" in amtool(ours, "cluster", "show")
