"""A disk that is full, and an arrival that nothing can be made of."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.chaos.checks import violations
from tests.chaos.installation import Installation, Setting

LEAST_BYTES = 4096


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Under load, and accepting."""
    with Installation(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}", Setting(7, clients=2)) as made:
        made.start()
        made.wait_until_it_accepts(0.0)
        yield made


def largest_file(pid: int, size: str) -> None:
    """What the process may write from now on ends at so many bytes of each file: for it the disk is full."""
    subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={size}:"], check=True)


@pytest.mark.slow
@pytest.mark.chaos
def test_a_full_disk_means_no_2xx_and_no_crash_and_all_goes_on_when_there_is_room(installation: Installation) -> None:
    (engine,) = installation.engines
    pid = engine.pid
    largest_file(pid, str(LEAST_BYTES))
    full_since = time.time()
    time.sleep(4)
    room_since = time.time()
    posted = [one for client in installation.clients for one in list(client.posted)]
    largest_file(pid, "unlimited")
    meanwhile = [one for one in posted if one.at > full_since and one.ended < room_since]
    assert [one for one in meanwhile if one.was_accepted] == []
    assert {one.status for one in meanwhile} == {503}
    assert installation.wait_until_it_accepts(time.time()) < 20
    assert (engine.pid, engine.runs) == (pid, True)
    time.sleep(1)
    assert installation.settle() == []
    assert violations(installation.history()) == []


@pytest.mark.slow
@pytest.mark.chaos
def test_a_poisoned_arrival_is_put_aside_and_the_others_go_on(installation: Installation) -> None:
    with installation.database.begin() as connection:
        connection.execute(text("PRAGMA wal_autocheckpoint = 0"))
        number = connection.execute(
            text("UPDATE meta SET number = number + 1 WHERE name = 'arrivals' RETURNING number")
        ).scalar_one()
        connection.execute(
            text(
                "INSERT INTO arrival (number, source, body, received_at, actor, note, state, tries) "
                "VALUES (:number, 'unheard-of', :body, :now, '', '', 'waiting', 0)"
            ),
            {"number": number, "body": b"\xff\x00 nonsense", "now": time.time()},
        )
    time.sleep(8)
    assert installation.settle() == []
    history = installation.history()
    (poison,) = (one for one in history.arrivals if one.number == number)
    assert poison.state == "quarantined"
    assert "3 times" in poison.result["quarantined"]
    others = [one for one in history.arrivals if one.number != number]
    assert max(one.disposed_at - one.received_at for one in others if one.disposed_at) < 10
    history.arrivals = others
    assert violations(history) == []
