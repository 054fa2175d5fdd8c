"""DataSource documents -> the sources that are read."""

import re
from urllib.parse import urlsplit

from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.spec import openslo
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.covet_documents import PrometheusConnection, ScrapeConnection
from covet_sre.spec.findings import Findings, Spot, did_you_mean, shown
from covet_sre.spec.library import Entry, Library
from covet_sre.spec.shape import check
from covet_sre.units import parse_duration

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


def sources(library: Library) -> dict[str, DataSource | None]:
    """Each declared source by name; None for one that was reported."""
    found: dict[str, DataSource | None] = dict.fromkeys(library.names(openslo.DataSource))
    for entry, model in library.all_of(openslo.DataSource):
        read_annotations("DataSource", model.metadata.annotations, entry.spot / "metadata", library.findings)
        found[entry.name] = _source(entry, model, library.findings)
    return found


def _source(entry: Entry[openslo.DataSource], model: openslo.DataSource, findings: Findings) -> DataSource | None:
    spot = entry.spot / "spec"
    details = spot / "connectionDetails"
    match model.spec.type.lower():
        case SourceKind.PROMETHEUS:
            connection = check(PrometheusConnection, model.spec.connection_details, details, findings)
            return connection and _prometheus(entry, connection, details, findings)
        case SourceKind.SCRAPE:
            connection = check(ScrapeConnection, model.spec.connection_details, details, findings)
            return connection and _scrape(entry, connection, details, findings)
        case other:
            remedy = did_you_mean(other, list(SourceKind))
            findings.error(spot / "type", "value-wrong", f"is {shown(model.spec.type)}", remedy)
            return None


def _prometheus(
    entry: Entry[openslo.DataSource], connection: PrometheusConnection, spot: Spot, findings: Findings
) -> DataSource | None:
    is_right = is_address(connection.url, spot / "url", findings)
    for header in connection.headers_from_env:
        if not HEADER.match(header):
            here = spot / "headersFromEnv" / header
            findings.error(here, "value-wrong", "is no name of an HTTP header", "write for example Authorization")
            is_right = False
    if not is_right:
        return None
    retention = connection.retention
    return DataSource(
        name=entry.name,
        kind=SourceKind.PROMETHEUS,
        addresses=(connection.url.rstrip("/"),),
        location=entry.spot.location,
        interval_seconds=_seconds(connection.scrape_interval) if connection.scrape_interval else None,
        retention_minutes=parse_duration(retention).minutes if retention else None,
        replica_labels=tuple(connection.replica_labels),
        headers_env=tuple(connection.headers_from_env.items()),
    )


def _scrape(
    entry: Entry[openslo.DataSource], connection: ScrapeConnection, spot: Spot, findings: Findings
) -> DataSource | None:
    addresses = connection.targets
    # A list, so that every wrong address is reported and not only the first.
    right = [is_address(address, spot / "targets" / index, findings) for index, address in enumerate(addresses)]
    for index, address in enumerate(addresses):
        if address in addresses[:index]:
            here = spot / "targets" / index
            findings.error(here, "value-wrong", "the same target is written twice", "remove one: it would count double")
            return None
    if not all(right):
        return None
    return DataSource(
        name=entry.name,
        kind=SourceKind.SCRAPE,
        addresses=tuple(addresses),
        location=entry.spot.location,
        interval_seconds=_seconds(connection.interval),
        labels=tuple(connection.labels.items()),
    )


def _seconds(text: str) -> float:
    unit = "ms" if text.endswith("ms") else text[-1]
    return int(text.removesuffix(unit)) * _SECONDS[unit]


def is_address(text: str, spot: Spot, findings: Findings, secrets_belong: str = "headersFromEnv") -> bool:
    """Whether it is an http or https address without a password; if not, with a finding."""
    try:
        parts = urlsplit(text)
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
        is_right = is_right and (parts.port is None or parts.port > 0)
    except ValueError:
        findings.error(spot, "value-wrong", f"is {shown(text)}", "write an address such as http://127.0.0.1:9090")
        return False
    if not is_right:
        findings.error(spot, "value-wrong", f"is {shown(text)}", "write an http or https address with a host")
    elif parts.username or parts.password:
        findings.error(spot, "value-wrong", "holds a password", f"take it out, and use {secrets_belong}")
        is_right = False
    return is_right
