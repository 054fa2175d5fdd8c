"""Slack channels that incidents have of their own: made, named, filled and archived by the Web API."""

from collections.abc import Callable, Mapping
from typing import assert_never
from urllib.parse import urlencode

from covet_sre.incident.outgoing import Outcome, Receipt, Room, RoomChange
from covet_sre.integrations.notifying.endpoint import document_of, field_of, list_of, text_of
from covet_sre.integrations.notifying.tidy import one_line
from covet_sre.integrations.reply import Reply

LONGEST_TOPIC, MOST_INVITED = 250, 1000
_MOST_NAMES = 9
_PAGES, _A_PAGE = 5, 1000
_AS_WANTED = {"already_in_channel", "already_archived", "cant_invite_self"}
"""What Slack answers where everything is as it should be."""

Ask = Callable[[str, str, object], Reply | Receipt]
"""One request of this attempt: (HTTP method, path, document); the answer, or the receipt of one that got none."""
Judge = Callable[[Reply], Receipt | None]
"""Why an answer is no success, None where it is one."""


def change_room(room: Room, ask: Ask, judge: Judge) -> Receipt:
    """One change. The reference of a new channel is its id and its name."""
    match room.change:
        case RoomChange.CREATE:
            return _create(room.name, ask, judge)
        case RoomChange.TOPIC:
            topic = one_line(room.topic, LONGEST_TOPIC)
            return _do(ask, judge, "conversations.setTopic", {"channel": room.channel, "topic": topic})
        case RoomChange.INVITE:
            users = ",".join(room.members[:MOST_INVITED])
            asked = {"channel": room.channel, "users": users, "force": True}
            return _do(ask, judge, "conversations.invite", asked)
        case RoomChange.ARCHIVE:
            return _do(ask, judge, "conversations.archive", {"channel": room.channel})
        case _:
            assert_never(room.change)


def _create(name: str, ask: Ask, judge: Judge) -> Receipt:
    """A new channel. One of that name that we made ourselves is it: an earlier attempt's answer was lost."""
    for number in range(1, _MOST_NAMES + 1):
        ending = f"-{number}" if number > 1 else ""
        wanted = f"{name[: 80 - len(ending)]}{ending}"
        reply = ask("POST", "/conversations.create", {"name": wanted, "is_private": False})
        if isinstance(reply, Receipt):
            return reply
        document = document_of(reply)
        if text_of(document, "error") == "name_taken":
            found = _ours(wanted, ask, judge)
            if isinstance(found, Receipt):
                return found
            if found:
                return Receipt(Outcome.DELIVERED, "it was there already", f"{found}:{wanted}")
            continue
        if (wrong := judge(reply)) is not None:
            return wrong
        channel = text_of(document, "channel", "id")
        if not channel:
            return Receipt(Outcome.UNKNOWN, "what it answers is not Slack's; check api_url")
        return Receipt(Outcome.DELIVERED, "", f"{channel}:{text_of(document, 'channel', 'name') or wanted}")
    return Receipt(Outcome.REFUSED, f"Slack has channels of the name {name} and of the next {_MOST_NAMES - 1}")


def _ours(name: str, ask: Ask, judge: Judge) -> str | Receipt:
    """The id of the channel of that name if we made it; empty for somebody else's."""
    me = ask("POST", "/auth.test", {})
    if isinstance(me, Receipt):
        return me
    if (wrong := judge(me)) is not None:
        return wrong
    user, cursor = text_of(document_of(me), "user_id"), ""
    for _ in range(_PAGES):
        asked = {"types": "public_channel", "exclude_archived": "true", "limit": str(_A_PAGE)}
        query = urlencode({**asked, **({"cursor": cursor} if cursor else {})})
        reply = ask("GET", f"/conversations.list?{query}", None)
        if isinstance(reply, Receipt):
            return reply
        if (wrong := judge(reply)) is not None:
            return wrong
        document = document_of(reply)
        for one in list_of(field_of(document, "channels")):
            if text_of(one, "name") == name:
                return text_of(one, "id") if user and text_of(one, "creator") == user else ""
        cursor = text_of(document, "response_metadata", "next_cursor")
        if not cursor:
            break
    return ""


def _do(ask: Ask, judge: Judge, method: str, document: Mapping[str, object]) -> Receipt:
    reply = ask("POST", f"/{method}", document)
    if isinstance(reply, Receipt):
        return reply
    if text_of(document_of(reply), "error") in _AS_WANTED:
        return Receipt(Outcome.DELIVERED, "it was so already")
    return judge(reply) or Receipt(Outcome.DELIVERED)
