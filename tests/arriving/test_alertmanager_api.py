"""Alertmanager's API over our desk: what it shows, and what it does to silences."""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.labels import fingerprint, labels_of
from covet_sre.alerting.matcher_text import read_matcher
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.errors import Refused, StoreError, Unavailable
from tests.arriving.deliveries import written
from tests.arriving.house import DeskInMemory, application
from tests.incident.house import START, rules

INHIBITION = InhibitRule(
    "node-down", (LabelMatcher("alertname", "NodeDown"),), (LabelMatcher("alertname", "DiskSlow"),), ("node",)
)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> DeskInMemory:
    return DeskInMemory(rules(INHIBITION), clock)


@pytest.fixture
def client(desk: DeskInMemory) -> TestClient:
    return TestClient(application(desk))


def post_alerts(client: TestClient, *labels: dict[str, str], **more: Any) -> None:
    answer = client.post("/api/v2/alerts", json=[{"labels": each, **more} for each in labels])
    assert answer.status_code == 200


def alert(name: str = "HighErrors", service: str = "api", **labels: str) -> dict[str, str]:
    return {"alertname": name, "service": service, **labels}


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return sorted(item["labels"]["alertname"] for item in answer.json())


def silence(**changes: Any) -> dict[str, Any]:
    return {
        "matchers": [{"name": "alertname", "value": "HighErrors", "isRegex": False}],
        "startsAt": written(START),
        "endsAt": written(START + 3600),
        "createdBy": "ana",
        "comment": "planned work",
        **changes,
    }


def set_silence(client: TestClient, **changes: Any) -> str:
    answer = client.post("/api/v2/silences", json=silence(**changes))
    assert answer.status_code == 200, answer.text
    return answer.json()["silenceID"]


# ---------------------------------------------------------------- alerts


def test_an_alert_is_shown_as_alertmanager_shows_it(client: TestClient) -> None:
    post_alerts(client, alert(), annotations={"summary": "Errors"}, generatorURL="http://prometheus/graph")
    (item,) = client.get("/api/v2/alerts").json()
    assert item == {
        "annotations": {"summary": "Errors"},
        "endsAt": "2026-11-18T11:11:40.000Z",
        "fingerprint": item["fingerprint"],
        "generatorURL": "http://prometheus/graph",
        "labels": {"alertname": "HighErrors", "service": "api"},
        "receivers": [{"name": "platform"}],
        "startsAt": "2026-11-18T11:06:40.000Z",
        "status": {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "active"},
        "updatedAt": "2026-11-18T11:06:40.000Z",
    }


def test_a_fingerprint_is_that_of_all_labels(client: TestClient) -> None:
    each = [
        alert(),
        alert(slo="api-availability"),
        alert(__replica__="a", prometheus_replica="b"),
    ]
    post_alerts(client, *each)
    client.post("/hooks/alerts", json={"labels": alert("Plain"), "key": "job-7"})
    shown = client.get("/api/v2/alerts").json()
    assert len(shown) == 3  # The replica is no other alert than the first.
    for item in shown:
        assert item["fingerprint"] == fingerprint(labels_of(item["labels"]))


def test_what_was_accepted_before_is_disposed_of_before_it_is_shown(desk: DeskInMemory, client: TestClient) -> None:
    post_alerts(client, alert())
    assert not desk.desk.alerts
    assert names(client.get("/api/v2/alerts")) == ["HighErrors"]


def test_an_alert_that_is_over_is_not_shown(client: TestClient, clock: Clock) -> None:
    post_alerts(client, alert())
    clock.now += 301
    assert names(client.get("/api/v2/alerts")) == []


def test_a_receiver_is_the_team_of_the_service(client: TestClient) -> None:
    post_alerts(client, alert(), alert("Odd", "nobody-knows"))
    assert names(client.get("/api/v2/alerts", params={"receiver": "platform"})) == ["HighErrors"]
    assert names(client.get("/api/v2/alerts", params={"receiver": "covet.*"})) == ["Odd"]
    assert names(client.get("/api/v2/alerts", params={"receiver": "plat"})) == []
    assert client.get("/api/v2/receivers").json() == [{"name": "covet-sre"}, {"name": "platform"}]


def test_alerts_are_filtered_by_their_labels(client: TestClient) -> None:
    post_alerts(client, alert("A", code="500"), alert("B", code="404"), alert("C"))
    for filters, found in [
        (['code="500"'], ["A"]),
        (["code=500"], ["A"]),
        (['code!="500"'], ["B", "C"]),
        (['code=~"4..|500"'], ["A", "B"]),
        (['code!~".+"'], ["C"]),
        (['code=""'], ["C"]),
        (['code=~"5"'], []),
        (["alertname=~A|B", "code!=404"], ["A"]),
        ([], ["A", "B", "C"]),
    ]:
        assert names(client.get("/api/v2/alerts", params={"filter": filters})) == found, filters


def test_alerts_are_filtered_by_their_state(client: TestClient) -> None:
    post_alerts(client, alert("NodeDown", node="a"), alert("HighErrors"), alert("DiskSlow", node="b"))
    post_alerts(client, alert("DiskSlow", node="a"))
    identity = set_silence(client)
    shown = client.get("/api/v2/alerts").json()
    states = {
        (item["labels"]["alertname"], item["labels"].get("node")): (
            item["status"]["state"],
            item["status"]["silencedBy"],
            item["status"]["inhibitedBy"],
        )
        for item in shown
    }
    assert states == {
        ("NodeDown", "a"): ("active", [], []),
        ("HighErrors", None): ("suppressed", [identity], []),
        ("DiskSlow", "a"): ("suppressed", [], ["node-down"]),
        ("DiskSlow", "b"): ("active", [], []),
    }
    for wanted, found in [
        ({"active": "false"}, ["DiskSlow", "HighErrors"]),
        ({"silenced": "false"}, ["DiskSlow", "DiskSlow", "NodeDown"]),
        ({"inhibited": "false"}, ["DiskSlow", "HighErrors", "NodeDown"]),
        ({"active": "false", "silenced": "false", "inhibited": "false"}, []),
        ({"unprocessed": "false"}, ["DiskSlow", "DiskSlow", "HighErrors", "NodeDown"]),
    ]:
        assert names(client.get("/api/v2/alerts", params=wanted)) == found, wanted


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "foo"},
        {"filter": "a=~("},
        {"filter": 'a="b"c"'},
        {"active": "maybe"},
        {"receiver": "("},
        {"limit": "0"},
        {"limit": "x"},
        {"limit": "99999"},
        {"limit": "²"},
        {"filter": "a=" + "b" * 2000},
    ],
)
def test_a_question_that_is_none_is_refused(client: TestClient, query: dict[str, str]) -> None:
    answer = client.get("/api/v2/alerts", params=query)
    assert answer.status_code == 400
    assert isinstance(answer.json(), str)


def test_groups_are_by_team_and_service(client: TestClient) -> None:
    post_alerts(client, alert("A"), alert("B"), alert("A", "shop"), alert("Odd", "nobody-knows"))
    groups = client.get("/api/v2/alerts/groups").json()
    assert [
        (group["receiver"]["name"], group["labels"], sorted(item["labels"]["alertname"] for item in group["alerts"]))
        for group in groups
    ] == [
        ("covet-sre", {"service": "unclaimed"}, ["Odd"]),
        ("platform", {"service": "api"}, ["A", "B"]),
        ("platform", {"service": "shop"}, ["A"]),
    ]


def pages(client: TestClient, query: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    answer = client.get("/api/v2/alerts", params=query)
    yield answer.json()
    while "link" in answer.headers:
        address, _, relation = answer.headers["link"].partition("; ")
        assert relation == 'rel="next"'
        answer = client.get(address.strip("<>"))
        yield answer.json()


@pytest.mark.parametrize("limit", [1, 7, 1000, 10_000])
@pytest.mark.parametrize("filters", [[], ["n=~.*3"], ["n=none"]])
def test_pages_hold_together_what_all_hold(client: TestClient, limit: int, filters: list[str]) -> None:
    post_alerts(client, *(alert(n=str(n)) for n in range(40)))
    whole = client.get("/api/v2/alerts", params={"filter": filters}).json()
    assert len(whole) == {(): 40, ("n=~.*3",): 4, ("n=none",): 0}[tuple(filters)]
    paged = list(pages(client, {"limit": limit, "filter": filters}))
    assert all(len(page) <= limit for page in paged)
    assert list(itertools.chain(*paged)) == whole


def test_a_new_alert_between_two_pages_shifts_nothing(client: TestClient) -> None:
    post_alerts(client, *(alert(n=str(n)) for n in range(20)))
    seen: list[str] = []
    for number, page in enumerate(pages(client, {"limit": 5})):
        seen += [item["fingerprint"] for item in page]
        post_alerts(client, alert(n=f"more-{number}"))
        assert number < 20
    assert len(seen) == len(set(seen)) >= 20


def test_thousands_are_streamed_whole(client: TestClient) -> None:
    for first in range(0, 3500, 500):
        post_alerts(client, *(alert(n=str(n)) for n in range(first, first + 500)))
    whole = client.get("/api/v2/alerts").json()
    assert len({item["labels"]["n"] for item in whole}) == len(whole) == 3500


# ---------------------------------------------------------------- silences


def test_a_silence_is_shown_as_it_was_set(client: TestClient) -> None:
    identity = set_silence(
        client,
        matchers=[
            {"name": "a", "value": "b.*", "isRegex": True, "isEqual": False},
            {"name": "alertname", "value": "A", "isRegex": False},
        ],
    )
    expected = {
        "id": identity,
        "status": {"state": "active"},
        "updatedAt": "2026-11-18T11:06:40.000Z",
        "comment": "planned work",
        "createdBy": "ana",
        "endsAt": "2026-11-18T12:06:40.000Z",
        "startsAt": "2026-11-18T11:06:40.000Z",
        "matchers": [
            {"isEqual": False, "isRegex": True, "name": "a", "value": "b.*"},
            {"isEqual": True, "isRegex": False, "name": "alertname", "value": "A"},
        ],
    }
    assert client.get(f"/api/v2/silence/{identity}").json() == expected
    assert client.get("/api/v2/silences").json() == [expected]


def test_a_new_end_or_comment_keeps_the_identity(client: TestClient, clock: Clock) -> None:
    identity = set_silence(client)
    clock.now += 60
    assert set_silence(client, id=identity, endsAt=written(START + 7200), comment="takes longer") == identity
    (shown,) = client.get("/api/v2/silences").json()
    assert (shown["comment"], shown["endsAt"]) == ("takes longer", "2026-11-18T13:06:40.000Z")
    assert shown["startsAt"] == "2026-11-18T11:06:40.000Z"


@pytest.mark.parametrize(
    "change",
    [
        {"matchers": [{"name": "alertname", "value": "Other", "isRegex": False}]},
        {"startsAt": written(START + 600)},
    ],
)
def test_other_matchers_or_another_start_are_another_silence(
    client: TestClient, clock: Clock, change: dict[str, Any]
) -> None:
    identity = set_silence(client)
    clock.now += 60
    other = set_silence(client, id=identity, **change)
    states = {item["id"]: item["status"]["state"] for item in client.get("/api/v2/silences").json()}
    assert other != identity
    assert states == {identity: "expired", other: "pending" if "startsAt" in change else "active"}


def test_a_silence_that_has_ended_is_set_anew_under_another_identity(client: TestClient, clock: Clock) -> None:
    identity = set_silence(client)
    assert client.delete(f"/api/v2/silence/{identity}").status_code == 200
    clock.now += 60
    assert set_silence(client, id=identity) != identity


def test_ending_a_silence_twice_is_ending_it_once(client: TestClient) -> None:
    identity = set_silence(client)
    for _ in range(2):
        assert client.delete(f"/api/v2/silence/{identity}").status_code == 200
        assert client.get(f"/api/v2/silence/{identity}").json()["status"]["state"] == "expired"


def test_a_silence_that_nobody_set_is_not_found(client: TestClient) -> None:
    unknown = "3d2c57a6-9a0e-4f2c-8c7d-111111111111"
    assert client.get(f"/api/v2/silence/{unknown}").status_code == 404
    assert client.delete(f"/api/v2/silence/{unknown}").status_code == 404
    assert client.post("/api/v2/silences", json=silence(id=unknown)).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"matchers": []},
        {"matchers": [{"name": "a", "value": "", "isRegex": False}]},
        {"matchers": [{"name": "a", "value": ".*", "isRegex": True}]},
        {"matchers": [{"name": "a", "value": "(", "isRegex": True}]},
        {"matchers": [{"name": "", "value": "b", "isRegex": False}]},
        {"matchers": [{"name": "a", "value": "b\x00", "isRegex": False}]},
        {"matchers": [{"name": "a", "value": "b" * 5000, "isRegex": False}]},
        {"endsAt": written(START - 1)},
        {"startsAt": written(START + 7200)},
        {"startsAt": 5},
        {"startsAt": "2026-11-18T11:00:00"},
        {"endsAt": "9999-12-31T23:59:59-23:59"},
        {"comment": " "},
        {"createdBy": ""},
        {"comment": None},
        {"id": 7},
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(client: TestClient, change: dict[str, Any]) -> None:
    answer = client.post("/api/v2/silences", json=silence(**change))
    if change.get("endsAt", "").startswith("9999"):
        assert answer.status_code in (200, 400)  # However far, it is a time.
        return
    assert answer.status_code == 400, answer.text
    assert isinstance(answer.json(), str)
    assert client.get("/api/v2/silences").json() == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"comment": "\\ud800"}'])
def test_what_is_no_silence_is_refused(client: TestClient, content: bytes) -> None:
    assert client.post("/api/v2/silences", content=content).status_code == 400


def test_silences_are_in_alertmanagers_order_and_filtered_by_what_they_match(client: TestClient, clock: Clock) -> None:
    def one(value: str, starts: float, ends: float) -> str:
        matchers = [{"name": "n", "value": value, "isRegex": False}]
        return set_silence(client, matchers=matchers, startsAt=written(START + starts), endsAt=written(START + ends))

    made = {
        name: one(name, *times)
        for name, times in {
            "pending-late": (900, 1000),
            "active-long": (0, 1000),
            "ended": (0, 5),
            "pending": (800, 900),
            "active": (0, 500),
        }.items()
    }
    clock.now += 10
    shown = [item["id"] for item in client.get("/api/v2/silences").json()]
    assert shown == [made[name] for name in ("active", "active-long", "pending", "pending-late", "ended")]
    filtered = client.get("/api/v2/silences", params={"filter": ["n=~pending.*"]}).json()
    assert [item["id"] for item in filtered] == [made["pending"], made["pending-late"]]


# ---------------------------------------------------------------- about itself


def test_the_status_has_what_alertmanagers_has(client: TestClient) -> None:
    status = client.get("/api/v2/status").json()
    assert status["cluster"]["status"] == "disabled"
    assert set(status["versionInfo"]) == {"branch", "buildDate", "buildUser", "goVersion", "revision", "version"}
    assert status["versionInfo"]["version"] == "1.2.3"
    assert datetime.fromisoformat(status["uptime"]) == datetime.fromtimestamp(START, UTC)
    configuration = json.loads(status["config"]["original"])
    assert {"receiver": "platform", "matchers": ['service="api"']} in configuration["route"]["routes"]


def test_it_says_whether_it_is_well(client: TestClient) -> None:
    assert client.get("/-/healthy").text == client.get("/-/ready").text == "OK"


@pytest.mark.parametrize(
    ("error", "status"), [(StoreError("broken"), 503), (Unavailable("kept"), 503), (Refused("no"), 400)]
)
def test_errors_are_told_as_alertmanager_tells_them(
    desk: DeskInMemory, client: TestClient, error: Exception, status: int
) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise error

    desk.alerts = desk.decide = broken  # type: ignore[method-assign]
    for answer in (
        client.get("/api/v2/alerts"),
        client.get("/api/v2/alerts", params={"limit": 5}),
        client.get("/api/v2/alerts/groups"),
        client.post("/api/v2/silences", json=silence()),
    ):
        assert answer.status_code == status
        assert str(error) in answer.json()
        assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("a=b", LabelMatcher("a", "b")),
        (' a = "b c" ', LabelMatcher("a", "b c")),
        ('a="b\\"c\\\\d\\n"', LabelMatcher("a", 'b"c\\d\n')),
        ("a=", LabelMatcher("a", "")),
        ("a=~b|c", LabelMatcher("a", "b|c", is_regex=True)),
        ("a!=b", LabelMatcher("a", "b", is_equal=False)),
        ('a!~"b=c"', LabelMatcher("a", "b=c", is_regex=True, is_equal=False)),
        ('"a.b"=c', LabelMatcher("a.b", "c")),
        ("a==b", LabelMatcher("a", "=b")),
    ],
)
def test_matchers_are_read_as_alertmanager_reads_them(text: str, matcher: LabelMatcher) -> None:
    assert read_matcher(text) == matcher


def test_a_page_looks_at_no_more_alerts_than_it_shows(desk: DeskInMemory, client: TestClient) -> None:
    post_alerts(client, *(alert(n=str(n)) for n in range(1000)))
    desk.turn()
    looked_at: list[int] = []
    alerts = desk.alerts

    def counted(**asked: Any) -> Any:
        found = alerts(**asked)
        looked_at.append(len(found))
        return found

    desk.alerts = counted  # type: ignore[method-assign]
    assert len(client.get("/api/v2/alerts", params={"limit": 100}).json()) == 100
    assert sum(looked_at) == 100
