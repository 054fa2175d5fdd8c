"""What docs/moving.md shows is what an import makes."""

import re
from dataclasses import replace
from pathlib import Path

import yaml

from covet_sre.errors import Location
from covet_sre.slo.objective import Objective
from covet_sre.spec import read_documents
from covet_sre.units import format_minutes

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "moving.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def placeless(objective: Objective) -> Objective:
    return replace(objective, location=Location(""))


def test_the_specification_on_the_page_gives_the_slo_on_the_page(import_text) -> None:
    outcome = import_text("sloth", block("text"))
    [shown] = read_documents({"page": block("yaml")}).objectives
    assert placeless(outcome.objective) == placeless(shown)
    made = [document for document in yaml.safe_load_all(outcome.files["checkout.yaml"]) if document["kind"] == "SLO"]
    assert made == [document for document in yaml.safe_load_all(block("yaml")) if document["kind"] == "SLO"]


def test_the_table_of_pyrras_alerts_is_what_is_imported(import_text) -> None:
    rows = re.findall(r"^\| (\d+) \| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    shown = [
        (int(rate), word, *(span.replace(" min", "m").replace(" ", "") for span in spans))
        for rate, word, *spans in rows
    ]
    slo = (
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a, namespace: b}\n"
        "spec: {target: '99', window: 28d, indicator: {bool_gauge: {metric: up}}}\n"
    )
    outcome = import_text("pyrra", slo)
    words = re.findall(r"severity: (\w+)", outcome.files["b.yaml"])
    alerts = outcome.objective.alerts
    made = [
        (alert.threshold, word, *map(format_minutes, (alert.long_minutes, alert.short_minutes or 0, alert.for_minutes)))
        for alert, word in zip(alerts, words, strict=True)
    ]
    assert shown == made
