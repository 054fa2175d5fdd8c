"""The running server: alive, ready, of this version, with a clock that agrees, and sources that answer."""

import json
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any, cast

from covet_sre.cli.diagnosis.check import Check, Group
from covet_sre.errors import SourceError, SourceUnreachable
from covet_sre.integrations.address import Address, clipped
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.reply import Limits, Reply

SERVER = Group("Server")
LIMITS = Limits(timeout_seconds=10, size_bytes=16_000_000)
SKEW_SECONDS = 10.0


def server_checks(address: str, *, is_default: bool, clock: Callable[[], float]) -> Iterator[Check]:
    """What listens there; nothing is no problem unless it was named."""
    try:
        client = HttpClient(Address.parse(address), LIMITS)
    except ValueError as error:
        yield SERVER.problem("address", str(error), "write http://host:port")
        return
    try:
        yield from _Visit(client, clock).checks(is_default=is_default)
    finally:
        client.close()


class _Visit:
    def __init__(self, client: HttpClient, clock: Callable[[], float]) -> None:
        self._client, self._clock = client, clock
        self._where = client.address.shown

    def checks(self, *, is_default: bool) -> Iterator[Check]:
        try:
            reply = self._get("/healthz")
        except SourceUnreachable as error:
            if is_default:
                yield SERVER.not_checked("alive", f"{self._where}: {error.problem}; covet-sre serve starts one")
            else:
                yield SERVER.failed("alive", error)
            return
        except SourceError:
            yield self._somebody_else("it speaks no HTTP")
            return
        if _object(reply).get("status") != "alive":
            yield self._somebody_else(f"it answers {reply.status} to /healthz")
            return
        yield SERVER.ok("alive", f"{self._where} is Covet SRE")
        for part in (
            self._clock_of(reply),
            self._ready(),
            self._version(),
            self._operating(),
            self._sources(),
            self._objectives(),
        ):
            try:
                yield from part
            except SourceError as error:
                yield SERVER.failed("answers", error)

    def _somebody_else(self, how: str) -> Check:
        told = f"{self._where}: another program has this port: {how}"
        return SERVER.problem("alive", told, "start the server on another port (--port), or name it: --server")

    def _clock_of(self, reply: Reply) -> Iterator[Check]:
        try:
            # In whole seconds, cut off.
            theirs = parsedate_to_datetime(reply.headers["date"]).timestamp() + 0.5
        except (KeyError, ValueError):
            yield SERVER.not_checked("clock", "it does not say what time it is")
            return
        skew = theirs - self._clock()
        if abs(skew) > SKEW_SECONDS:
            told = f"its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the one here"
            yield SERVER.warning("clock", told, "let both machines synchronise their clocks (NTP)")
        else:
            yield SERVER.ok("clock", "its clock agrees with the one here")

    def _ready(self) -> Iterator[Check]:
        reply = self._get("/readyz")
        if reply.status == 200:
            yield SERVER.ok("ready", "it is ready")
        else:
            reason = clipped(str(_object(reply).get("reason", reply.status)))
            yield SERVER.problem("ready", f"not ready: {reason}", "wait a minute, then look at its log")

    def _version(self) -> Iterator[Check]:
        theirs = clipped(str(_dictionary(_object(self._get("/openapi.json")).get("info")).get("version", "")), 40)
        ours = version("covet-sre")
        if theirs == ours:
            yield SERVER.ok("version", f"version {theirs}, as here")
        else:
            told = f"it runs version {theirs or 'unknown'}, and this is {ours}"
            yield SERVER.warning("version", told, "restart it after an upgrade, or use the same version here")

    def _operating(self) -> Iterator[Check]:
        """Backups, verification, and what a restore left to be looked into."""
        reply = self._get("/api/v1/operating")
        if reply.status in (401, 403):
            yield SERVER.not_checked("operating", "it asks for a token that may operate: COVET_SRE_TOKEN")
            return
        found = _object(reply)
        now = found.get("now")
        for part in ("backup", "verification"):
            state = _dictionary(found.get(part))
            if error := _text(state, "error"):
                yield SERVER.problem(part, error, "make room, or mend what it says; see its log")
            elif isinstance(done_at := state.get("done_at"), float) and isinstance(now, float):
                yield SERVER.ok(part, f"done {max(now - done_at, 0.0):.0f} s ago, and well")
            elif state.get("every_seconds"):
                yield SERVER.not_checked(part, "not done yet since it started")
        restored = _dictionary(found.get("restoration"))
        if restored:
            told = f"the database was restored: {restored.get('incidents')} incidents page only once until then"
            remedy = "look through the open incidents, then type: covet-sre db reconciled"
            yield SERVER.warning("restored", told, remedy)

    def _sources(self) -> Iterator[Check]:
        sources = self._items("/api/v1/sources")
        for source in sources:
            name = clipped(str(source.get("name")), 100)
            if source.get("state") == "silent" and not (source.get("silent_minutes") or source.get("last_error")):
                yield SERVER.not_checked("sources", f"{name} was not asked yet: the first minute is not over")
            elif source.get("state") == "silent":
                told = f"{name} has been silent for {source.get('silent_minutes')} min: {_text(source, 'last_error')}"
                yield SERVER.problem("sources", told, _text(source, "remedy") or "look at the page Now")
            warnings = source.get("warnings")
            for warning in cast("list[object]", warnings)[:3] if isinstance(warnings, list) else []:
                yield SERVER.warning("sources", f"{name}: {clipped(str(warning))}", "look at the page Now")
        if sources and all(source.get("state") == "answering" for source in sources):
            yield SERVER.ok("sources", f"{len(sources)} source{'s' * (len(sources) != 1)}, all answering")

    def _objectives(self) -> Iterator[Check]:
        objectives = self._items("/api/v1/slos?limit=1000")
        unmeasured = [each for each in objectives if each.get("sli") is None]
        for each in unmeasured[:5]:
            told = f"{_text(each, 'name')} has no number: {_text(each, 'cause') or 'nothing was measured yet'}"
            yield SERVER.warning("objectives", told, _text(each, "remedy") or "look at its page")
        measured = len(objectives) - len(unmeasured)
        if measured or not objectives:
            yield SERVER.ok("objectives", f"{measured} of {len(objectives)} have numbers")

    def _items(self, path: str) -> list[dict[str, Any]]:
        items = _object(self._get(path)).get("items")
        return [_dictionary(each) for each in cast("list[object]", items)] if isinstance(items, list) else []

    def _get(self, path: str) -> Reply:
        return self._client.exchange("GET", path)


def _object(reply: Reply) -> dict[str, Any]:
    try:
        return _dictionary(json.loads(reply.body))
    except (ValueError, RecursionError):
        return {}


def _dictionary(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(item: dict[str, Any], key: str) -> str:
    return clipped(str(item.get(key) or ""))
