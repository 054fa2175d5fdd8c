"""What the pages' forms send, read without trusting it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.requests import Request

from covet_sre.budget.adjustment import AdjustmentKind
from covet_sre.errors import Refused
from covet_sre.flows.reading import AdjustmentRequest

NO_NUL = r"^[^\x00]*$"
"""What an address may hold that is looked up in a database."""

_MOST_BYTES, _MOST_FIELDS = 131_072, 500


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of an urlencoded form. Raises Refused when it is too large or no text."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise Refused("the form is too large")
    try:
        # No database keeps the character NUL in a text.
        text = body.decode().replace("%00", "%EF%BF%BD").replace("\0", "\N{REPLACEMENT CHARACTER}")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise Refused("the form cannot be read", remedy="send it urlencoded, as the page does") from error


def adjustment_request(slo: str, fields: Mapping[str, str]) -> AdjustmentRequest:
    """The adjustment that a form asks for. Raises Refused with what is wrong in it."""
    kind = fields.get("kind", "")
    if kind not in {each.value for each in AdjustmentKind}:
        raise Refused(f"no such kind of adjustment: {kind!r}", remedy="exclude or correct")
    corrects = kind == AdjustmentKind.CORRECT.value
    return AdjustmentRequest(
        slo,
        AdjustmentKind(kind),
        _minute(fields, "start"),
        _minute(fields, "end"),
        fields.get("author", ""),
        fields.get("reason", ""),
        _whole(fields, "bad") if corrects else 0,
        _whole(fields, "total") if corrects else 0,
    )


def _minute(fields: Mapping[str, str], name: str) -> int:
    try:
        when = datetime.fromisoformat(fields.get(name, ""))
    except ValueError as error:
        raise Refused(f"{name} is no time", remedy="write it like 2026-11-23T09:40, in UTC") from error
    return int(when.replace(tzinfo=when.tzinfo or UTC).timestamp()) // 60


def _whole(fields: Mapping[str, str], name: str) -> int:
    try:
        return int(fields.get(name) or "0")
    except ValueError as error:
        raise Refused(f"{name} is no whole number", remedy="write a whole number of events") from error
