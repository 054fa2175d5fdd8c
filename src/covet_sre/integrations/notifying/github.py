"""GitHub Issues: an issue for each notification that asks, a comment for what follows, closed when it is resolved."""

import re
from urllib.parse import quote

from covet_sre.incident.outgoing import Message, Outcome, Purpose, Receipt
from covet_sre.integrations.notifying.endpoint import (
    Attempt,
    document_of,
    field_of,
    is_success,
    list_of,
    looked_only,
    text_of,
)
from covet_sre.integrations.notifying.guarded import NO_HEARTBEATS, NO_NOTICES, NO_TICKET
from covet_sre.integrations.notifying.opening import Opening, Unroutable
from covet_sre.integrations.notifying.tidy import cut, web_address
from covet_sre.integrations.notifying.wording import headline, time_of, whole_text
from covet_sre.integrations.reply import Reply

DEFAULT_API = "https://api.github.com"

_REPOSITORY = re.compile(r"[A-Za-z0-9-]{1,100}/[A-Za-z0-9._-]{1,100}")
_NUMBER = re.compile(r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+#(\d{1,12})$")
_FENCE = re.compile(r"^ *(`{3,})", re.MULTILINE)
_LONGEST_TITLE, _LONGEST_BODY = 250, 60_000
# So many of the latest are looked at for one that was made before: retries end after six hours.
_LOOKED_AT = 50
_RETRIED_SECONDS = 7 * 3600.0
_LISTED_BYTES = 20_000_000


class GitHub:
    """Raises Unroutable when it cannot be opened."""

    def __init__(self, opening: Opening) -> None:
        self._repository = opening.needed("repository")
        if not _REPOSITORY.fullmatch(self._repository):
            raise Unroutable("the setting repository must be owner/name")
        self._labels = [one.strip() for one in opening.setting("labels").split(",") if one.strip()]
        headers = {
            "Authorization": f"Bearer {opening.secret('token')}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._endpoint = opening.endpoint(opening.address("api_url", DEFAULT_API), headers, _LISTED_BYTES)
        self._path = f"/repos/{self._repository}/issues"

    @property
    def place(self) -> tuple[str, int]:
        """The host and port that it connects to."""
        return self._endpoint.address.host, self._endpoint.address.port

    def send(self, message: Message) -> Receipt:
        """What was made by an earlier attempt is looked for first, by a mark that nobody sees."""
        if message.purpose is Purpose.HEARTBEAT:
            return NO_HEARTBEATS
        if message.purpose is Purpose.NOTICE:
            return NO_NOTICES
        attempt = self._endpoint.attempt()
        number = _NUMBER.search(message.reference)
        if number is not None:
            return self._comment(attempt, message, number[1])
        asks = message.purpose in (Purpose.TRIGGER, Purpose.TEST)
        return self._issue(attempt, message) if asks else self._comment_if_made(attempt, message)

    def close(self) -> None: ...

    def __repr__(self) -> str:
        return f"GitHub({self._repository})"

    def _issue(self, attempt: Attempt, message: Message) -> Receipt:
        found = _found(attempt, self._latest(attempt), message.key)
        if isinstance(found, Receipt):
            return found
        if found is not None:
            return self._made(found)
        document = {"title": cut(headline(message), _LONGEST_TITLE), "body": _body(message), "labels": self._labels}
        reply = attempt.ask("POST", self._path, document)
        if isinstance(reply, Receipt):
            return reply
        return self._made(document_of(reply)) if is_success(reply) else _refusal(attempt, reply)

    def _comment_if_made(self, attempt: Attempt, message: Message) -> Receipt:
        """Nobody knows whether the asking notification arrived: where it did not, there is nothing to tell."""
        found = _found(attempt, self._latest(attempt), message.thread)
        if isinstance(found, Receipt):
            return found
        number = field_of(found, "number")
        if not isinstance(number, int):
            return Receipt(Outcome.DELIVERED, NO_TICKET)
        return self._comment(attempt, message, str(number))

    def _latest(self, attempt: Attempt) -> Reply | Receipt:
        return attempt.ask("GET", f"{self._path}?state=all&sort=created&direction=desc&per_page={_LOOKED_AT}")

    def _comment(self, attempt: Attempt, message: Message, number: str) -> Receipt:
        path = f"{self._path}/{number}"
        since = time_of(message.at - _RETRIED_SECONDS)
        found = _found(attempt, attempt.ask("GET", f"{path}/comments?since={since}&per_page=100"), message.key)
        if isinstance(found, Receipt):
            return found
        if found is None:
            reply = attempt.ask("POST", f"{path}/comments", {"body": _body(message)})
            if isinstance(reply, Receipt):
                return reply
            if not is_success(reply):
                return _refusal(attempt, reply)
        if message.purpose is Purpose.RESOLVE:
            reply = attempt.ask("PATCH", path, {"state": "closed", "state_reason": "completed"})
            if isinstance(reply, Receipt):
                return reply
            if not is_success(reply):
                return _refusal(attempt, reply)
        return Receipt(Outcome.DELIVERED, "", f"{self._repository}#{number}")

    def _made(self, issue: object) -> Receipt:
        """Its short name is the reference, its address the detail."""
        number = field_of(issue, "number")
        if not isinstance(number, int) or isinstance(number, bool):
            return Receipt(Outcome.UNKNOWN, "what it answers is no issue; check api_url")
        address = web_address(text_of(issue, "html_url"))
        return Receipt(Outcome.DELIVERED, address, f"{self._repository}#{number}")


def marker(key: str) -> str:
    """A comment of HTML that GitHub keeps and does not show."""
    return f"<!-- covet-sre:{quote(key.encode('utf-8', 'replace'), safe='/:')} -->"


def _found(attempt: Attempt, reply: Reply | Receipt, key: str) -> object | Receipt | None:
    """What carries the mark of a notification; None where nothing does."""
    if isinstance(reply, Receipt):
        return looked_only(reply)
    if not is_success(reply):
        return _refusal(attempt, reply)
    document = document_of(reply)
    if not isinstance(document, list):
        return Receipt(Outcome.FAILED, "what it answers is no list; check api_url")
    mark = marker(key)
    return next((one for one in list_of(document) if mark in text_of(one, "body")), None)


def _refusal(attempt: Attempt, reply: Reply) -> Receipt:
    """GitHub says 403 too for "too many requests"."""
    receipt = attempt.refusal(reply)
    exhausted = reply.headers.get("x-ratelimit-remaining") == "0"
    if reply.status == 403 and (exhausted or "retry-after" in reply.headers or "rate limit" in receipt.detail):
        wait = reply.headers.get("retry-after", "")
        seconds = float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 6 else 60.0
        return Receipt(Outcome.BUSY, receipt.detail, retry_after_seconds=seconds)
    return receipt


def _body(message: Message) -> str:
    """What others wrote stands in a block of code, where no name calls anybody and no markup counts."""
    text = cut(whole_text(message), _LONGEST_BODY)
    fence = "`" * (1 + max([2, *(len(ticks) for ticks in _FENCE.findall(text))]))
    return f"{marker(message.key)}\n{fence}text\n{text}\n{fence}\n"
