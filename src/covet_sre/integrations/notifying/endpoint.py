"""HTTP requests to a notification target, sorted by what became of them.

Each attempt has connections of its own: a kept one that the other side had closed would leave it unknown whether a
request arrived, and to send it again might wake somebody twice.
"""

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from covet_sre.errors import OutboundRefused, SourceError
from covet_sre.incident.outgoing import Outcome, Receipt
from covet_sre.integrations.address import Address, clipped
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.outbound import Guard
from covet_sre.integrations.reply import Limits, Reply
from covet_sre.ports import Clock

ATTEMPT_SECONDS, CONNECT_SECONDS = 10.0, 5.0
"""One attempt may take so long, whatever number of requests it needs."""

_LONGEST_RETRY_AFTER_SECONDS = 3600.0
_BUSY = {408, 425, 429, 503}
_JSON = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}


class Endpoint:
    """One base address with the headers that go to it. Raises ValueError for what cannot be sent there."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        headers: Mapping[str, str],
        answer_bytes: int,
        attempt_seconds: float,
        guard: Guard,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.address = Address.parse(url)
        self.clock, self.answer_bytes, self.attempt_seconds = clock, answer_bytes, attempt_seconds
        self._guard = guard
        self._headers = dict(headers)
        self._tls = tls
        # What cannot be sent is told when the target is opened, and certificates are read when they are needed.
        HttpClient(self.address, Limits(attempt_seconds, answer_bytes), headers=self._headers).close()

    def attempt(self) -> "Attempt":
        """Begin an attempt: its time runs from now on."""
        return Attempt(self)

    def _client(self, seconds: float) -> HttpClient:
        if self.address.secure and self._tls is None:
            self._tls = ssl.create_default_context()
        limits = Limits(seconds, self.answer_bytes, CONNECT_SECONDS)
        return HttpClient(self.address, limits, headers=self._headers, tls=self._tls, guard=self._guard)

    def exchange(self, seconds: float, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Raises Unanswered."""
        client = self._client(seconds)
        try:
            return client.exchange(method, path, body, headers)
        except OutboundRefused as refusal:
            raise Unanswered(f"{refusal.problem}; {refusal.remedy}", was_sent=False, is_final=True) from refusal
        except SourceError as failure:
            raise Unanswered(failure.problem, was_sent=client.sent) from failure
        except (OSError, ValueError) as failure:
            raise Unanswered(type(failure).__name__, was_sent=client.sent) from failure
        finally:
            client.close()


class Unanswered(Exception):
    """No whole answer came. `was_sent` tells whether anything of the request had left.

    `is_final`: nothing of it ever will.
    """

    def __init__(self, problem: str, *, was_sent: bool, is_final: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.was_sent, self.is_final = problem, was_sent, is_final

    def receipt(self) -> Receipt:
        """It may have arrived, or it cannot have, or never may."""
        if self.is_final:
            return Receipt(Outcome.REFUSED, self.problem)
        return Receipt(Outcome.UNKNOWN if self.was_sent else Outcome.FAILED, self.problem)


class Attempt:
    """The requests of one attempt, within its time."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._deadline = time.monotonic() + endpoint.attempt_seconds

    def ask(
        self, method: str, path: str, document: object = None, headers: Mapping[str, str] | None = None
    ) -> Reply | Receipt:
        """The whole answer, or the receipt of a request that got none. `document` is sent as JSON."""
        return self.send(method, path, None if document is None else json_bytes(document), headers)

    def send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None = None
    ) -> Reply | Receipt:
        """The same with a body that is JSON already. `path` is added to the base address."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            return Receipt(Outcome.FAILED, f"its {self._endpoint.attempt_seconds:g} s were over before this was sent")
        address = self._endpoint.address
        whole = f"{address.path.rstrip('/')}{path}" or "/"
        if address.query:
            whole += f"{'&' if '?' in whole else '?'}{address.query}"
        try:
            return self._endpoint.exchange(left, method, whole, body, {**_JSON, **(headers or {})})
        except Unanswered as unanswered:
            return unanswered.receipt()

    def refusal(self, reply: Reply) -> Receipt:
        """The receipt for an answer that is no success."""
        return refusal(reply, self._endpoint.clock())


def json_bytes(document: object) -> bytes:
    """As it is sent: UTF-8, without spaces."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def is_success(reply: Reply) -> bool:
    return 200 <= reply.status < 300


def looked_only(receipt: Receipt) -> Receipt:
    """The receipt of a request that only looked: that changes nothing, so that what comes of it is never unknown."""
    return replace(receipt, outcome=Outcome.FAILED) if receipt.outcome is Outcome.UNKNOWN else receipt


def refusal(reply: Reply, now: float) -> Receipt:
    """What an answer other than 2xx means: come again later, or never."""
    said = what_it_says(reply)
    detail = f"it answers {reply.status}" + (f": {said}" if said else "")
    if 300 <= reply.status < 400:
        return Receipt(Outcome.REFUSED, f"it redirects ({reply.status}){_elsewhere(reply)}; give the final address")
    retry_after = retry_after_seconds(reply, now)
    if reply.status in _BUSY or (reply.status >= 500 and retry_after is not None):
        return Receipt(Outcome.BUSY, detail, retry_after_seconds=retry_after)
    if reply.status >= 500 or reply.status < 200:
        return Receipt(Outcome.FAILED, detail)
    return Receipt(Outcome.REFUSED, detail)


def _elsewhere(reply: Reply) -> str:
    """The host alone: the address may hold a secret."""
    try:
        host = urlsplit(reply.headers.get("location", "")).hostname
    except ValueError:
        return ""
    return f" to {clipped(host)}" if host else ""


def retry_after_seconds(reply: Reply, now: float) -> float | None:
    """How long to wait, in seconds from now, at most an hour; None where nothing usable is said."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 12:
        return min(float(value), _LONGEST_RETRY_AFTER_SECONDS)
    try:
        seconds = parsedate_to_datetime(value).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER_SECONDS)


def document_of(reply: Reply) -> object:
    """The JSON of an answer; None where it is none."""
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def field_of(document: object, *names: str) -> object:
    """A value inside of objects that may not be there; None where it is not."""
    for name in names:
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def text_of(document: object, *names: str) -> str:
    """The same, if it is text."""
    value = field_of(document, *names)
    return value if isinstance(value, str) else ""


def list_of(document: object) -> list[object]:
    """The items of what should be a list; none where it is not."""
    return list(document) if isinstance(document, list) else []


def what_it_says(reply: Reply) -> str:
    """An answer's own words on one line; pages of HTML are not repeated."""
    document = document_of(reply)
    if isinstance(document, dict):
        words = [document.get(name) for name in ("error", "message", "detail", "errors", "errorMessages")]
        told = [word if isinstance(word, str) else json.dumps(word)[:1000] for word in words if word]
        return clipped(": ".join(told), 300)
    if reply.content_type == "text/html" or reply.body.lstrip()[:1] == b"<":
        return "a page of HTML"
    return clipped(reply.body[:1000].decode("utf-8", "replace"), 300)
