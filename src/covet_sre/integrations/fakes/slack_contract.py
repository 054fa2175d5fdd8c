"""Slack's messages and channels: documented arguments alone, the limits of Block Kit, the meaning of its markup."""

import json
import re
from typing import Any

from covet_sre.integrations.fakes.scripted_provider import Answer, Breach, Received, hold

_ARGUMENTS = {
    "chat.postMessage": {
        *("channel", "text", "blocks", "thread_ts", "reply_broadcast", "parse", "link_names", "mrkdwn"),
        *("unfurl_links", "unfurl_media", "metadata", "attachments", "icon_emoji", "username"),
    },
    "chat.update": {
        *("channel", "ts", "text", "blocks", "parse", "link_names", "metadata", "attachments", "reply_broadcast"),
    },
    "conversations.create": {"name", "is_private", "team_id"},
    "conversations.setTopic": {"channel", "topic"},
    "conversations.invite": {"channel", "users", "force"},
    "conversations.archive": {"channel"},
    "conversations.list": {"cursor", "exclude_archived", "limit", "team_id", "types"},
    "auth.test": set[str](),
}
_CHANNEL_NAME = re.compile(r"[a-z0-9_-]{1,80}")
_MEMBERS = re.compile(r"[UW][A-Z0-9]{2,}(,[UW][A-Z0-9]{2,})*")
_US = "U0OURBOT"
_CHANNEL_ID = re.compile(r"[CDGUW][A-Z0-9]{2,}")
# What may stand between angle brackets here: one person, or an address with its name. Never a group or a channel.
_TAGS = re.compile(r"<@[UW][A-Z0-9]+>|<https?://[^\s<>|]+\|[^<>|\n]+>")
_HALF_QUOTED = re.compile(r"&(?!amp;|lt;|gt;)")
_LARGEST_BLOCKS = 13_200


class SlackContract:
    """`messages` by (channel, ts), as they are shown now; `posted` in order. `known` are channels by their names.

    `rooms` are the channels that were made, by id, as Slack tells of them, with `members` beside.
    """

    def __init__(self, token: str, known: dict[str, str] | None = None) -> None:
        self._token, self._known = token, known or {}
        self.messages: dict[tuple[str, str], dict[str, Any]] = {}
        self.posted: list[dict[str, Any]] = []
        self.rooms: dict[str, dict[str, Any]] = {}

    def take(self, request: Received) -> Answer:
        method = request.path.rpartition("/")[2]
        wanted = "GET" if method == "conversations.list" else "POST"
        hold(request.method == wanted and method in _ARGUMENTS, "unknown_method")
        hold(request.headers.get("authorization") == f"Bearer {self._token}", "invalid_auth")
        said: dict[str, Any] = dict(request.query) if request.method == "GET" else request.document()
        hold(said.keys() <= _ARGUMENTS[method], f"unknown arguments: {sorted(said.keys() - _ARGUMENTS[method])}")
        if method.startswith(("conversations.", "auth.")):
            return self._room(method, said)
        channel = self._channel(str(said.get("channel", "")))
        _check_text(said)
        _check_blocks(said.get("blocks", []))
        return self._update(channel, said) if method == "chat.update" else self._post(channel, said)

    def add_room(self, name: str, creator: str) -> str:
        """A channel that is there; its id."""
        identity = f"C0ROOM{len(self.rooms)}"
        room = {"id": identity, "name": name, "creator": creator, "is_archived": False, "topic": "", "members": set()}
        self.rooms[identity] = room
        return identity

    def _room(self, method: str, said: dict[str, Any]) -> Answer:
        match method:
            case "auth.test":
                return Answer(200, {"ok": True, "user_id": _US})
            case "conversations.list":
                shown = ("id", "name", "creator", "is_archived")
                rooms = [{name: room[name] for name in shown} for room in self.rooms.values()]
                return Answer(200, {"ok": True, "channels": rooms, "response_metadata": {"next_cursor": ""}})
            case "conversations.create":
                hold(_CHANNEL_NAME.fullmatch(str(said.get("name"))), "invalid_name_specials")
                if any(room["name"] == said["name"] for room in self.rooms.values()):
                    return Answer(200, {"ok": False, "error": "name_taken"})
                identity = self.add_room(said["name"], _US)
                return Answer(200, {"ok": True, "channel": {"id": identity, "name": said["name"], "creator": _US}})
            case _:
                return self._change_room(method, said)

    def _change_room(self, method: str, said: dict[str, Any]) -> Answer:
        room = self.rooms.get(str(said.get("channel")))
        if room is None:
            return Answer(200, {"ok": False, "error": "channel_not_found"})
        if room["is_archived"]:
            error = "already_archived" if method == "conversations.archive" else "is_archived"
            return Answer(200, {"ok": False, "error": error})
        match method:
            case "conversations.setTopic":
                hold(len(said["topic"]) <= 250, "too_long")
                room["topic"] = said["topic"]
            case "conversations.invite":
                hold(_MEMBERS.fullmatch(said["users"]), "user_not_found")
                if set(said["users"].split(",")) <= room["members"]:
                    return Answer(200, {"ok": False, "error": "already_in_channel"})
                room["members"] |= set(said["users"].split(","))
            case _:
                room["is_archived"] = True
        return Answer(200, {"ok": True, "channel": {"id": room["id"]}, "topic": room["topic"]})

    def refuse(self, breach: Breach) -> Answer:
        word = str(breach) if re.fullmatch(r"[a-z_]+", str(breach)) else "invalid_arguments"
        return Answer(200, {"ok": False, "error": word})

    def _channel(self, channel: str) -> str:
        found = self._known.get(channel.removeprefix("#"), channel)
        hold(_CHANNEL_ID.fullmatch(found), "channel_not_found")
        return f"D{found[1:]}" if found[0] in "UW" else found

    def _post(self, channel: str, said: dict[str, Any]) -> Answer:
        at = f"1700000000.{len(self.posted):06d}"
        self.posted.append({**said, "channel": channel, "ts": at})
        self.messages[channel, at] = said
        return Answer(200, {"ok": True, "channel": channel, "ts": at, "message": {"text": said["text"]}})

    def _update(self, channel: str, said: dict[str, Any]) -> Answer:
        place = (channel, str(said.get("ts")))
        if place not in self.messages:
            # What a real workspace says of a message that somebody deleted: no breach of the contract.
            return Answer(200, {"ok": False, "error": "message_not_found"})
        self.messages[place] = said
        return Answer(200, {"ok": True, "channel": channel, "ts": place[1], "text": said["text"]})


def _check_text(said: dict[str, Any]) -> None:
    text = said.get("text")
    hold(isinstance(text, str) and text, "no_text")
    hold(len(str(text)) <= 4000, "msg_too_long")
    _check_markup(str(text))


def _check_markup(text: str) -> None:
    rest = _TAGS.sub("", text)
    hold("<" not in rest and ">" not in rest, f"an angle bracket that is not quoted: {rest[:200]!r}")
    hold(not _HALF_QUOTED.search(text), f"an ampersand that is not quoted: {text[:200]!r}")


def _check_blocks(blocks: Any) -> None:
    hold(isinstance(blocks, list) and len(blocks) <= 50, "invalid_blocks")
    hold(len(json.dumps(blocks, ensure_ascii=False)) <= _LARGEST_BLOCKS, "msg_blocks_too_long")
    for block in blocks:
        match block.get("type"):
            case "section":
                _check_section(block)
            case "actions":
                _check_actions(block)
            case _:
                raise Breach("invalid_blocks")


def _check_section(block: dict[str, Any]) -> None:
    hold(block.keys() <= {"type", "text", "fields", "block_id"}, "invalid_blocks")
    hold("text" in block or block.get("fields"), "invalid_blocks")
    hold(len(block.get("fields", [])) <= 10, "invalid_blocks")
    if "text" in block:
        _check_object(block["text"], 3000)
    for one in block.get("fields", []):
        _check_object(one, 2000)


def _check_object(text: dict[str, Any], longest: int) -> None:
    hold(text.get("type") in ("mrkdwn", "plain_text"), "invalid_blocks")
    hold(0 < len(text["text"]) <= longest, "invalid_blocks")
    _check_markup(text["text"])


def _check_actions(block: dict[str, Any]) -> None:
    elements = block.get("elements", [])
    hold(0 < len(elements) <= 25, "invalid_blocks")
    hold(len({element["action_id"] for element in elements}) == len(elements), "invalid_blocks")
    for element in elements:
        hold(element["type"] == "button" and element["text"]["type"] == "plain_text", "invalid_blocks")
        hold(0 < len(element["text"]["text"]) <= 75, "invalid_blocks")
        hold(len(element["action_id"]) <= 255 and len(element.get("value", "")) <= 2000, "invalid_blocks")
        hold(len(element.get("url", "")) <= 3000, "invalid_blocks")
        hold(element.get("style", "primary") in ("primary", "danger"), "invalid_blocks")
