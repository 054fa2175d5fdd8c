"""A real Prometheus gives its alerts to us as to an Alertmanager: one alert with ours, and over when it says so."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from covet_sre.alerting.identity import alert_key
from covet_sre.engine import own_alerts
from covet_sre.ports import AlertTransition
from covet_sre.spec import read_paths
from servers.prometheus import binary, free_port
from tests.arriving.house import DeskInMemory, application, serving
from tests.arriving.test_sent_by_alertmanager import until
from tests.incident.house import rules

HANDBOOK = Path(__file__).resolve().parents[2] / "examples" / "covetpy" / "reliability"
DECLARED = {one.name: one for one in read_paths([HANDBOOK]).objectives}

pytestmark = [pytest.mark.prometheus, pytest.mark.slow]

CONFIGURATION = """
global: {{evaluation_interval: 1s, external_labels: {{prometheus: eu-1, replica: a}}}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{address}']}}]}}]}}
"""

RULES = """
groups:
- name: slo
  rules:
  - alert: ErrorBudgetBurn1h
    expr: {expression}
    labels: {{severity: critical, service: api, slo: api-availability, team: platform}}
    annotations: {{summary: 'It burns at {{{{ $value }}}}'}}
"""


@contextmanager
def prometheus(folder: Path, address: str) -> Iterator[None]:
    (folder / "prometheus.yml").write_text(CONFIGURATION.format(address=address))
    command = [
        *("setpriv", "--pdeathsig", "TERM"),
        binary("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{free_port()}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def test_what_prometheus_sends_is_one_alert_with_what_we_evaluate(tmp_path: Path) -> None:
    desk = DeskInMemory(rules())
    fired = AlertTransition("api-availability", "ErrorBudgetBurn1h", "page", "firing", 100, "a/b/100", {})
    ours = own_alerts.told([fired], DECLARED, 101)
    assert ours is not None
    key_of = partial(alert_key, slos=desk.rules().slos)
    (report,) = own_alerts.read(ours.body, "", ours.received_at, key_of).reports
    # Prometheus looks for Alertmanagers for some seconds, and what it has for nobody it sends a minute later.
    begins, ends = int(time.time()) + 10, int(time.time()) + 16
    expression = f"vector(7) and (vector(time()) > {begins} < {ends})"
    (tmp_path / "rules.yml").write_text(RULES.format(expression=expression))
    with serving(application(desk)) as server, prometheus(tmp_path, server.removeprefix("http://")):

        def firing() -> list[str]:
            desk.turn()
            return [alert.key for alert in desk.alerts(limit=10)]

        until(lambda: firing() == [report.key])
        (alert,) = desk.alerts(limit=10)
        assert dict(alert.annotations) == {"summary": "It burns at 7"}
        assert dict(alert.labels)["prometheus"] == "eu-1"
        assert alert.service == "api"
        # Its end is told long before the four minutes of its last firing are over.
        until(lambda: firing() == [])
        assert desk.desk.alerts[report.key].ends_at <= desk.now()
    assert {arrival.source for arrival in desk.arrivals_kept} == {"prometheus"}
