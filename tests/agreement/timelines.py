"""When each alert fires, minute by minute: by Prometheus' own rule engine, and by ours, over the same samples."""

import re
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine
from covet_sre.integrations.fakes import ScriptedSource
from covet_sre.integrations.prometheus.rules import RULES
from covet_sre.integrations.prometheus.rules.objectives import group_names
from covet_sre.slo.objective import Objective
from covet_sre.store.memory import MemoryStore
from tests.agreement.histories import History
from tests.engine.story import START, declaration

Timeline = Mapping[str, set[int]]
"""Minutes since the history's begin at whose end an alert fires, by the alert's name."""

_ALERT = re.compile(r'alertname="([^"]+)"')
_AT = re.compile(r"time: (?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?,")


def by_prometheus(objective: Objective, history: History, folder: Path, scrape_seconds: int) -> Timeline:
    """Run the generated rules over the history with promtool's unit tests, and read what fired out of its answer.

    Each minute is expected to have no alert; what it "got" instead is the timeline.
    """
    generated = RULES.generate(declaration(objective))
    for name, text in generated.files.items():
        (folder / name).write_text(text)
    series = "\n".join(
        f'  - series: \'requests_total{{job="api",instance="a:1",code="{code}"}}\'\n    values: \'{_values(values)}\''
        for code, values in (("200", history.good), ("500", history.bad))
    )
    expectations = "\n".join(
        f"  - {{expr: 'ALERTS{{alertstate=\"firing\"}}', eval_time: {minute}m}}"
        for minute in range(1, history.minutes(scrape_seconds))
    )
    test = folder / "history.test.yaml"
    test.write_text(
        # In any other order the long windows would be a minute behind, by chance.
        f"rule_files: [{', '.join(generated.files)}]\nevaluation_interval: 1m\n"
        f"group_eval_order: [{', '.join(group_names(objective.name))}]\ntests:\n- interval: {scrape_seconds}s\n"
        f"  input_series:\n{series}\n  promql_expr_test:\n{expectations}\n"
    )
    done = subprocess.run(["promtool", "test", "rules", test.name], cwd=folder, capture_output=True, text=True)
    return _fired(done.stdout + done.stderr)


def _fired(told: str) -> Timeline:
    found: dict[str, set[int]] = defaultdict(set)
    minute = 0
    for line in told.splitlines():
        if at := _AT.search(line):
            hours, minutes, _ = (int(part or 0) for part in at.groups())
            minute = hours * 60 + minutes
        elif line.strip().startswith("got:"):
            for name in _ALERT.findall(line):
                found[name].add(minute)
        else:
            assert line.strip() in ("", "FAILED:", "SUCCESS", "exp: nil") or line.startswith("Unit Testing:"), line
    return found


def _values(values: list[float | None]) -> str:
    return " ".join("_" if value is None else f"{value:g}" for value in values)


def by_our_engine(objective: Objective, history: History, scrape_seconds: int) -> Timeline:
    """Let the engine read the same samples in virtual time, a tick a minute."""
    source = ScriptedSource()
    begin = START * 60.0
    for code, values in (("200", history.good), ("500", history.bad)):
        labels = {"__name__": "requests_total", "job": "api", "instance": "a:1", "code": code}
        samples = [(begin + n * scrape_seconds, value) for n, value in enumerate(values) if value is not None]
        source.add(labels, *samples)
    clock = _Clock(begin)
    store = MemoryStore()
    answers = Answers(store, clock)
    engine = Engine(store, lambda _: {"metrics": source}, clock, _NoPacer(), answers.publish)
    answers.attach(engine)
    engine.declare(declaration(objective))
    found: dict[str, set[int]] = defaultdict(set)
    engine.turn()
    for minute in range(1, history.minutes(scrape_seconds)):
        clock.now = begin + minute * 60
        engine.turn()
        for alert in answers.status(objective.name).firing:
            found[alert.alert.name].add(minute)
    return found


class _Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class _NoPacer:
    def wait(self, seconds: float, stop: object) -> bool:
        return False
