"""A file of samples as a metric source: what it takes, and what it refuses with the line."""

from pathlib import Path

import pytest

from covet_sre.errors import InvalidFiles, SourceMisanswered
from covet_sre.integrations.openmetrics_file import OpenMetricsFile
from covet_sre.ports import CounterQuery

OPEN_METRICS = """\
# HELP requests A counter.
# TYPE requests counter
requests_total{code="200"} 5 1000
requests_total{code="200"} 9 1060.5 # {trace="x"} 1
requests_total{code="500"} 1 1000
others_total 3
# EOF
"""
TEXT = """\
requests_total{code="200"} 5 1000000
requests_total{code="200"} 9 1060500
"""


def opened(folder: Path, content: str | bytes, *metrics: str) -> OpenMetricsFile:
    path = folder / "metrics.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return OpenMetricsFile(path, metrics or ("requests_total",))


def samples(file: OpenMetricsFile) -> dict[str, list[tuple[float, float]]]:
    series = file.read(CounterQuery("requests_total", ()), 0, 1e12).series
    return {one.labels["code"]: [(at, float(value)) for at, value in one.samples] for one in series}


def test_timestamps_of_openmetrics_are_seconds(tmp_path: Path) -> None:
    assert samples(opened(tmp_path, OPEN_METRICS)) == {"200": [(1000, 5), (1060.5, 9)], "500": [(1000, 1)]}


def test_timestamps_of_the_older_text_are_milliseconds(tmp_path: Path) -> None:
    assert samples(opened(tmp_path, TEXT)) == {"200": [(1000, 5), (1060.5, 9)]}


def test_samples_in_any_order_are_read_oldest_first(tmp_path: Path) -> None:
    lines = TEXT.splitlines(keepends=True)
    assert samples(opened(tmp_path, "".join(reversed(lines)))) == samples(opened(tmp_path, TEXT))


def test_the_span_is_that_of_the_wanted_metrics(tmp_path: Path) -> None:
    assert opened(tmp_path, OPEN_METRICS).span_seconds() == (1000, 1060.5)
    assert opened(tmp_path, OPEN_METRICS, "nothing_total").span_seconds() is None


def test_lines_of_other_metrics_need_no_timestamps(tmp_path: Path) -> None:
    assert opened(tmp_path, OPEN_METRICS, "requests_total")
    with pytest.raises(InvalidFiles, match="error"):
        opened(tmp_path, OPEN_METRICS, "others_total")


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("requests_total 5\n", 1, "without a timestamp"),
        ("# a comment\nrequests_total{code=} 5 1000\n", 2, "labels that cannot be read"),
        ("requests_total five 1000\n", 1, "no number"),
        ("requests_total 5 NaN\n", 1, "no sample"),
        ("<html><body>not found</body></html>\n", 1, "no sample"),
        ('{"status": "success"}\n', 1, "no sample"),
        (OPEN_METRICS + OPEN_METRICS, 8, "# EOF"),
        ("", 0, "no samples"),
        ("# only a comment\n", 0, "no samples"),
        (b"requests_total \xff 1000\n", 0, "UTF-8"),
    ],
)
def test_what_is_no_exposition_is_refused_with_its_line(
    tmp_path: Path, content: str | bytes, line: int, words: str
) -> None:
    with pytest.raises(InvalidFiles) as refused:
        opened(tmp_path, content)
    [finding] = refused.value.findings
    assert (finding.code, finding.location.line) == ("metrics-file", line)
    assert words in finding.problem
    assert finding.remedy


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFiles) as refused:
        OpenMetricsFile(tmp_path / "none.txt", ["requests_total"])
    assert "No such file" in refused.value.findings[0].problem


def test_there_is_no_promql_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(SourceMisanswered, match="no PromQL"):
        opened(tmp_path, TEXT).evaluate("up", 0, 1)


def test_progress_is_told_in_bytes_and_ends_at_the_whole(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    path = tmp_path / "metrics.txt"
    path.write_text("".join(f"requests_total {n} {n * 1000}\n" for n in range(50_000)))
    OpenMetricsFile(path, ["requests_total"], lambda done, whole: heard.append((done, whole)))
    assert heard[-1] == (path.stat().st_size, path.stat().st_size)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert len(heard) == 3
