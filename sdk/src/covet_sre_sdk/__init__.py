"""Instrumentation for any ASGI application: the four golden signals, in Prometheus form."""

from covet_sre_sdk.databases import instrument_sqlalchemy
from covet_sre_sdk.endpoint import MetricsApp, metrics_app
from covet_sre_sdk.jobs import background_job
from covet_sre_sdk.middleware import ReliabilityMiddleware
from covet_sre_sdk.queries import db_query
from covet_sre_sdk.queues import QueueLength, queue_length
from covet_sre_sdk.registry import Metrics, metrics

__all__ = [
    "Metrics",
    "MetricsApp",
    "QueueLength",
    "ReliabilityMiddleware",
    "background_job",
    "db_query",
    "instrument_sqlalchemy",
    "metrics",
    "metrics_app",
    "queue_length",
]
