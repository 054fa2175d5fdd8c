"""Metric sources, as they are declared."""

import os
from collections.abc import Mapping
from dataclasses import replace

import structlog

from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.engine.plan import metrics_by_source
from covet_sre.engine.saturation import GAUGES
from covet_sre.errors import Location
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.integrations.scrape import ScrapeSettings, ScrapeSource, WallPacer
from covet_sre.ports import Clock, MetricSource

log = structlog.get_logger(__name__)


class Sources:
    """Sources as they are declared; one that did not change stays connected over a reload."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock, self._pacer = clock, WallPacer(speed)
        self._open: dict[tuple[DataSource, frozenset[str]], MetricSource] = {}

    def connect(self, declaration: Declaration) -> Mapping[str, MetricSource]:
        """Sources by name. Those that nobody names any more are closed."""
        wanted = metrics_by_source(declaration, GAUGES)
        # Where it is declared is no part of what it is: a line more above it breaks no connection.
        keys = {
            one.name: (replace(one, location=Location("")), wanted.get(one.name, frozenset[str]()))
            for one in declaration.sources
        }
        for key in [key for key in self._open if key not in keys.values()]:
            self._open.pop(key).close()
        for key in keys.values():
            if key not in self._open:
                self._open[key] = self._make(*key)
        return {name: self._open[key] for name, key in keys.items()}

    def close(self) -> None:
        for source in self._open.values():
            source.close()
        self._open.clear()

    def _make(self, declared: DataSource, metrics: frozenset[str]) -> MetricSource:
        headers = {name: os.environ[variable] for name, variable in declared.headers_env if variable in os.environ}
        for name, variable in declared.headers_env:
            if variable not in os.environ:
                log.warning("a secret is missing", source=declared.name, header=name, environment_variable=variable)
        if declared.kind is SourceKind.PROMETHEUS:
            return PrometheusSource(declared.addresses[0], headers=headers)
        settings = ScrapeSettings(declared.addresses, metrics, labels=dict(declared.labels), headers=headers)
        if declared.interval_seconds is not None:
            settings = ScrapeSettings(
                declared.addresses, metrics, declared.interval_seconds, dict(declared.labels), headers
            )
        return ScrapeSource(settings, self._clock, self._pacer).start()
