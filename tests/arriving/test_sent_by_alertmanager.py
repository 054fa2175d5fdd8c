"""A real Alertmanager sends its groups to our hook: what fires there fires here, and what is over is over."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from servers.alertmanager import call, start_alertmanager
from tests.arriving.deliveries import written
from tests.arriving.house import DeskInMemory, application, serving

pytestmark = pytest.mark.alertmanager

CONFIGURATION = """
route:
  receiver: covet-sre
  group_by: [service]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1s
receivers:
- name: covet-sre
  webhook_configs:
  - url: {url}/hooks/alertmanager
    send_resolved: true
    http_config: {{authorization: {{credentials: s3cret}}}}
"""


def until(happened: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for it, and fail when it does not happen."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def test_what_alertmanager_sends_is_what_it_has(tmp_path: Path) -> None:
    desk = DeskInMemory()
    labels = {"alertname": 'Quoted "ü" \\', "service": "api"}

    def firing() -> list[dict[str, str]]:
        desk.turn()
        return [dict(alert.labels) for alert in desk.alerts(limit=10)]

    with serving(application(desk, secrets={"alertmanager": "s3cret"})) as ours:
        alertmanager = start_alertmanager(tmp_path, CONFIGURATION.format(url=ours))
        try:
            call(f"{alertmanager.url}/api/v2/alerts", "POST", [{"labels": labels, "annotations": {"summary": "It is"}}])
            until(lambda: firing() == [labels])
            (theirs,) = call(f"{alertmanager.url}/api/v2/alerts")[1]
            (mine,) = call(f"{ours}/api/v2/alerts")[1]
            for name in ("fingerprint", "labels", "annotations", "startsAt"):
                assert mine[name] == theirs[name]
            over = {"labels": labels, "startsAt": theirs["startsAt"], "endsAt": written(time.time())}
            call(f"{alertmanager.url}/api/v2/alerts", "POST", [over])
            until(lambda: firing() == [])
        finally:
            alertmanager.stop()
    assert {arrival.source for arrival in desk.arrivals_kept} == {"alertmanager"}
    assert desk.arrivals_kept[0].note == 'receiver covet-sre, group {}:{service="api"}'
    assert not desk.refusals


def test_alertmanager_comes_again_when_we_cannot_keep_it(tmp_path: Path) -> None:
    desk = DeskInMemory()
    desk.slow = True  # Kept, and never answered: the request runs out of patience with 503.
    with serving(application(desk, secrets={"alertmanager": "s3cret"}, patience_seconds=0.2)) as ours:
        alertmanager = start_alertmanager(tmp_path, CONFIGURATION.format(url=ours).replace("1s", "20s"))
        try:
            call(f"{alertmanager.url}/api/v2/alerts", "POST", [{"labels": {"alertname": "A"}}])
            until(lambda: len(desk.arrivals_kept) >= 2)
            desk.slow = False
            until(lambda: len(desk.arrivals_kept) >= 3)
            kept = len(desk.arrivals_kept)
            time.sleep(2)
            assert len(desk.arrivals_kept) == kept  # It was content, and waits for its next interval.
            desk.turn()
            assert len(desk.alerts(limit=10)) == 1
        finally:
            alertmanager.stop()
