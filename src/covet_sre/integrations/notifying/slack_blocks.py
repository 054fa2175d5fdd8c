"""A message in Slack's Block Kit, inside its limits, and so quoted that no label can call a whole channel."""

from enum import StrEnum

from covet_sre.incident.incident import State
from covet_sre.incident.outgoing import Line, Message, Purpose
from covet_sre.integrations.notifying.tidy import one_line, plain
from covet_sre.integrations.notifying.wording import facts, headline, others, whole_text

LONGEST_SECTION, LONGEST_FIELD, LONGEST_BUTTON, MOST_FIELDS, MOST_BLOCKS = 3000, 2000, 75, 10, 50
LONGEST_IN_ALL = 12_000
"""Slack refuses more than about 13,200 characters of blocks, which it documents nowhere."""

LONGEST_TEXT = 3900
"""Of the text without blocks: Slack cuts it at 4,000."""

_FIELD, _SUMMARY, _WHOLE = 300, 2000, 10_500


class Action(StrEnum):
    """The names of our buttons, as Slack tells them back."""

    ACKNOWLEDGE = "covet-sre.acknowledge"
    RESOLVE = "covet-sre.resolve"
    OPEN = "covet-sre.open"


def escaped(text: str, length: int) -> str:
    """Slack's three special characters quoted; at most `length` characters afterwards, and never half of a quote."""
    quoted = [{"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(character, character) for character in text]
    if sum(map(len, quoted)) <= length:
        return "".join(quoted)
    kept, size = 0, 1  # the ellipsis
    while size + len(quoted[kept]) <= length:
        size += len(quoted[kept])
        kept += 1
    return "".join(quoted[:kept]) + "…"


def fallback_text(message: Message, mention: str = "") -> str:
    """What notifications show, and what is sent where blocks are not taken."""
    return mention + escaped(headline(message), LONGEST_TEXT - len(mention))


def long_text(message: Message, mention: str = "") -> str:
    """Everything, without blocks."""
    return mention + escaped(whole_text(message), LONGEST_TEXT - len(mention))


def blocks(message: Message, mention: str = "") -> list[dict[str, object]]:
    """The incident's message: what happens, what helps, and the buttons that still make sense."""
    made: list[dict[str, object]] = [_section(f"{mention}*{escaped(one_line(headline(message), 600), 1000)}*")]
    if message.purpose is Purpose.NOTICE:
        made.extend(_section(part) for part in _whole(message.summary))
    elif message.summary:
        made.append(_section(escaped(plain(message.summary, _SUMMARY), LONGEST_SECTION)))
    if bundled := others(message):
        made.append(_section(escaped(bundled, LONGEST_SECTION)))
    fields = [_field(line) for line in facts(message)]
    made.extend(
        {"type": "section", "fields": fields[start : start + MOST_FIELDS]}
        for start in range(0, len(fields), MOST_FIELDS)
    )
    if message.links:
        made.append(_section(_links(message)))
    if buttons := _buttons(message):
        made.append({"type": "actions", "block_id": "covet-sre", "elements": buttons})
    return _within_limits(made)


def _whole(text: str) -> list[str]:
    """All of a text, quoted, in as few sections as it fits into: a line is parted only where it fits into none."""
    parts = [""]
    for line in text.split("\n"):
        for start in range(0, max(len(line), 1), LONGEST_SECTION // 6):
            piece = escaped(line[start : start + LONGEST_SECTION // 6], LONGEST_SECTION)
            joint = "" if start or not parts[-1] else "\n"
            if len(parts[-1]) + len(joint) + len(piece) > LONGEST_SECTION:
                parts.append(piece)
            else:
                parts[-1] += joint + piece
    # A section of nothing but line breaks is refused.
    filled = [part for part in parts if part.strip()]
    if sum(map(len, filled)) <= _WHOLE:
        return filled
    while sum(map(len, filled)) > _WHOLE:
        filled.pop()
    return [*filled, "… The rest does not fit into Slack: open the incident."]


def _within_limits(made: list[dict[str, object]]) -> list[dict[str, object]]:
    """Facts are left out from the end until it fits; the first block and the buttons stay."""
    while len(made) > 2 and (len(made) > MOST_BLOCKS or _size(made) > LONGEST_IN_ALL):
        del made[-2 if made[-1]["type"] == "actions" else -1]
    return made


def _size(value: object) -> int:
    match value:
        case str():
            return len(value)
        case dict():
            return sum(_size(name) + _size(inner) for name, inner in value.items())
        case list():
            return sum(_size(inner) for inner in value)
        case _:
            return 4


def _section(text: str) -> dict[str, object]:
    return {"type": "section", "text": _markdown(text)}


def _markdown(text: str) -> dict[str, object]:
    # Verbatim: a name that looks like a channel or a person does not become one.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _field(line: Line) -> dict[str, object]:
    label, link = f"*{escaped(line.label, 100)}*\n", ""
    if line.address:
        link = _link(line.address, one_line(line.text, _FIELD))
    fits = link and len(label) + len(link) <= LONGEST_FIELD
    return _markdown(label + (link if fits else escaped(plain(line.text, _FIELD), 3 * _FIELD)))


def _links(message: Message) -> str:
    """As many as fit: half a link would be none."""
    text = ""
    for line in message.links:
        link = _link(line.address, _name(line))
        if len(text) + len(link) + 3 <= LONGEST_SECTION:
            text = f"{text} · {link}" if text else link
    return text or "(links too long for Slack)"


def _link(address: str, text: str) -> str:
    # In a link Slack takes a bar for its own, so that a name must not have one.
    quoted = address.replace("&", "&amp;").replace("|", "%7C")
    return f"<{quoted}|{escaped(text, 150).replace('|', '/')}>"


def _name(line: Line) -> str:
    return line.label or line.text


def _buttons(message: Message) -> list[dict[str, object]]:
    buttons: list[dict[str, object]] = []
    if message.purpose not in (Purpose.TEST, Purpose.NOTICE):
        try:
            state = State(message.state)
        except ValueError:
            state = State.RESOLVED if message.purpose is Purpose.RESOLVE else State.DETECTED
        taken_on = state in (State.TEAM_FORMED, State.ASSIGNED, State.MITIGATING)
        is_open = state.is_open and message.purpose is not Purpose.RESOLVE
        if is_open and not taken_on and message.purpose is not Purpose.ACKNOWLEDGE:
            buttons.append(_button(message, Action.ACKNOWLEDGE, "Acknowledge", "primary"))
        if is_open:
            buttons.append(_button(message, Action.RESOLVE, "Resolve", "danger"))
    if message.address:
        buttons.append({**_button(message, Action.OPEN, "Open", ""), "url": message.address})
    return buttons


def _button(message: Message, action: Action, text: str, style: str) -> dict[str, object]:
    button: dict[str, object] = {
        "type": "button",
        "action_id": action.value,
        "text": {"type": "plain_text", "text": text[:LONGEST_BUTTON]},
        "value": message.incident,
    }
    return {**button, "style": style} if style else button
