"""The whole server on SQLite and on PostgreSQL: restarts, and databases that refuse to write."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from covet_sre.integrations.fakes import LyingServer
from servers.postgresql import PostgresqlCluster
from tests.bad_input.installation import BAD_A_MINUTE, GOOD_A_MINUTE, Installation, prometheus, slo

Install = Callable[..., Installation]
A_MINUTE = BAD_A_MINUTE + GOOD_A_MINUTE
ADJUSTMENTS = "/api/v1/slos/shop/adjustments"


@pytest.fixture
def house(install: Install, database_url: str) -> Iterator[Installation]:
    with LyingServer(content_type="application/json") as server:
        made = install(prometheus("shop", server.url) + slo("shop", "shop"), database_url)
        server.body = made.api_answer
        yield made


def body(house: Installation, kind: str, start: int, end: int, **more: object) -> dict[str, object]:
    first = house.server.answers.status("shop").at
    moments = [datetime.fromtimestamp((first + minute) * 60, UTC).isoformat() for minute in (start, end)]
    return {"kind": kind, "start": moments[0], "end": moments[1], "author": "mara", "reason": "moving", **more}


def test_a_restart_counts_nothing_twice_and_repeats_no_alert(house: Installation) -> None:
    house.minutes(20)
    assert house.counts("shop") == (BAD_A_MINUTE * 20, A_MINUTE * 20)
    alerts = house.client.get("/api/v1/alerts").json()["recent"]
    for _ in range(3):
        house.restart()
        assert house.counts("shop") == (BAD_A_MINUTE * 20, A_MINUTE * 20)
        assert house.client.get("/api/v1/alerts").json()["recent"] == alerts
    # Away for half an hour: the source tells what was missed.
    house.seconds += 1800
    house.restart()
    house.minutes(1)
    assert house.counts("shop") == (BAD_A_MINUTE * 51, A_MINUTE * 51)


def test_adjustments_outlive_a_restart_and_the_unadjusted_number_stays(house: Installation) -> None:
    house.minutes(20)
    untouched = house.slos()["shop"]["budget"]["remaining"]
    made = house.client.post(ADJUSTMENTS, json=body(house, "exclude", -5, 0))
    assert made.status_code == 201, made.text
    house.client.post(ADJUSTMENTS, json=body(house, "correct", -10, -9, bad=-4, total=0))
    house.turn()
    adjusted = house.slos()["shop"]["budget"]
    assert house.counts("shop") == (BAD_A_MINUTE * 15 - 4, A_MINUTE * 15)
    assert adjusted["remaining_without_adjustments"] == pytest.approx(untouched)
    assert adjusted["remaining"] > untouched
    house.restart()
    assert house.slos()["shop"]["budget"] == adjusted
    identity = made.json()["id"]
    revoked = house.client.delete(f"{ADJUSTMENTS}/{identity}", params={"author": "mara", "reason": "no"})
    assert revoked.status_code == 200, revoked.text
    house.turn()
    assert house.counts("shop") == (BAD_A_MINUTE * 20 - 4, A_MINUTE * 20)


# ---------------------------------------------------------------- databases that refuse


@contextmanager
def sqlite_without_room(house: Installation) -> Iterator[None]:
    """The operating system refuses to let the file's log grow."""
    log = Path(house.database_url.removeprefix("sqlite:///") + "-wal")
    size = log.stat().st_size
    assert size > 100_000, "other files of the tests must still fit"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def postgresql_read_only(cluster: PostgresqlCluster, house: Installation) -> Iterator[None]:
    """As after a failover, when the server that was the primary is a standby."""
    name = house.database_url.partition("@/")[2].partition("?")[0]

    def switch(statement: str) -> None:
        cluster.sql(f"ALTER DATABASE {name} {statement}")
        cluster.sql(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")

    switch("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        switch("RESET default_transaction_read_only")


def test_a_database_that_cannot_be_written_is_told_and_nothing_is_lost(
    house: Installation, request: pytest.FixtureRequest
) -> None:
    house.minutes(20)
    counts = house.counts("shop")
    if house.database_url.startswith("sqlite"):
        trouble, says = sqlite_without_room(house), "make room"
    else:
        trouble = postgresql_read_only(request.getfixturevalue("postgresql_cluster"), house)
        says = "read-only"
    with trouble:
        with capture_logs() as logs:
            house.minutes(15)
        assert any(entry["event"] == "measuring is interrupted" for entry in logs)
        item, page = house.slos()["shop"], house.page("/slos/shop")
        assert item["state"] == "no_data"
        assert says in item["cause"] + item["remedy"]
        assert item["cause"] in page
        assert "Measuring is interrupted" in house.page("/")
        assert house.counts("shop") == counts
        refused = house.client.post(ADJUSTMENTS, json=body(house, "exclude", -5, 0))
        assert refused.status_code == 503
        assert refused.json()["detail"]
    house.minutes(1)
    assert house.counts("shop") == (BAD_A_MINUTE * 36, A_MINUTE * 36)
    assert house.slos()["shop"]["state"] == "warning"
    assert "Measuring is interrupted" not in house.page("/")
    known = house.server.answers.status("shop").compliance.known_minutes
    assert known == 36
    house.restart()
    assert house.counts("shop") == (BAD_A_MINUTE * 36, A_MINUTE * 36)


@pytest.mark.postgresql
def test_a_postgresql_that_is_restarted_in_between_costs_nothing(
    install: Install, postgresql_cluster: PostgresqlCluster, postgresql_url: str
) -> None:
    with LyingServer(content_type="application/json") as server:
        house = install(prometheus("shop", server.url) + slo("shop", "shop"), postgresql_url)
        server.body = house.api_answer
        house.minutes(10)
        postgresql_cluster.stop("immediate")
        try:
            house.minutes(3)
            item = house.slos()["shop"]
            assert item["state"] == "no_data"
            assert item["cause"] and item["remedy"]
        finally:
            postgresql_cluster.start()
        house.minutes(2)
        assert house.counts("shop") == (BAD_A_MINUTE * 15, A_MINUTE * 15)
        assert house.slos()["shop"]["state"] == "warning"


@pytest.mark.postgresql
def test_of_two_servers_on_one_database_one_measures_and_the_other_takes_over(
    install: Install, postgresql_url: str
) -> None:
    with LyingServer(content_type="application/json") as server:
        documents = prometheus("shop", server.url) + slo("shop", "shop")
        one = install(documents, postgresql_url)
        server.body = one.api_answer
        one.minutes(5)
        other = install(documents, postgresql_url)
        other.seconds = one.seconds
        other.minutes(3)
        told = other.server.answers.problems()
        assert any("another server on this database measures" in problem.detail for problem in told)
        one.minutes(3)
        assert one.counts("shop") == (BAD_A_MINUTE * 8, A_MINUTE * 8)
        # Stopped in order, it gives up its right to measure at once.
        one.close()
        server.body = other.api_answer
        other.minutes(2)
        assert other.counts("shop") == (BAD_A_MINUTE * 10, A_MINUTE * 10)
        assert not any(problem.title == "Measuring is interrupted" for problem in other.server.answers.problems())
