"""Workers share their counts through files, and none is lost or doubled when one of them is killed."""

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgi_client import samples, value

from covet_sre_sdk import Metrics, QueueLength
from covet_sre_sdk.cells import STARTED
from covet_sre_sdk.departed import schema_mark
from covet_sre_sdk.families import JOBS

LATE = ("background_jobs_total", "email", "late")


def late_jobs(metrics: Metrics) -> float:
    """Return what the registry says about late e-mails."""
    return sum(metrics.totals().events.get(LATE, [0, 0])[:-1])


def in_a_child(work: Callable[[], Any], *, killed: bool = True) -> int:
    """Run something in a forked child, which dies without any chance to tidy up. Returns its signal or exit code."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - a child must never go on as a second pytest
            os._exit(70)
        os.kill(os.getpid(), signal.SIGKILL) if killed else os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def count_late(directory: Path, jobs: int) -> Callable[[], None]:
    def work() -> None:
        metrics = Metrics(directory)
        for _ in range(jobs):
            metrics.observe(JOBS, ("email", "late"), 0.5)

    return work


def test_a_killed_worker_loses_nothing_and_its_file_is_folded(tmp_path: Path) -> None:
    for jobs in (3, 4, 5):
        assert in_a_child(count_late(tmp_path, jobs)) == -signal.SIGKILL
    assert len(list(tmp_path.glob("*.cells"))) == 3
    survivor = Metrics(tmp_path)
    survivor.observe(JOBS, ("email", "late"), 0.5)
    for _ in range(3):
        assert late_jobs(survivor) == 13
        assert value(samples(survivor), "background_job_duration_seconds_sum", job_type="email") == 6.5
    assert len(list(tmp_path.glob("*.cells"))) == 1
    assert len(list(tmp_path.glob("departed-*.json"))) == 1
    assert late_jobs(Metrics(tmp_path)) == 13


def test_a_fold_that_is_killed_at_any_line_neither_loses_nor_doubles(tmp_path: Path) -> None:
    """The child is killed at its 1st traced line, then (elsewhere) at its 2nd, and so on, until it comes through."""
    line, result = 0, -signal.SIGKILL
    while result == -signal.SIGKILL:
        line += 1
        directory = tmp_path / str(line)
        in_a_child(count_late(directory, 2))
        assert late_jobs(Metrics(directory)) == 2  # folded: departed-1
        in_a_child(count_late(directory, 3))
        in_a_child(count_late(directory, 4))
        result = in_a_child(fold_until_line(directory, line), killed=False)
        reader = Metrics(directory)
        assert [late_jobs(reader), late_jobs(reader)] == [9, 9], f"killed at line {line}"
        in_a_child(count_late(directory, 1))
        assert late_jobs(reader) == 10
        assert list(directory.glob("*.cells")) == []
        assert len(list(directory.glob("departed*"))) == 1
    assert result == 0
    assert line > 40  # all of the fold was walked through


def fold_until_line(directory: Path, line: int) -> Callable[[], None]:
    from covet_sre_sdk import departed

    left = line

    def trace(frame: Any, happening: str, _argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename == departed.__file__ and happening == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    def work() -> None:
        sys.settrace(trace)
        departed.fold(directory)
        sys.settrace(None)

    return work


def test_several_readers_and_dying_workers_never_see_a_count_go_back(tmp_path: Path) -> None:
    stop = threading.Event()
    seen: list[list[float]] = [[], [], []]

    def read(into: list[float]) -> None:
        metrics = Metrics(tmp_path)  # a store of its own, as another worker has it
        while not stop.is_set():
            into.append(late_jobs(metrics))

    readers = [threading.Thread(target=read, args=(into,)) for into in seen]
    for reader in readers:
        reader.start()
    for _ in range(25):
        in_a_child(count_late(tmp_path, 7))
    stop.set()
    for reader in readers:
        reader.join()
    for counts in seen:
        assert counts == sorted(counts)
    assert late_jobs(Metrics(tmp_path)) == 175


def test_a_forked_child_counts_in_files_of_its_own(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path)
    metrics.observe(JOBS, ("email", "late"), 0.5)

    def work() -> None:
        metrics.observe(JOBS, ("email", "late"), 0.5)

    assert in_a_child(work) == -signal.SIGKILL
    metrics.observe(JOBS, ("email", "late"), 0.5)
    assert late_jobs(metrics) == 3


def test_a_forked_child_does_not_keep_its_parents_files_alive(tmp_path: Path) -> None:
    ready, go_on = os.pipe(), os.pipe()

    def parent() -> None:
        metrics = Metrics(tmp_path)
        QueueLength(metrics).set(5)
        metrics.observe(JOBS, ("email", "late"), 0.5)
        if os.fork() == 0:
            os.write(ready[1], b"r")
            os.read(go_on[0], 1)
            os._exit(0)
        os.read(ready[0], 1)

    in_a_child(parent)
    found = samples(Metrics(tmp_path))
    os.write(go_on[1], b"g")
    for descriptor in (*ready, *go_on):
        os.close(descriptor)
    assert value(found, "custom_queue_length") is None
    assert value(found, "background_jobs_total", job_type="email", outcome="late") == 1


def test_gauges_are_those_of_the_living(tmp_path: Path) -> None:
    def work() -> None:
        metrics = Metrics(tmp_path)
        metrics.shard().cell(STARTED, 1)[0] += 4  # four requests arrive, and are never answered
        QueueLength(metrics).set(100)

    in_a_child(work)
    first, second = Metrics(tmp_path), Metrics(tmp_path)
    QueueLength(first).set(2)
    QueueLength(second).set(3)
    first.shard().cell(STARTED, 1)[0] += 1
    found = samples(second)
    assert value(found, "custom_queue_length") == 5
    assert value(found, "http_requests_in_flight") == 1


def test_a_thread_with_more_series_than_fit_gets_further_files(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path)
    for number in range(1500):
        metrics.observe(JOBS, (f"job {number}", "late"), 0.5)
    assert len(list(tmp_path.glob("*.cells"))) > 1
    found = samples(Metrics(tmp_path))
    counted = {labels: count for (name, labels), count in found.items() if name == "background_jobs_total" and count}
    assert len(counted) == 1500
    assert set(counted.values()) == {1.0}


def test_files_that_are_none_of_ours_are_left_out_and_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics(tmp_path)
    metrics.observe(JOBS, ("email", "late"), 0.5)
    mark = schema_mark()
    contents = {"empty": b"", "text": b"<html>", "cut": b"covetsr1" + (1 << 40).to_bytes(8, sys.byteorder)}
    contents["noise"] = b"covetsr1" + (64).to_bytes(8, sys.byteorder) + b"\xff" * 48
    held = []
    for name, content in contents.items():
        path = tmp_path / f"{name}.{mark}.cells"
        path.write_bytes(content)
        descriptor = os.open(path, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # somebody's, and alive
        held.append(descriptor)
    assert [late_jobs(metrics), late_jobs(metrics)] == [1, 1]
    assert len(caplog.records) == len(contents)
    for descriptor in held:
        os.close(descriptor)
    assert late_jobs(metrics) == 1
    assert len(list(tmp_path.glob("*.cells"))) == 1


def test_a_folder_that_cannot_be_used_costs_a_warning_and_no_event(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    metrics = Metrics(tmp_path / "file" / "folder")
    for _ in range(5):
        metrics.observe(JOBS, ("email", "late"), 0.5)
    QueueLength(metrics).set(3)
    assert late_jobs(metrics) == 5
    assert value(samples(metrics), "custom_queue_length") == 3
    assert 0 < len(caplog.records) <= 3


def test_a_disk_that_fills_up_costs_a_warning_and_no_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics(tmp_path)
    metrics.observe(JOBS, ("email", "late"), 0.5)

    def full(_descriptor: int, _start: int, _length: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    for number in range(1500):
        metrics.observe(JOBS, (f"job {number}", "late"), 0.5)
    events = metrics.totals().events
    assert sum(sum(numbers[:-1]) for numbers in events.values()) == 1501
    assert "No space left" in caplog.text


def test_a_record_half_made_is_not_there(tmp_path: Path) -> None:
    """A kill between the key and the new end of the records leaves the end where it was."""
    metrics = Metrics(tmp_path)
    metrics.observe(JOBS, ("email", "late"), 0.5)
    [path] = tmp_path.glob("*.cells")
    with path.open("r+b") as file:
        end = int.from_bytes(file.read(16)[8:], sys.byteorder)
        file.seek(end)
        file.write(b'\x40\x00\x00\x00\x10\x00\x00\x00["background_jobs')
    assert late_jobs(metrics) == 1
    metrics.observe(JOBS, ("other", "late"), 0.5)
    assert late_jobs(metrics) == 1
    assert sum(metrics.totals().events[("background_jobs_total", "other", "late")][:-1]) == 1
