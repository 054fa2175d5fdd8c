"""Slack: one message for each incident, kept up to date in place, and its story in the thread below it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from covet_sre.incident.outgoing import Message, Outcome, Purpose, Receipt
from covet_sre.integrations.notifying.endpoint import (
    Attempt,
    document_of,
    field_of,
    is_success,
    retry_after_seconds,
    text_of,
)
from covet_sre.integrations.notifying.opening import Opening
from covet_sre.integrations.notifying.slack_blocks import blocks, fallback_text, long_text
from covet_sre.integrations.notifying.slack_rooms import change_room
from covet_sre.integrations.reply import Reply

DEFAULT_API = "https://slack.com/api"

_BUSY = {"ratelimited", "rate_limited", "message_limit_exceeded", "service_unavailable"}
_FAILED = {"internal_error", "fatal_error", "request_timeout", "team_added_to_org", "accesslimited"}
_TOO_MUCH = {"msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "block_mismatch"}
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"}

# Slack need not open the addresses in a message to show what is behind them.
_UNFOLDED = {"unfurl_links": False, "unfurl_media": False}

_MEMBER = re.compile(r"[UW][A-Z0-9]{2,30}")
_CHANNEL = re.compile(r"[CDGUW][A-Z0-9]{2,30}")
_PLACE = re.compile(r"([CDGUW][A-Z0-9]{2,30}):(\d{1,20}\.\d{1,20})(?::(.+))?")


@dataclass(frozen=True, slots=True)
class _Place:
    """A message that is there: a channel, by its id, and the time that names it."""

    channel: str
    at: str


@dataclass(frozen=True, slots=True)
class _Refused:
    """`ok: false`, with Slack's word for it."""

    error: str
    receipt: Receipt


class Slack:
    """Raises Unroutable when it cannot be opened."""

    def __init__(self, opening: Opening) -> None:
        self._channel = opening.setting("channel")
        headers = {"Authorization": f"Bearer {opening.secret('token')}"}
        self._endpoint = opening.endpoint(opening.address("api_url", DEFAULT_API), headers)

    @property
    def place(self) -> tuple[str, int]:
        """The host and port that it connects to."""
        return self._endpoint.address.host, self._endpoint.address.port

    def send(self, message: Message) -> Receipt:
        """Post or update. A message that is gone is posted anew; blocks that Slack refuses are sent as plain text."""
        if message.room is not None:
            attempt = self._endpoint.attempt()
            return change_room(message.room, attempt.ask, partial(self._wrong, attempt))
        member = message.recipient if _MEMBER.fullmatch(message.recipient) else ""
        # Words to one person, or into a channel that an incident has, are no business of the target's own channel.
        own = message.recipient if message.purpose is Purpose.NOTICE and _CHANNEL.fullmatch(message.recipient) else ""
        channel = own or self._channel or member
        if not channel:
            return Receipt(Outcome.REFUSED, "no channel is declared, and the person has no Slack member id")
        mention = f"<@{member}> " if member and self._channel and message.purpose is Purpose.TRIGGER else ""
        attempt = self._endpoint.attempt()
        found = _PLACE.fullmatch(message.reference)
        if found is None:
            return _receipt(self._post(attempt, message, {"channel": channel}, mention), message)
        place = _Place(found[1], found[2])
        if message.purpose is Purpose.NOTICE or (found[3] and found[3] != message.incident):
            # It was bundled into another incident's message, which goes on telling of that one.
            return self._reply(attempt, message, place, mention)
        updated = self._say(attempt, "chat.update", message, {"channel": place.channel, "ts": place.at}, "")
        if isinstance(updated, _Refused) and updated.error in _GONE:
            return _receipt(self._post(attempt, message, {"channel": channel}, mention), message)
        if not isinstance(updated, _Place):
            return _receipt(updated, message)
        return self._reply(attempt, message, place, mention)

    def close(self) -> None: ...

    def __repr__(self) -> str:
        return f"Slack({self._endpoint.address.host}, {self._channel!r})"

    def _wrong(self, attempt: Attempt, reply: Reply) -> Receipt | None:
        if not is_success(reply):
            return attempt.refusal(reply)
        said = self._answered(reply)
        match said:
            case _Place():
                return None
            case _Refused():
                return said.receipt
            case Receipt():
                return said

    def _post(
        self, attempt: Attempt, message: Message, where: Mapping[str, object], mention: str
    ) -> "_Place | _Refused | Receipt":
        return self._say(attempt, "chat.postMessage", message, {**where, **_UNFOLDED}, mention)

    def _reply(self, attempt: Attempt, message: Message, place: _Place, mention: str) -> Receipt:
        """In the thread. One that asks somebody is shown in the channel too."""
        where = {
            "channel": place.channel,
            "thread_ts": place.at,
            "reply_broadcast": message.purpose is Purpose.TRIGGER,
            "text": long_text(message, mention),
            **_common(message),
            **_UNFOLDED,
        }
        said = self._call(attempt, "chat.postMessage", where)
        # Whatever becomes of the line in the thread, the incident's message is the one above it.
        receipt = _receipt(said, message)
        return replace(receipt, reference=message.reference) if receipt.outcome is Outcome.DELIVERED else receipt

    def _say(
        self, attempt: Attempt, method: str, message: Message, where: Mapping[str, object], mention: str
    ) -> "_Place | _Refused | Receipt":
        """With blocks, else without."""
        rich = {**where, "text": fallback_text(message, mention), "blocks": blocks(message, mention)}
        said = self._call(attempt, method, {**rich, **_common(message)})
        if isinstance(said, _Refused) and said.error in _TOO_MUCH:
            bare = {**where, "text": long_text(message, mention), "blocks": []}
            return self._call(attempt, method, {**bare, **_common(message)})
        return said

    def _call(self, attempt: Attempt, method: str, document: Mapping[str, object]) -> "_Place | _Refused | Receipt":
        reply = attempt.ask("POST", f"/{method}", document)
        if isinstance(reply, Receipt):
            return reply
        if not is_success(reply):
            return attempt.refusal(reply)
        return self._answered(reply)

    def _answered(self, reply: Reply) -> "_Place | _Refused | Receipt":
        document = document_of(reply)
        match field_of(document, "ok"):
            case True:
                return _Place(text_of(document, "channel"), text_of(document, "ts"))
            case False:
                error = text_of(document, "error") or "no reason"
                retry_after = retry_after_seconds(reply, self._endpoint.clock())
                return _Refused(error, Receipt(_outcome(error), f"Slack says {error}", "", retry_after))
            case _:
                return Receipt(Outcome.UNKNOWN, "what it answers is not Slack's; check api_url")


def _common(message: Message) -> dict[str, object]:
    """What goes with every message: nothing is linked or guessed, and the key can be read back."""
    return {
        "parse": "none",
        "link_names": False,
        "metadata": {
            "event_type": "covet_sre_notification",
            "event_payload": {"key": message.key, "incident": message.incident, "purpose": message.purpose.value},
        },
    }


def _outcome(error: str) -> Outcome:
    if error in _BUSY:
        return Outcome.BUSY
    return Outcome.FAILED if error in _FAILED else Outcome.REFUSED


def _receipt(said: "_Place | _Refused | Receipt", message: Message) -> Receipt:
    match said:
        case _Place():
            reference = f"{said.channel}:{said.at}:{message.incident}" if said.channel and said.at else ""
            return Receipt(Outcome.DELIVERED, "", reference)
        case _Refused():
            return said.receipt
        case Receipt():
            return said
