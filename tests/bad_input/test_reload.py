"""Changed files that cannot be taken up: the old ones stay in force, everybody is told, and measuring goes on."""

from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from covet_sre.integrations.fakes import LyingServer
from tests.bad_input.installation import BAD_A_MINUTE, GOOD_A_MINUTE, Installation, prometheus, slo
from tests.exactness.driven import SERVICE

A_MINUTE = BAD_A_MINUTE + GOOD_A_MINUTE


@pytest.fixture
def house(install: Callable[..., Installation]) -> Iterator[Installation]:
    with LyingServer(content_type="application/json") as server:
        made = install(prometheus("shop", server.url) + slo("shop", "shop"))
        server.body = made.api_answer
        yield made


def bomb() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(lines).encode()


BROKEN: dict[str, bytes] = {
    "a billion laughs": bomb(),
    "deep nesting": b"[" * 50_000,
    "deep nesting of mappings": b"\n".join(b" " * n + b"a:" for n in range(3_000)),
    "a key that is an alias of itself": b"&a [*a]",
    "no UTF-8": b"\xff\xfe\x00\x01 a: b",
    "nothing but NUL": b"\x00" * 100,
    "a tab for indentation": b"a:\n\t- b",
    "a Python object": b"!!python/object/apply:os.system ['true']",
    "a merge bomb": b"x: &x {a: 1}\ny: {<<: [" + b", ".join([b"*x"] * 100_000) + b"]}",
    "a huge number": b"apiVersion: openslo/v1\nkind: SLO\nspec: {target: 1" + b"0" * 100_000 + b"}",
    "an unknown field": b"apiVersion: openslo/v1\nkind: Service\nmetadata: {name: api}\nspec: {nonsense: 1}",
    "a dangling reference": slo("shop", "nobody").encode(),
}


@pytest.mark.parametrize("way", list(BROKEN))
def test_broken_files_leave_the_old_ones_in_force_and_say_so(house: Installation, way: str) -> None:
    house.minutes(5)
    sound = house.file.read_bytes()
    house.file.write_bytes(BROKEN[way])
    with capture_logs() as logs:
        house.server._take_up_files()
    house.minutes(3)
    assert any(entry["event"] == "changed files were not taken up" for entry in logs)
    page = house.page("/")
    assert "Changed reliability files were not taken up" in page
    assert str(house.file) in page
    assert len(page) < 500_000
    assert list(house.slos()) == ["shop"]
    assert house.counts("shop") == (BAD_A_MINUTE * 8, A_MINUTE * 8)
    house.file.write_bytes(sound)
    house.server._take_up_files()
    house.minutes(1)
    assert "were not taken up" not in house.page("/")
    assert house.counts("shop") == (BAD_A_MINUTE * 9, A_MINUTE * 9)


def test_files_that_vanish_leave_the_old_ones_in_force(house: Installation) -> None:
    house.minutes(3)
    house.file.unlink()
    house.server._take_up_files()
    house.minutes(2)
    assert "were not taken up" in house.page("/")
    assert house.counts("shop") == (BAD_A_MINUTE * 5, A_MINUTE * 5)


def test_a_reload_keeps_every_count_and_begins_what_is_new(house: Installation) -> None:
    house.minutes(10)
    document = house.file.read_text()
    house.file.write_text("# a line more\n" + document + slo("other", "shop"))
    house.server._take_up_files()
    house.minutes(2)
    assert house.counts("shop") == (BAD_A_MINUTE * 12, A_MINUTE * 12)
    assert set(house.slos()) == {"shop", "other"}
    house.fill_in()
    # The source's last hour holds what the new one missed.
    assert house.counts("other")[1] >= A_MINUTE * 12
    assert house.counts("shop")[1] == house.counts("other")[1]
    house.file.write_text(document)
    house.server._take_up_files()
    house.minutes(1)
    assert list(house.slos()) == ["shop"]


def test_a_source_that_moves_to_another_address_counts_on(house: Installation) -> None:
    with LyingServer(house.api_answer, "application/json") as moved:
        house.minutes(5)
        house.file.write_text(SERVICE + prometheus("shop", moved.url) + slo("shop", "shop"))
        house.server._take_up_files()
        house.minutes(5)
        assert house.counts("shop") == (BAD_A_MINUTE * 10, A_MINUTE * 10)
        assert moved.requests > 0


def test_an_emptied_declaration_measures_nothing_and_breaks_nothing(house: Installation) -> None:
    house.minutes(3)
    house.file.write_text(SERVICE)
    house.server._take_up_files()
    house.minutes(2)
    assert house.slos() == {}
    assert house.page("/")
    assert house.client.get("/api/v1/slos/shop").status_code == 404
