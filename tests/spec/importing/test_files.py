"""Files as they come: folders, rubbish, bombs; nothing is given out beside an error."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covet_sre.spec import read_documents
from covet_sre.spec.importing.collection import Collection, ImportSettings
from covet_sre.spec.importing.paths import FORMATS, import_paths

SLOTH = """
version: prometheus/v1
service: SERVICE
slos:
  - name: slo
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(errors_total[{{.window}}]))
        total_query: sum(rate(requests_total[{{.window}}]))
    alerting: {}
"""
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def run(name: str, *paths: Path) -> tuple[dict[str, str], list[str]]:
    into = Collection(ImportSettings("http://127.0.0.1:9090"))
    files = import_paths(name, paths, into)
    return files, [finding.code for finding in into.findings.found]


def test_a_folder_is_read_with_everything_below_it_but_what_is_hidden(tmp_path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.yaml").write_text(SLOTH.replace("SERVICE", "one"))
    (tmp_path / "inner" / "b.yml").write_text(SLOTH.replace("SERVICE", "two"))
    (tmp_path / ".git" / "c.yaml").write_text("broken: [")
    (tmp_path / "README.md").write_text("no YAML")
    files, codes = run("sloth", tmp_path)
    assert not codes
    assert set(files) == {"one.yaml", "two.yaml", "prometheus.data-source.yaml"}


def test_a_service_in_two_files_becomes_one_file(tmp_path) -> None:
    (tmp_path / "a.yaml").write_text(SLOTH.replace("SERVICE", "shop"))
    (tmp_path / "b.yaml").write_text(SLOTH.replace("SERVICE", "shop").replace("name: slo", "name: other"))
    files, _ = run("sloth", tmp_path)
    assert files["shop.yaml"].count("kind: Service\n") == 1
    assert [one.name for one in read_documents(files).objectives] == ["shop-slo", "shop-other"]


@pytest.mark.parametrize("service", ["prometheus", "data-source", "shared", "con"])
def test_no_service_takes_the_file_of_another(tmp_path, service) -> None:
    (tmp_path / "a.yaml").write_text(SLOTH.replace("SERVICE", service))
    files, _ = run("sloth", tmp_path)
    assert len(files) == 2
    assert read_documents(files).objectives


RUBBISH = {
    "nothing": ("", "file-empty"),
    "a list of nothing": ("apiVersion: v1\nkind: List\nitems: []\n", "file-empty"),
    "a comment": ("# nothing\n", "file-empty"),
    "a word": ("hello", "kind-missing"),
    "a number": ("5", "kind-missing"),
    "a list of words": ("[a, b]", "kind-missing"),
    "no YAML": ("version: [", "yaml-syntax"),
    "tabs": ("version:\n\t- a", "yaml-syntax"),
    "a key twice": ("version: prometheus/v1\nversion: prometheus/v1\n", "yaml-duplicate-key"),
    "a tag": ("version: !!python/object:os.system x", "yaml-tag"),
    "a bomb of aliases": (BOMB, "yaml-limit"),
    "nested deeply": ("[" * 200 + "]" * 200, "yaml-limit"),
    "a Helm template": ("version: {{ .Values.version }}\n", "yaml-key"),
    "a Prometheus rule": ("groups: []\n", "kind-unknown"),
    "a deployment": ("apiVersion: apps/v1\nkind: Deployment\n", "kind-unknown"),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("text", "code"), RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_is_refused_with_its_reason(tmp_path, name, text, code) -> None:
    (tmp_path / "a.yaml").write_text(text)
    files, codes = run(name, tmp_path)
    assert code in codes
    assert not files


def test_bytes_that_are_no_text_are_refused_with_their_place(tmp_path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"version: prometheus/v1\nservice: \xff\xfe\n")
    into = Collection(ImportSettings("http://127.0.0.1:9090"))
    assert not import_paths("sloth", [tmp_path], into)
    [finding] = into.findings.found
    assert (finding.code, finding.location.line, finding.location.column) == ("yaml-characters", 2, 10)


def test_a_file_that_is_too_large_is_refused(tmp_path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"#" * (5 * 1024 * 1024))
    assert run("sloth", tmp_path) == ({}, ["yaml-limit"])


def test_a_path_that_is_missing_empty_or_a_pipe_is_refused(tmp_path) -> None:
    assert run("sloth", tmp_path / "gone.yaml") == ({}, ["file-missing"])
    assert run("sloth", tmp_path) == ({}, ["file-missing"])
    os.mkfifo(tmp_path / "pipe.yaml")
    assert run("sloth", tmp_path / "pipe.yaml") == ({}, ["file-unreadable"])


def test_an_address_that_is_none_is_refused(tmp_path) -> None:
    (tmp_path / "a.yaml").write_text(SLOTH.replace("SERVICE", "shop"))
    into = Collection(ImportSettings("not an address"))
    assert not import_paths("sloth", [tmp_path], into)
    [finding] = into.findings.found
    assert "connectionDetails.url" in finding.problem


WORDS = """
    version prometheus/v1 service slos name objective sli events error_query total_query raw error_ratio_query
    alerting page_alert disable apiVersion kind metadata spec PrometheusServiceLevel sloth.slok.dev/v1
    pyrra.dev/v1alpha1 ServiceLevelObjective target window indicator ratio errors total metric latency success
    bool_gauge 30d openslo/v1alpha openslo.com/v2alpha SLO SLI Service DataSource objectives ratioMetrics good
    source queryType promql query timeWindows unit Day count isRolling budgetingMethod Occurrences serviceRef sliRef
    dataSourceRef dataSourceSpec ratioMetric counter connectionDetails type url timeWindow duration items List
    alertWindows/v1 AlertWindows sloPeriod page quick
"""
KEYS = st.sampled_from(WORDS.split())
LEAVES = st.one_of(
    KEYS,
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["sum(rate(a[{{.window}}]))", "a", "99", "28d", "sum(", "{{.window}}"]),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=20
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.sampled_from(list(FORMATS)), value=VALUES, start=st.sampled_from(range(6)))
def test_whatever_a_file_holds_it_is_findings_or_files_and_never_another_error(tmp_path, name, value, start) -> None:
    import yaml

    heads = [
        {"version": "prometheus/v1", "service": "a"},
        {"apiVersion": "sloth.slok.dev/v1", "kind": "PrometheusServiceLevel", "metadata": {"name": "a"}},
        {"apiVersion": "pyrra.dev/v1alpha1", "kind": "ServiceLevelObjective", "metadata": {"name": "a"}},
        {"apiVersion": "openslo/v1alpha", "kind": "SLO", "metadata": {"name": "a"}},
        {"apiVersion": "openslo.com/v2alpha", "kind": "SLO", "metadata": {"name": "a"}},
        {},
    ]
    inner = value if isinstance(value, dict) else {"slos": value}
    document = {**heads[start], "spec": value, **inner}
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
    files, codes = run(name, tmp_path / "a.yaml")
    assert codes or files
    if files:
        read_documents(files)
