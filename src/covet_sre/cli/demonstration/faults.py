"""The fault switches: what can be broken in the example service, and asking it to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from covet_sre.errors import NotFound, SourceUnreachable
from covet_sre.flows.reading import Fault

_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Switch:
    title: str
    description: str
    share: float


SWITCHES = {
    "errors": _Switch("Errors", "Half of all requests answer 500", 0.5),
    "slowness": _Switch("Slowness", "A third of all requests take more than 0.75 s", 0.33),
    "slow-database": _Switch("Slow database", "A third of all queries take more than 0.2 s", 0.33),
    "late-jobs": _Switch("Late jobs", "Half of all background jobs miss their SLA", 0.5),
    "database-errors": _Switch("Database errors", "A tenth of all queries fail", 0.1),
}


class ServiceFaults:
    """Implements Demo (flows/reading.py) over the service's own control address."""

    def __init__(self, service_url: str, token: str) -> None:
        self._address = f"{service_url}/demo/faults"
        self._token = token
        self._opener = build_opener(ProxyHandler({}))

    def faults(self) -> Sequence[Fault]:
        shares = self._ask(None)
        return [
            Fault(name, switch.title, switch.description, bool(shares.get(name))) for name, switch in SWITCHES.items()
        ]

    def switch(self, name: str, on: bool) -> None:
        if name not in SWITCHES:
            raise NotFound(f"there is no fault {name!r}", remedy=f"choose one of {', '.join(SWITCHES)}")
        self._ask({name: SWITCHES[name].share if on else 0})

    def _ask(self, change: dict[str, float] | None) -> dict[str, Any]:
        data = None if change is None else json.dumps(change).encode()
        headers = {"x-covet-demo-token": self._token, "content-type": "application/json"}
        try:
            with self._opener.open(Request(self._address, data, headers), timeout=_TIMEOUT_SECONDS) as answer:
                shares: dict[str, Any] = json.load(answer)
                return shares
        except (URLError, OSError, ValueError) as error:
            raise SourceUnreachable(
                f"the example service does not answer: {error}", where=self._address, remedy="start the demo again"
            ) from error
