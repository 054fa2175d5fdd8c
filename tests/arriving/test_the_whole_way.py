"""Every hook of the server as it is composed: what is accepted is disposed of, and seen by whoever asks."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from covet_sre.app import Server, Settings
from covet_sre.flows.declaration import Declaration
from servers.alertmanager import amtool, call
from tests.arriving.test_formats import EVENT, FIRING, GRAFANA, GROUP, OVER
from tests.incident.house import rules

HEADERS = {"/hooks/cloudevents": "application/cloudevents+json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with three services and no metrics."""
    folder = tmp_path_factory.mktemp("server")
    settings = Settings((), f"sqlite:///{folder / 'test.db'}", port=0, declaration=Declaration(rules=rules()))
    whole = Server(settings)
    http = whole.uvicorn_server()
    thread = threading.Thread(target=http.run, daemon=True)
    whole.start()
    thread.start()
    while not http.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{http.servers[0].sockets[0].getsockname()[1]}"
    http.should_exit = True
    thread.join(10)
    whole.close()


def shown(server: str, name: str) -> dict[str, Any]:
    """The alert of that name, as it is shown at once after it was accepted."""
    status, alerts = call(f"{server}/api/v2/alerts?filter=alertname={name}")
    assert status == 200
    (alert,) = alerts
    return alert


@pytest.mark.parametrize(
    ("path", "document", "name", "status"),
    [
        ("/api/v2/alerts", [{"labels": {"alertname": "FromPrometheus", "service": "api"}}], "FromPrometheus", 200),
        (
            "/hooks/alertmanager",
            {**GROUP, "alerts": [{**FIRING, "labels": {"alertname": "FromAlertmanager"}}, OVER]},
            "FromAlertmanager",
            200,
        ),
        ("/hooks/grafana", GRAFANA, "High", 200),
        ("/hooks/pagerduty/v2/enqueue", EVENT, "disk", 202),
        ("/hooks/alerts", {"name": "Plain", "service": "shop", "severity": "critical"}, "Plain", 200),
    ],
)
def test_what_is_accepted_is_shown_at_once(server: str, path: str, document: Any, name: str, status: int) -> None:
    assert call(server + path, "POST", document)[0] == status
    assert shown(server, name)["status"]["state"] == "active"


def test_an_acknowledgement_of_an_alert_acknowledges_its_incident(server: str) -> None:
    payload = {**EVENT["payload"], "class": "Acknowledged", "custom_details": {"service": "web"}}
    event = {**EVENT, "dedup_key": "ack", "payload": payload}
    assert call(f"{server}/hooks/pagerduty/v2/enqueue", "POST", event)[0] == 202
    assert call(f"{server}/hooks/pagerduty/v2/enqueue", "POST", {**event, "event_action": "acknowledge"})[0] == 202
    shown(server, "Acknowledged")
    acknowledgement, trigger, *_ = call(f"{server}/api/v1/inbox")[1]["items"]
    assert acknowledgement["problem"] == ""
    detail = call(f"{server}/api/v1/incidents/{trigger['alerts'][0]['incident']}")[1]
    acknowledged = [entry for entry in detail["timeline"] if entry["kind"] == "Acknowledged"]
    assert [entry["actor"] for entry in acknowledged] == ["Checks"]


def test_what_could_not_be_read_of_a_delivery_is_seen_beside_it(server: str) -> None:
    alerts = [{**FIRING, "labels": {"alertname": "Kept"}}, {**FIRING, "status": "odd"}]
    assert call(f"{server}/hooks/alertmanager", "POST", {**GROUP, "alerts": alerts})[0] == 200
    shown(server, "Kept")
    latest = call(f"{server}/api/v1/inbox")[1]["items"][0]
    assert latest["state"] == "disposed"
    assert latest["problem"] == "alerts[1].status: this must be firing or resolved"
    assert latest["note"].startswith("receiver covet, group {}")
    assert len(latest["alerts"]) == 1


@pytest.mark.alertmanager
def test_amtool_works_against_the_server(server: str) -> None:
    amtool(server, "alert", "add", "Silent", "service=shop")
    identity = amtool(server, "silence", "add", "--author=ana", "--comment=work", "alertname=Silent").strip()
    assert "Silent" not in amtool(server, "alert", "query", "--active")
    assert "Silent" in amtool(server, "alert", "query", "--silenced")
    assert identity in amtool(server, "silence", "query")
    amtool(server, "silence", "update", "--duration=3h", identity)
    amtool(server, "silence", "expire", identity)
    assert "Silent" in amtool(server, "alert", "query", "--active")
    assert "platform" in amtool(server, "config", "routes", "test", "service=shop")


def test_a_website_cannot_raise_alerts(server: str) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"host": "evil.example"}):
        request = urllib.request.Request(f"{server}/hooks/alerts", b'{"name": "Evil"}', headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        refused.value.close()
        assert refused.value.code in (403, 421)
    assert call(f"{server}/api/v2/alerts?filter=alertname=Evil")[1] == []
