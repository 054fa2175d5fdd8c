"""Alerts sent by several clients at once, each over a connection of its own, until every one is accepted."""

import http.client
import json
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from benchmarks.alertmanager_process import ALERTS

CLIENTS = 4


def pour(url: str, bodies: Sequence[bytes]) -> None:
    """Send all of them. Raises RuntimeError when one is not accepted."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        shares = [bodies[number::CLIENTS] for number in range(CLIENTS)]
        for sent in [clients.submit(_send, url, share) for share in shares]:
            sent.result()


def post(url: str, body: bytes) -> None:
    """Send one."""
    _send(url, [body])


def get(url: str) -> Any:
    """The JSON at an address."""
    with urllib.request.urlopen(url, timeout=120) as answer:
        return json.load(answer)


def waiting(url: str) -> int:
    """How many requests that one of ours accepted are not disposed of; 0 for an Alertmanager."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return next((int(float(line.split()[1])) for line in lines if line.startswith("covet_sre_inbox_waiting ")), 0)


def _send(url: str, bodies: Sequence[bytes]) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        for body in bodies:
            connection.request("POST", ALERTS, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"alerts are not accepted ({answer.status}): {said[:500]!r}")
    finally:
        connection.close()
