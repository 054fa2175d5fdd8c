"""DataSource documents: strict connection details for the two types."""

import pytest

from covet_sre.catalog.source import DataSource, SourceKind

DETAILS = "DataSource.spec.connectionDetails"


def source_of(files):
    (source,) = files.read().sources
    return source


def scraping(files, **details):
    return files.change("DataSource.spec", {"type": "scrape", "connectionDetails": details})


def test_a_prometheus_with_everything(files):
    files.change(
        DETAILS,
        {
            "url": "https://mimir.example.com/prometheus/",
            "scrapeInterval": "15s",
            "retention": "15d",
            "replicaLabels": ["replica", "prometheus_replica"],
            "headersFromEnv": {"Authorization": "PROMETHEUS_AUTHORIZATION"},
        },
    )
    source = source_of(files)
    assert source == DataSource(
        name="prometheus",
        kind=SourceKind.PROMETHEUS,
        addresses=("https://mimir.example.com/prometheus",),
        location=source.location,
        interval_seconds=15.0,
        retention_minutes=15 * 1440,
        replica_labels=("replica", "prometheus_replica"),
        headers_env=(("Authorization", "PROMETHEUS_AUTHORIZATION"),),
    )
    assert "PROMETHEUS_AUTHORIZATION" not in repr(source)


def test_targets_to_scrape(files):
    targets = ["http://127.0.0.1:8000/metrics", "http://127.0.0.1:8001/metrics"]
    source = source_of(scraping(files, targets=targets, interval="500ms", labels={"job": "covet"}))
    assert source.kind is SourceKind.SCRAPE
    assert source.addresses == tuple(targets)
    assert source.interval_seconds == 0.5
    assert source.labels == (("job", "covet"),)


@pytest.mark.parametrize("written", ["Prometheus", "PROMETHEUS", "prometheus"])
def test_a_type_in_any_case(files, written):
    assert source_of(files.change("DataSource.spec.type", written)).kind is SourceKind.PROMETHEUS


@pytest.mark.parametrize(
    ("path", "value", "field", "words"),
    [
        ("DataSource.spec.type", "datadog", "spec.type", "known here: prometheus, scrape"),
        ("DataSource.spec.type", "promehteus", "spec.type", "did you mean 'prometheus'?"),
        (f"{DETAILS}.urll", "x", "spec.connectionDetails.urll", "did you mean 'url'?"),
        (f"{DETAILS}.url", "127.0.0.1:9090", "spec.connectionDetails.url", "http or https"),
        (f"{DETAILS}.url", "ftp://a", "spec.connectionDetails.url", "http or https"),
        (f"{DETAILS}.url", "file:///etc/passwd", "spec.connectionDetails.url", "http or https"),
        (f"{DETAILS}.url", "http://", "spec.connectionDetails.url", "with a host"),
        (f"{DETAILS}.url", "http://a:99999", "spec.connectionDetails.url", "http://127.0.0.1:9090"),
        (f"{DETAILS}.url", "http://[::1", "spec.connectionDetails.url", "http://127.0.0.1:9090"),
        (f"{DETAILS}.url", "http://me:secret@a", "spec.connectionDetails.url", "headersFromEnv"),
        (f"{DETAILS}.scrapeInterval", "15", "spec.connectionDetails.scrapeInterval", "matches"),
        (f"{DETAILS}.retention", "0d", "spec.connectionDetails.retention", "above 0"),
        (f"{DETAILS}.replicaLabels", ["a-b"], "spec.connectionDetails.replicaLabels[0]", "matches"),
        (f"{DETAILS}.headersFromEnv", {"X Y": "A"}, "spec.connectionDetails.headersFromEnv.X Y", "Authorization"),
        (f"{DETAILS}.headersFromEnv", {"X": "a b"}, "spec.connectionDetails.headersFromEnv.X", "matches"),
    ],
)  # fmt: skip
def test_connection_details_that_cannot_be_used_are_an_error(files, path, value, field, words):
    finding = files.change(path, value).one_finding()
    assert finding.field == field
    assert words in finding.remedy


def test_every_wrong_target_is_found(files):
    findings = scraping(files, targets=["a", "http://ok/metrics", "b"], interval="15s").findings()
    assert [finding.field for finding in findings] == [
        "spec.connectionDetails.targets[0]", "spec.connectionDetails.targets[2]"]  # fmt: skip


def test_a_target_written_twice_would_count_double(files):
    finding = scraping(files, targets=["http://a/m", "http://a/m"], interval="15s").one_finding()
    assert "count double" in finding.remedy


def test_a_scrape_needs_targets_and_an_interval(files):
    assert [finding.field for finding in scraping(files).findings()] == [
        "spec.connectionDetails.interval", "spec.connectionDetails.targets"]  # fmt: skip


def test_a_broken_source_is_reported_once_and_not_for_each_sli(files):
    files.change(f"{DETAILS}.url", "nothing")
    assert files.one_finding().field == "spec.connectionDetails.url"
