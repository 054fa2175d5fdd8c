"""Sources that lie in every way we know: told clearly, counted never, harmless to the neighbours, and forgiven."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from structlog.testing import capture_logs

from covet_sre.integrations.fakes import Lie, LyingServer
from tests.bad_input.installation import HandScraped, Installation, prometheus, scrape, slo

Install = Callable[..., Installation]
LIES = [lie for lie in Lie if lie is not Lie.NONE]


def matrix(result: object, **more: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}, **more}).encode()


def reshaped(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Installation], bytes]:
    return lambda house: matrix(change(house.matrix()))


# What a Prometheus may answer with status 200 and the right content type.
WRONG_ANSWERS: dict[str, Callable[[Installation], bytes]] = {
    "partial data": lambda house: matrix(house.matrix(), warnings=["store 3 is away"]),
    "partial in the way of VictoriaMetrics": lambda house: matrix(house.matrix(), isPartial=True),
    "an error": lambda _: b'{"status": "error", "errorType": "execution", "error": "too many samples"}',
    "JSON of something else": lambda _: b'{"message": "hello"}',
    "a list": lambda _: b"[1, 2, 3]",
    "deep JSON": lambda _: b"[" * 100_000,
    "half of the JSON": lambda house: house.api_answer()[:-40],
    "a vector": lambda _: b'{"status": "success", "data": {"resultType": "vector", "result": []}}',
    "values that are numbers": reshaped(lambda found: [{**one, "values": [[1, 2]]} for one in found]),
    "samples of three": reshaped(lambda found: [{**one, "values": [[1, "2", "3"]]} for one in found]),
    "series without labels": reshaped(lambda found: [{"values": one["values"]} for one in found]),
    "labels that are numbers": reshaped(lambda found: [{**one, "metric": {"a": 1}} for one in found]),
    "10 MB of labels": lambda house: matrix(
        [{**one, "metric": {**one["metric"], "x": "y" * 5_000_000}} for one in house.matrix()]
    ),
}
# What a target may expose with status 200.
WRONG_EXPOSITIONS: dict[str, Callable[[Installation], bytes]] = {
    "prose": lambda _: b"Welcome to nginx!\n",
    "JSON": lambda _: b'{"status": "up"}',
    "bytes": lambda _: bytes(range(128, 256)) * 10,
    "10 MB of labels": lambda _: b'requests_total{code="%s"} 1\n' % (b"x" * 10_000_000),
    "a value that is no number": lambda _: b'requests_total{code="200"} many\n',
    "a label that is not closed": lambda _: b'requests_total{code="200} 5\n',
    "one label twice": lambda _: b'requests_total{code="200",code="500"} 5\n',
}


class Street:
    """Many sources that lie, each with an SLO of its own, beside one that is honest."""

    def __init__(self, install: Install, kind: str, ways: dict[str, Any]) -> None:
        self._stack = ExitStack()
        self.ways = ways
        self.honest = self._stack.enter_context(LyingServer())
        self.liars = {f"liar-{number}": self._stack.enter_context(LyingServer()) for number in range(len(ways))}
        self.says = dict(zip(self.liars, ways, strict=True))
        document = prometheus if kind == "prometheus" else scrape
        servers = {"honest": self.honest, **self.liars}
        self.house: Installation = install(
            "".join(document(name, server.url) + slo(name, name) for name, server in servers.items())
        )
        self._true = self.house.api_answer if kind == "prometheus" else self.house.exposition
        for server in servers.values():
            server.body = self._true
            server.content_type = "application/json" if kind == "prometheus" else "text/plain; version=0.0.4"

    def lie(self) -> None:
        for name, server in self.liars.items():
            way = self.ways[self.says[name]]
            if isinstance(way, Lie):
                server.lie = way
                if way.withholds:
                    self.house.hanging.add(server.url.removeprefix("http://"))
            else:
                body = way(self.house)
                server.body = lambda _path, body=body: body

    def tell_the_truth(self) -> None:
        for server in self.liars.values():
            server.lie, server.body = Lie.NONE, self._true
        self.house.hanging.clear()

    def close(self) -> None:
        self._stack.close()


STREETS = {
    "prometheus": {**{lie.value: lie for lie in LIES}, **WRONG_ANSWERS},
    "scrape": {**{lie.value: lie for lie in LIES}, **WRONG_EXPOSITIONS},
}


@pytest.fixture(params=list(STREETS))
def street(request: pytest.FixtureRequest, install: Install) -> Iterator[Street]:
    made = Street(install, request.param, STREETS[request.param])
    yield made
    made.close()


def lying_minutes(street: Street) -> None:
    """Twelve minutes, read in three turns: whoever hangs costs a time-out each time that it is asked."""
    house = street.house
    open_sources = {key[0].name: source for key, source in house.server._sources._open.items()}
    scrapers = {name: source for name, source in open_sources.items() if isinstance(source, HandScraped)}
    for quarter in range(1, 12 * 4 + 1):
        house.seconds += 15
        for name, scraper in scrapers.items():
            if name == "honest" or quarter % 16 == 0:
                scraper.scrape_once()
        if quarter % 16 == 0:
            house.turn()


@pytest.mark.slow
def test_a_lie_is_told_counts_nothing_and_touches_nobody(street: Street) -> None:
    house = street.house
    house.minutes(5)
    before = {name: house.counts(name) for name in street.liars}
    assert len(set(before.values())) == 1 and before["liar-0"][1] > 0
    street.lie()
    with capture_logs() as logs:
        lying_minutes(street)
    told, sources, now, listed = house.slos(), house.sources(), house.page("/"), house.page("/slos")
    logged = {entry.get("source"): entry for entry in logs if entry["event"] == "a source gives nothing usable"}
    for name, way in street.says.items():
        item, source = told[name], sources[name]
        # The last scrape before the lie may be read after it began; nothing else is.
        assert before[name][1] <= house.counts(name)[1] <= before[name][1] + 15, way
        assert item["state"] == "no_data", way
        assert item["cause"] and item["remedy"], way
        assert f'/slos/{name}"' in listed, way
        assert street.liars[name].url in source["last_error"], way
        assert len(source["last_error"]) < 2000, way
        assert source["state"] == "silent" and source["silent_minutes"] >= 10, way
        assert item["cause"] in house.page(f"/slos/{name}"), way
        assert source["last_error"] in now, way
        assert logged[name]["error"], way
        assert house.silences(name) == ["firing"], way
        assert "secret" not in item["cause"], way
    assert told["honest"]["state"] == "warning"  # a third of its budget is left, and that is known
    assert sources["honest"]["last_error"] == ""
    known = house.server.answers.status("honest").compliance.known_minutes
    assert known >= 16
    # The truth again: measuring goes on by itself, and nothing of the silence is lost.
    street.tell_the_truth()
    house.minutes(3)
    assert {name: house.counts(name) for name in street.liars} == dict.fromkeys(street.liars, house.counts("honest"))
    assert {item["state"] for item in house.slos().values()} == {"warning"}
    assert all(house.silences(name) == ["inactive", "firing"] for name in street.liars)
    assert not any(source["last_error"] for source in house.sources().values())


# ---------------------------------------------------------------- values


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "-5", "1e400"])
@pytest.mark.parametrize("kind", ["prometheus", "scrape"])
def test_a_value_that_no_counter_has_is_left_out_and_told(install: Install, kind: str, value: str) -> None:
    document = prometheus if kind == "prometheus" else scrape
    with LyingServer() as server:
        house = install(document("shop", server.url) + slo("shop", "shop"))
        wrong = [False]

        def answer(path: str) -> bytes:
            if kind == "prometheus":
                found = house.matrix()
                if wrong[0]:
                    found[1]["values"][-2][1] = value
                return matrix(found)
            text = house.exposition(path).decode()
            return (text.rpartition(" ")[0] + f" {value}\n" if wrong[0] else text).encode()

        server.body, server.content_type = answer, "application/json" if kind == "prometheus" else "text/plain"
        house.minutes(5)
        wrong[0] = True
        with capture_logs() as logs:
            house.minutes(3)
        assert any("left out" in entry["event"] or "remarks" in entry["event"] for entry in logs)
        assert house.sources()["shop"]["warnings"]
        assert house.sources()["shop"]["last_error"] == ""
        assert house.sources()["shop"]["warnings"][0] in house.page("/")
        wrong[0] = False
        house.minutes(4)
        bad, total = house.counts("shop")
        # Every minute but the one under way when measuring began; the odd values cost nothing.
        assert (bad, total) in {(4 * n, 60 * n) for n in (11, 12)} or abs(total - 60 * 12) <= 60
        assert abs(bad * 15 - total) <= 60


@pytest.mark.parametrize("kind", ["prometheus", "scrape"])
def test_a_label_of_five_megabytes_is_counted_and_no_page_carries_it(install: Install, kind: str) -> None:
    huge = "h" * 5_000_000
    document = prometheus if kind == "prometheus" else scrape
    breakdown = slo("shop", "shop").replace(
        "metadata: {name: shop}\nspec:\n  service",
        "metadata: {name: shop, annotations: {covet-sre/breakdown: path}}\nspec:\n  service",
        1,
    )
    with LyingServer() as server:
        house = install(document("shop", server.url) + breakdown)

        def answer(path: str) -> bytes:
            if kind == "prometheus":
                found = house.matrix()
                found[1]["metric"]["path"] = huge
                return matrix(found)
            return house.exposition(path).replace(b'code="500"', f'code="500",path="{huge}"'.encode())

        server.body, server.content_type = answer, "application/json" if kind == "prometheus" else "text/plain"
        house.minutes(6)
        bad, total = house.counts("shop")
        assert bad > 0
        assert abs(bad * 15 - total) <= 60
        for path in ("/", "/slos", "/slos/shop", "/api/v1/slos/shop", "/api/v1/sources"):
            assert len(house.client.get(path).content) < 500_000, path


def test_of_two_targets_one_that_fails_is_named_and_the_other_counts(install: Install) -> None:
    with LyingServer() as one, LyingServer() as other:
        house = install(scrape("shop", one.url, other.url) + slo("shop", "shop"))
        one.body = other.body = house.exposition
        house.minutes(5)
        other.lie = Lie.ERROR
        before = house.counts("shop")
        house.minutes(5)
        _, total = house.counts("shop")
        assert total - before[1] == pytest.approx(300, abs=60)
        source = house.sources()["shop"]
        assert source["state"] == "answering"
        assert any(other.url in warning and "500" in warning for warning in source["warnings"])
        assert house.slos()["shop"]["state"] == "warning"
        other.lie = Lie.NONE
        house.minutes(2)
        assert house.counts("shop")[1] == pytest.approx(2 * 12 * 60, abs=4 * 60)
        assert house.sources()["shop"]["warnings"] == []
