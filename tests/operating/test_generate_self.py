"""Rules and a dashboard for the control plane itself: Prometheus and Grafana take them, and the alerts fire rightly."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from covet_sre.api.own_metrics import own_metrics
from covet_sre.cli.main import cli
from covet_sre.flows.operating import Doings, Installation, Operating, Upkept
from covet_sre.flows.timings import DISPATCH_BOUNDS, Timed, Timings
from covet_sre.integrations.own import OWN
from covet_sre.integrations.own.alerts import own_rules
from covet_sre.ports import Damage
from covet_sre.spec import read_paths
from servers.grafana_schema import violations

ROOT = Path(__file__).resolve().parent.parent.parent
SELF = ROOT / "examples" / "self"


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return dict(OWN.generate(read_paths([SELF])).files)


def test_the_files_are_valid_without_a_warning() -> None:
    declaration = read_paths([SELF])
    assert declaration.warnings == ()
    promised = {one.name: float(one.target) for one in declaration.objectives}
    assert promised == {"ingest-availability": 0.9999, "dispatch-timeliness": 0.999, "dispatch-promptness": 0.99}


def test_the_command_needs_no_path_and_writes_the_same(files: dict[str, str], tmp_path: Path) -> None:
    for paths in ([], [str(SELF)]):
        done = CliRunner().invoke(cli, ["generate", "self", *paths, "-o", str(tmp_path)])
        assert done.exit_code == 0, done.output
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files
    checked = CliRunner().invoke(cli, ["generate", "self", "-o", str(tmp_path), "--check"])
    assert checked.exit_code == 0
    (tmp_path / "covet-sre-self.rules.yaml").write_text(files["covet-sre-self.rules.yaml"] + "\n")
    assert CliRunner().invoke(cli, ["generate", "self", "-o", str(tmp_path), "--check"]).exit_code == 3
    assert CliRunner().invoke(cli, ["generate", "grafana", "-o", str(tmp_path)]).exit_code == 2


def test_promtool_accepts_the_rules(files: dict[str, str], tmp_path: Path) -> None:
    names = [name for name in files if name.endswith(".yaml")]
    assert len(names) == 2
    for name in names:
        (tmp_path / name).write_text(files[name])
    done = subprocess.run(["promtool", "check", "rules", *names], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# ---------------------------------------------------------------- when they fire

#: By alert: what is well for half an hour, what is ill, and after how many minutes of that it fires.
SCENARIOS: dict[str, tuple[dict[str, str], dict[str, str], int]] = {
    "CovetSREDown": ({"covet_sre_build_info": "1+0x40"}, {"covet_sre_build_info": "_x40"}, 3),
    "CovetSRENobodyDecides": (
        {'covet_sre_decides{instance="a"}': "1+0x40", 'covet_sre_decides{instance="b"}': "0+0x40"},
        {'covet_sre_decides{instance="a"}': "0+0x40", 'covet_sre_decides{instance="b"}': "0+0x40"},
        2,
    ),
    "CovetSRENotificationsLate": (
        {"covet_sre_oldest_due_seconds": "60+0x40"},
        {"covet_sre_oldest_due_seconds": "61+0x40"},
        1,
    ),
    "CovetSREInboxWaits": ({"covet_sre_inbox_waiting": "100+0x40"}, {"covet_sre_inbox_waiting": "101+0x40"}, 2),
    "CovetSREMeasuringStopped": (
        {"covet_sre_measured_until_seconds": "0+60x40"},
        {"covet_sre_measured_until_seconds": "-301+60x40"},
        5,
    ),
    "CovetSRECommitsSlow": (
        {
            'covet_sre_commit_seconds_bucket{le="0.5"}': "0+100x40",
            'covet_sre_commit_seconds_bucket{le="+Inf"}': "0+100x40",
        },
        {
            'covet_sre_commit_seconds_bucket{le="0.5"}': "0+90x40",
            'covet_sre_commit_seconds_bucket{le="1.0"}': "0+100x40",
            'covet_sre_commit_seconds_bucket{le="+Inf"}': "0+100x40",
        },
        11,
    ),
    "CovetSREBackupOld": (
        {"covet_sre_backup_age_seconds": "3600+0x40", "covet_sre_backup_every_seconds": "900+0x40"},
        {"covet_sre_backup_age_seconds": "3601+0x40", "covet_sre_backup_every_seconds": "900+0x40"},
        1,
    ),
    "CovetSREUpkeepFails": (
        {'covet_sre_upkeep_failing{what="backup"}': "0+0x40"},
        {'covet_sre_upkeep_failing{what="backup"}': "1+0x40"},
        15,
    ),
    "CovetSRENotVerified": (
        {"covet_sre_verification_age_seconds": "172800+0x40"},
        {"covet_sre_verification_age_seconds": "172801+0x40"},
        1,
    ),
    "CovetSREReconciling": ({"covet_sre_reconciling": "0+0x40"}, {"covet_sre_reconciling": "1+0x40"}, 10),
}


def test_every_alert_has_a_scenario() -> None:
    assert {rule.name for rule in own_rules().rules} == set(SCENARIOS)


def unit_test(series: dict[str, str], checks: list[tuple[int, str, bool]], rules: str) -> str:
    alerts: dict[str, Any] = {one["alert"]: one for one in yaml.safe_load(rules)["groups"][0]["rules"]}
    return yaml.safe_dump(
        {
            "rule_files": ["covet-sre-self.rules.yaml"],
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": [{"series": name, "values": values} for name, values in series.items()],
                    "promql_expr_test": [
                        {
                            "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)',
                            "eval_time": f"{minute}m",
                            "exp_samples": [{"labels": "{}", "value": float(fires)}],
                        }
                        for minute, alert, fires in checks
                        if alert in alerts
                    ],
                }
            ],
        }
    )


@pytest.mark.parametrize("alert", SCENARIOS)
def test_an_alert_fires_when_it_should_and_not_a_minute_or_a_step_before(
    alert: str, files: dict[str, str], tmp_path: Path
) -> None:
    rules = files["covet-sre-self.rules.yaml"]
    (tmp_path / "covet-sre-self.rules.yaml").write_text(rules)
    well, ill, minutes = SCENARIOS[alert]
    tests = {
        "well.yaml": unit_test(well, [(at, alert, False) for at in (1, 20, 30)], rules),
        "ill.yaml": unit_test(ill, [(minutes - 1, alert, False), (minutes + 1, alert, True), (30, alert, True)], rules),
    }
    for name, text in tests.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(["promtool", "test", "rules", *tests], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# ---------------------------------------------------------------- they ask for what there is


class Quiet:
    """An installation about which everything is known."""

    def installation(self) -> Installation:
        upkept = Upkept(900.0, 10.0)
        return Installation(20.0, "1", "0003", "a.db", upkept, 1, upkept, None)

    def doings(self) -> Doings:
        timed: Timed = Timings(DISPATCH_BOUNDS).now()
        doors = frozenset({"/hooks/alerts"})
        return Doings({("POST", "/hooks/alerts", 200): 1}, {"/hooks/alerts": 0.1}, doors, timed, timed, timed)

    def backup(self) -> Path:
        raise NotImplementedError

    def verify(self) -> list[Damage]:
        return []


def exposed() -> set[str]:
    """Every name of a sample that our own metrics give, and those of the other metrics that are documented."""
    operating: Operating = Quiet()
    ours = {sample.name for family in own_metrics(operating) for sample in family.samples}
    documented = set(re.findall(r"`((?:covet_sre|process)_[a-z_]+)`", (ROOT / "docs/serve.md").read_text()))
    return ours | documented


def test_every_metric_that_is_asked_for_is_exposed(files: dict[str, str]) -> None:
    asked = [one["expr"] for one in yaml.safe_load(files["covet-sre-self.rules.yaml"])["groups"][0]["rules"]]
    dashboard = json.loads(files["covet-sre-self.dashboard.json"])
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += re.findall(r"query: (.*)", (SELF / "objectives.yaml").read_text())
    names = {name for expr in asked for name in re.findall(r"\b(?:covet_sre|process)_\w+", expr)}
    assert len(names) > 12
    assert names - exposed() == set()


def test_the_bounds_of_the_objectives_are_those_of_the_histogram() -> None:
    bounds = {
        sample.labels["le"]
        for family in own_metrics(Quiet())
        for sample in family.samples
        if sample.name == "covet_sre_dispatch_seconds_bucket"
    }
    assert set(re.findall(r'le="([^"]+)"', (SELF / "objectives.yaml").read_text())) == {"10.0", "30.0"} <= bounds


def test_the_dashboard_keeps_to_grafanas_published_schema(files: dict[str, str]) -> None:
    whole = json.loads(files["covet-sre-self.dashboard.json"])
    assert violations(whole) == []
    assert len(whole["panels"]) == 14
    places = [panel["gridPos"] for panel in whole["panels"]]
    for index, one in enumerate(places):
        assert one["x"] + one["w"] <= 24
        for other in places[:index]:
            apart = one["x"] >= other["x"] + other["w"] or other["x"] >= one["x"] + one["w"]
            assert apart or one["y"] >= other["y"] + other["h"] or other["y"] >= one["y"] + one["h"]
