"""Each format by its documented examples: what is made of every field, and what is refused and where."""

import base64
import json
from functools import partial
from math import inf
from typing import Any

import pytest

from covet_sre.alerting.alert import joined_sayings
from covet_sre.alerting.identity import alert_key
from covet_sre.alerting.labels import fingerprint, labels_of
from covet_sre.alerting.report import Report, Saying
from covet_sre.errors import Refused
from covet_sre.flows.arriving import Read
from covet_sre.incident.facts import AcknowledgeAlert
from covet_sre.integrations.arriving import READERS

NOW = 1_795_000_000.0  # 2026-11-18T11:06:40Z
ELEVEN = NOW - 400.0
LATER = "2026-11-18T11:20:00Z"

key_of = partial(alert_key, slos={"api-availability"})


def read(source: str, document: Any, note: str = "", at: float = NOW) -> Read:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return READERS[source](body, note, at, key_of)


def only(source: str, document: Any, note: str = "", at: float = NOW) -> Report:
    found = read(source, document, note, at)
    assert not found.refused
    (report,) = found.reports
    return report


# ---------------------------------------------------------------- Alertmanager's webhook

FIRING = {
    "status": "firing",
    "labels": {"alertname": "HighErrors", "service": "api", "empty": ""},
    "annotations": {"summary": "Errors"},
    "startsAt": "2026-11-18T11:00:00.000000001Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
    "fingerprint": "0123456789abcdef",
}
OVER = {**FIRING, "labels": {"alertname": "Slow"}, "status": "resolved", "endsAt": "2026-11-18T11:05:00Z"}
GROUP = {
    "version": "4",
    "groupKey": '{}:{alertname="HighErrors"}',
    "truncatedAlerts": 3,
    "status": "firing",
    "receiver": "covet",
    "groupLabels": {"alertname": "HighErrors"},
    "commonLabels": {},
    "commonAnnotations": {},
    "externalURL": "http://alertmanager:9093",
    "notification_reason": "something newer",
    "alerts": [FIRING, OVER],
}


def test_a_group_holds_what_fires_and_what_is_over() -> None:
    firing, over = read("alertmanager", GROUP).reports
    labels = labels_of({"alertname": "HighErrors", "service": "api"})
    link = "http://prometheus:9090/graph?g0.expr=up"
    annotations = (("summary", "Errors"),)
    assert firing == Report(fingerprint(labels), labels, annotations, Saying(ELEVEN, False, inf), "alertmanager", link)
    assert over.saying == Saying(ELEVEN + 300, True, ELEVEN + 300)


def test_what_is_over_is_over_whichever_start_alertmanager_names_by_then() -> None:
    began = only("alertmanager", {"alerts": [FIRING]}).saying
    over = {**FIRING, "status": "resolved", "startsAt": "2026-11-18T10:59:45Z", "endsAt": "2026-11-18T11:05:00Z"}
    again = {**FIRING, "startsAt": "2026-11-18T11:05:15Z"}
    assert began < only("alertmanager", {"alerts": [over]}).saying < only("alertmanager", {"alerts": [again]}).saying


def test_an_end_in_a_far_future_keeps_no_later_firing_out() -> None:
    over = {**FIRING, "status": "resolved", "endsAt": "9999-01-01T00:00:00Z"}
    later = only("alertmanager", {"alerts": [{**FIRING, "startsAt": "2026-11-18T11:10:00Z"}]}, at=NOW + 300).saying
    assert only("alertmanager", {"alerts": [over]}).saying < later


def test_the_group_and_what_was_cut_off_are_noted() -> None:
    found = read("alertmanager", GROUP)
    assert found.note == 'receiver covet, group {}:{alertname="HighErrors"}, 3 more were cut off'
    assert read("alertmanager", GROUP, found.note) == found


def test_an_alert_that_is_absent_from_a_truncated_group_is_not_spoken_of() -> None:
    assert len(read("alertmanager", {**GROUP, "alerts": [FIRING]}).reports) == 1


def test_one_bad_alert_keeps_no_good_one_out() -> None:
    bad = [{**FIRING, "status": "odd"}, {**FIRING, "labels": {"a": 1}}, 7, {"status": "firing"}]
    found = read("alertmanager", {**GROUP, "alerts": [*bad[:2], FIRING, *bad[2:]]})
    assert len(found.reports) == 1
    assert [reason.partition(": ")[0] for reason in found.refused] == [
        "alerts[0].status",
        "alerts[1].labels.a",
        "alerts[3]",
        "alerts[4].labels",
    ]


@pytest.mark.parametrize("document", [{}, {"alerts": {}}, [], "text", None])
def test_a_group_without_a_list_of_alerts_is_refused_whole(document: Any) -> None:
    with pytest.raises(Refused):
        read("alertmanager", document)


def test_a_script_is_no_link() -> None:
    group = {**GROUP, "alerts": [{**FIRING, "generatorURL": "javascript:alert(1)"}]}
    assert only("alertmanager", group).link == ""


def test_an_alert_of_a_declared_slo_has_one_key_whatever_labels_a_prometheus_adds() -> None:
    labels = {"alertname": "ErrorBudgetBurn", "slo": "api-availability", "service": "api", "severity": "critical"}
    ours = key_of(labels_of(labels))
    external = {**labels, "prometheus": "eu-1", "team": "platform"}
    assert only("prometheus", [{"labels": external}]).key == ours == "slo/api-availability/ErrorBudgetBurn"


@pytest.mark.parametrize("name", ["prometheus_replica", "__replica__"])
def test_servers_of_a_pair_speak_of_one_alert_each_for_itself(name: str) -> None:
    """One of them that sees no longer what the other sees ends nothing."""
    one, other = ({"alertname": "A", name: value} for value in "ab")
    fires = only("prometheus", [{"labels": one, "startsAt": "2026-11-18T11:00:00Z", "endsAt": LATER}])
    ended = only(
        "prometheus", [{"labels": other, "startsAt": "2026-11-18T11:01:00Z", "endsAt": "2026-11-18T11:06:00Z"}]
    )
    assert fires.key == ended.key == fingerprint(labels_of({"alertname": "A"}))
    sayings = joined_sayings(joined_sayings((), fires), ended)
    assert [(reporter, saying.fires_at(NOW)) for reporter, saying in sayings] == [
        ("prometheus/a", True),
        ("prometheus/b", False),
    ]
    group = {"alerts": [{**FIRING, "labels": one}, {**OVER, "labels": other}]}
    assert [report.reporter for report in read("alertmanager", group).reports] == ["alertmanager/a", "alertmanager/b"]


# ---------------------------------------------------------------- Grafana

GRAFANA = {
    "receiver": "covet",
    "status": "firing",
    "orgId": 1,
    "version": "1",
    "groupKey": '{}/{}:{alertname="High"}',
    "truncatedAlerts": 0,
    "title": "[FIRING:1] High",
    "state": "alerting",
    "message": "",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "High", "grafana_folder": "shop"},
            "annotations": {"summary": "Load"},
            "startsAt": "2026-11-18T11:00:00+00:00",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://grafana/alerting/1/edit",
            "fingerprint": "57c6d9296de2ad39",
            "silenceURL": "https://grafana/alerting/silence/new",
            "dashboardURL": "https://grafana/d/1",
            "panelURL": "https://grafana/d/1?viewPanel=1",
            "values": {"B": 44.23943737541908},
            "valueString": "[ var='B' labels={} value=44.2 ]",
        }
    ],
}


def test_grafana_tells_where_to_look_and_what_it_saw() -> None:
    report = only("grafana", GRAFANA)
    assert dict(report.annotations) == {
        "summary": "Load",
        "dashboard_url": "https://grafana/d/1",
        "panel_url": "https://grafana/d/1?viewPanel=1",
        "value": "[ var='B' labels={} value=44.2 ]",
    }
    assert report.reporter == "grafana"
    assert report.saying == Saying(ELEVEN, False, inf)


# ---------------------------------------------------------------- Alertmanager's API

DEFAULTS = [
    ({}, Saying(NOW, False, NOW + 300)),
    ({"startsAt": "0001-01-01T00:00:00.000Z", "endsAt": "0001-01-01T00:00:00.000Z"}, Saying(NOW, False, NOW + 300)),
    ({"startsAt": "2026-11-18T11:00:00Z"}, Saying(ELEVEN, False, NOW + 300)),
    ({"endsAt": LATER}, Saying(ELEVEN + 1200, False, ELEVEN + 1200)),
    ({"endsAt": "2026-11-18T11:06:00Z"}, Saying(NOW - 40, True, NOW - 40)),
    ({"startsAt": "2026-11-18T11:00:00Z", "endsAt": LATER}, Saying(ELEVEN, False, ELEVEN + 1200)),
    ({"startsAt": "2026-11-18T11:00:00Z", "endsAt": "2026-11-18T11:06:40Z"}, Saying(ELEVEN, True, NOW)),
]


@pytest.mark.parametrize(("times", "saying"), DEFAULTS)
def test_times_that_are_missing_are_alertmanagers(times: dict[str, str], saying: Saying) -> None:
    assert only("prometheus", [{"labels": {"alertname": "A"}, **times}]).saying == saying


def test_a_request_that_is_read_late_ends_nothing_that_fires() -> None:
    """A server that was paused finds it in its socket: the alert fired when it was sent, and fires still."""
    firing = {"labels": {"alertname": "A"}, "startsAt": "2026-11-18T11:00:00Z", "endsAt": "2026-11-18T11:10:00Z"}
    late = only("prometheus", [firing], at=NOW + 3600).saying
    refreshed = only("prometheus", [{**firing, "endsAt": "2026-11-18T12:10:00Z"}], at=NOW + 3600).saying
    assert not late.fires_at(NOW + 3600)
    assert max(late, refreshed).fires_at(NOW + 3600)


@pytest.mark.parametrize(
    ("alert", "where"),
    [
        ({}, "[0].labels"),
        ({"labels": {}}, "[0].labels"),
        ({"labels": {"a": ""}}, "[0].labels"),
        ({"labels": {"": "a"}}, '[0].labels.""'),
        ({"labels": {"a": None}}, "[0].labels.a"),
        ({"labels": {"a": "b"}, "startsAt": "yesterday"}, "[0].startsAt"),
        ({"labels": {"a": "b"}, "startsAt": 1}, "[0].startsAt"),
        ({"labels": {"a": "b"}, "startsAt": "2026-02-30T00:00:00Z"}, "[0].startsAt"),
        ({"labels": {"a": "b"}, "startsAt": "0000-01-01T00:00:00Z"}, "[0].startsAt"),
        ({"labels": {"a": "b"}, "startsAt": LATER, "endsAt": "2026-11-18T11:00:00Z"}, "[0].startsAt"),
        ({"labels": {"a": "b"}, "annotations": {"a": []}}, "[0].annotations.a"),
        ({"labels": {f"l{n}": "x" for n in range(65)}}, "[0].labels"),
        ({"labels": {"a": "x" * 4097}}, "[0].labels.a"),
        ({"labels": {"a" * 257: "x"}}, f"[0].labels.{'a' * 63}…"),
    ],
)
def test_what_is_no_alert_is_refused_with_its_place(alert: Any, where: str) -> None:
    found = read("prometheus", [alert, {"labels": {"alertname": "Good"}}])
    assert len(found.reports) == 1
    (reason,) = found.refused
    assert reason.startswith(f"{where}: ")


# ---------------------------------------------------------------- odd times and texts


@pytest.mark.parametrize(
    ("written", "began"),
    [
        ("1066-10-14T09:00:00Z", 0.0),
        ("9999-12-31T23:59:59-23:59", NOW),
        ("2026-11-19T11:00:00Z", ELEVEN + 86400),
        ("2026-11-19T11:06:41Z", NOW),
        ("2026-11-18t13:00:00+02:00", ELEVEN),
        ("2026-11-18 11:00:00.5z", ELEVEN + 0.5),
    ],
)
def test_times_beyond_reason_are_brought_within(written: str, began: float) -> None:
    assert only("alertmanager", {"alerts": [{**FIRING, "startsAt": written}]}).saying.starts_at == began


def test_an_end_in_the_last_year_that_calendars_have_stays_a_time() -> None:
    alert = {"labels": {"alertname": "A"}, "endsAt": "9999-12-31T23:59:59-23:59"}
    assert only("prometheus", [alert]).saying.ends_at == 253402300799.0


def test_long_annotations_are_cut_and_never_cost_the_alert() -> None:
    alert = {"labels": {"alertname": "A"}, "annotations": {f"n{n:03}": "x" * 5000 for n in range(100)}}
    annotations = only("prometheus", [alert]).annotations
    assert len(annotations) == 64
    assert {len(text) for _, text in annotations} == {4096}


def test_half_a_surrogate_pair_and_nul_are_replaced() -> None:
    body = rb'[{"labels": {"alertname": "a\ud800b\u0000c", "emoji": "\ud83d\ude00"}, "annotations": {"\udfff": "x"}}]'
    report = only("prometheus", body)
    assert dict(report.labels) == {"alertname": "a\ufffdb\ufffdc", "emoji": "\U0001f600"}
    assert report.annotations == (("\ufffd", "x"),)


# ---------------------------------------------------------------- PagerDuty

EVENT = {
    "routing_key": "0123456789abcdef0123456789abcdef",
    "event_action": "trigger",
    "dedup_key": "disk/db-1",
    "client": "Checks",
    "client_url": "https://checks.example.org/1",
    "links": [{"href": "https://other.example.org", "text": "other"}],
    "payload": {
        "summary": "Disk is full on db-1",
        "source": "db-1",
        "severity": "error",
        "timestamp": "2026-11-18T11:00:00Z",
        "component": "postgresql",
        "group": "storage",
        "class": "disk",
        "custom_details": {"free": 0, "service": "database", "path": {"mount": "/"}},
    },
}


def test_an_event_becomes_an_alert() -> None:
    report = only("pagerduty", EVENT)
    assert dict(report.labels) == {
        "alertname": "disk",
        "service": "database",
        "severity": "error",
        "source": "db-1",
        "component": "postgresql",
        "group": "storage",
        "class": "disk",
    }
    assert dict(report.annotations) == {
        "summary": "Disk is full on db-1",
        "client": "Checks",
        "free": "0",
        "service": "database",
        "path": '{"mount": "/"}',
    }
    assert report.saying == Saying(NOW, False, inf)
    assert report.link == "https://checks.example.org/1"


def test_a_resolve_ends_what_its_key_triggered_and_nothing_else() -> None:
    began = only("pagerduty", EVENT)
    over = only("pagerduty", {**EVENT, "event_action": "resolve", "payload": None}, at=NOW + 60)
    other = only("pagerduty", {**EVENT, "routing_key": "f" * 32})
    assert over.key == began.key != other.key
    assert over.saying > began.saying
    assert over.saying.is_resolved
    assert EVENT["routing_key"] not in began.key


def test_an_acknowledgement_is_about_the_alert() -> None:
    found = read("pagerduty", {**EVENT, "event_action": "acknowledge"})
    assert found.commands == [AcknowledgeAlert(only("pagerduty", EVENT).key, "Checks", "pagerduty-events")]
    assert not found.reports


def test_a_trigger_without_a_key_is_given_one_that_stays() -> None:
    event = {name: value for name, value in EVENT.items() if name != "dedup_key"}
    assert read("pagerduty", event).reference == read("pagerduty", event).reference
    assert read("pagerduty", event).reference != read("pagerduty", event, at=NOW + 0.001).reference
    assert read("pagerduty", EVENT).reference == "disk/db-1"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"event_action": "shout"}, "event_action"),
        ({"event_action": None}, "event_action"),
        ({"event_action": "resolve", "dedup_key": ""}, "dedup_key"),
        ({"dedup_key": "x" * 256}, "dedup_key"),
        ({"routing_key": 7}, "routing_key"),
        ({"payload": None}, "payload"),
        ({"payload": {**EVENT["payload"], "summary": ""}}, "payload.summary"),  # type: ignore[dict-item]
        ({"payload": {**EVENT["payload"], "source": None}}, "payload.source"),  # type: ignore[dict-item]
        ({"payload": {**EVENT["payload"], "severity": "P1"}}, "payload.severity"),  # type: ignore[dict-item]
        ({"payload": {**EVENT["payload"], "timestamp": "now"}}, "payload.timestamp"),  # type: ignore[dict-item]
    ],
)
def test_an_invalid_event_is_refused_with_its_field(change: dict[str, Any], where: str) -> None:
    with pytest.raises(Refused) as refused:
        read("pagerduty", {**EVENT, **change})
    assert refused.value.where == where


# ---------------------------------------------------------------- plain JSON


def test_a_plain_alert_says_what_it_says() -> None:
    report = only(
        "plain",
        {
            "name": "BackupFailed",
            "service": "database",
            "severity": "P1",
            "summary": "No backup since Monday",
            "runbook": "https://wiki/backup",
            "labels": {"attempt": 3, "dry": False},
            "annotations": {"size": 1.5},
            "starts_at": "2026-11-18T11:00:00Z",
            "link": "https://backup/1",
            "host": "db-1",
            "tried": [1, 2],
        },
    )
    assert dict(report.labels) == {
        "alertname": "BackupFailed",
        "service": "database",
        "severity": "P1",
        "attempt": "3",
        "dry": "false",
    }
    assert dict(report.annotations) == {
        "summary": "No backup since Monday",
        "runbook_url": "https://wiki/backup",
        "size": "1.5",
        "host": "db-1",
        "tried": "[1, 2]",
    }
    assert report.saying == Saying(ELEVEN, False, inf)
    assert report.link == "https://backup/1"


def test_a_plain_alert_ends_by_its_key() -> None:
    began = only("plain", {"name": "A", "key": "job-7", "severity": "info"})
    over = only("plain", {"name": "A", "key": "job-7", "status": "resolved"}, at=NOW + 1)
    assert began.key == over.key == "plain/job-7"
    assert over.saying > began.saying
    assert over.saying == Saying(NOW + 1, True, NOW + 1)


def test_plain_alerts_come_one_by_one_in_a_list_or_under_alerts() -> None:
    one = {"name": "A"}
    assert read("plain", one) == read("plain", [one]) == read("plain", {"alerts": [one]})


@pytest.mark.parametrize(
    ("alert", "where"),
    [
        ({"service": "api"}, "name"),
        ({"name": ["A"]}, "name"),
        ({"name": "A", "status": "maybe"}, "status"),
        ({"name": "A", "labels": {"a": {}}}, "labels.a"),
        ({"name": "A", "labels": []}, "labels"),
        ({"name": "A", "ends_at": "soon"}, "ends_at"),
        ({"name": "A", "startsAt": "soon"}, "startsAt"),
        ({"name": "A", "key": 1}, "key"),
    ],
)
def test_a_plain_alert_that_is_wrong_is_refused_with_its_field(alert: dict[str, Any], where: str) -> None:
    (reason,) = read("plain", {"alerts": [alert]}).refused
    assert reason.startswith(f"alerts[0].{where}: ")


# ---------------------------------------------------------------- CloudEvents

CLOUD = {
    "specversion": "1.0",
    "id": "A234-1234-1234",
    "source": "/checks/disk",
    "type": "org.example.disk.full.fired",
    "subject": "db-1",
    "time": "2026-11-18T11:00:00Z",
    "datacontenttype": "application/json",
    "data": {"service": "database", "severity": "warning", "summary": "Disk is full"},
}
STRUCTURED = json.dumps({"content-type": "application/cloudevents+json; charset=utf-8"})
BATCH = json.dumps({"content-type": "application/cloudevents-batch+json"})


def binary(**changes: str) -> str:
    headers = {f"ce-{name}": str(CLOUD[name]) for name in ("specversion", "id", "source", "type", "subject", "time")}
    return json.dumps({"content-type": "application/json", **headers, **changes})


def test_a_structured_event_becomes_an_alert() -> None:
    report = only("cloudevents", CLOUD, STRUCTURED)
    assert dict(report.labels) == {
        "alertname": "org.example.disk.full",
        "source": "/checks/disk",
        "subject": "db-1",
        "service": "database",
        "severity": "warning",
    }
    assert dict(report.annotations) == {"summary": "Disk is full"}
    assert report.saying == Saying(ELEVEN, False, inf)


def test_the_three_forms_of_an_event_say_the_same() -> None:
    structured = only("cloudevents", CLOUD, STRUCTURED)
    assert only("cloudevents", [CLOUD], BATCH) == structured
    assert only("cloudevents", CLOUD["data"], binary()) == structured
    encoded = {
        **CLOUD,
        "data": None,
        "data_base64": base64.b64encode(json.dumps(CLOUD["data"]).encode()).decode(),
    }
    assert only("cloudevents", encoded, STRUCTURED) == structured


def test_headers_of_an_event_are_percent_decoded() -> None:
    assert dict(only("cloudevents", {}, binary(**{"ce-subject": "caf%C3%A9%20%22"})).labels)["subject"] == 'café "'


def test_an_event_whose_type_says_so_ends_the_alert() -> None:
    over = only("cloudevents", {**CLOUD, "type": "org.example.disk.full.resolved", "time": LATER}, STRUCTURED)
    began = only("cloudevents", CLOUD, STRUCTURED)
    assert over.key == began.key
    assert over.saying > began.saying
    assert over.saying.is_resolved


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ""}, "id"),
        ({"source": None}, "source"),
        ({"type": 3}, "type"),
        ({"time": "late"}, "time"),
        ({"datacontenttype": "text/xml"}, "data"),
        ({"data": "text"}, "data"),
        ({"data": {"status": "odd"}}, "data.status"),
        ({"data_base64": "!"}, "data"),
    ],
)
def test_an_event_that_is_wrong_is_refused_with_its_field(change: dict[str, Any], where: str) -> None:
    with pytest.raises(Refused) as refused:
        read("cloudevents", {**CLOUD, **change}, STRUCTURED)
    assert refused.value.where == where
    (reason,) = read("cloudevents", [{**CLOUD, **change}], BATCH).refused
    assert reason.startswith(f"[0].{where}: ")


def test_an_event_in_none_of_the_three_forms_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        read("cloudevents", CLOUD, "{}")
    assert refused.value.where == "content-type"
