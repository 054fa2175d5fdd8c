"""An HTTP answer, and what one that is no 200 says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from covet_sre.errors import SourceMisanswered, SourceUnreachable
from covet_sre.integrations.address import clipped, without_credentials

# Statuses that say "not now" or "not you", rather than "this answer is no metrics".
_REFUSING = {401, 403, 407, 408, 429, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one exchange may take: seconds in all, and bytes of its body once unpacked.

    `connect_seconds` limits each address of a host that is tried; None leaves it the whole time.
    """

    timeout_seconds: float
    size_bytes: int
    connect_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, unpacked. Header names are in lower case.

    `delimited` tells whether the end of the body was marked; without, an answer that broke off looks like a whole one.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delimited: bool

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case; empty when none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def refused_status(reply: Reply, where: str) -> SourceUnreachable | SourceMisanswered | None:
    """The error that a status other than 200 stands for, with what the server says about it; None for 200."""
    if reply.status == 200:
        return None
    if 300 <= reply.status < 400:
        target = clipped(without_credentials(reply.headers.get("location", "")))
        return SourceMisanswered(
            f"it redirects ({reply.status}) to {target or 'nowhere'}",
            where=where,
            remedy="give the final address; redirects are not followed",
        )
    said = _what_it_says(reply)
    problem = f"it answers {reply.status}" + (f": {said}" if said else "")
    if reply.status in (401, 403, 407):
        return SourceUnreachable(problem, where=where, remedy="check the credentials that are sent with each request")
    if reply.status in _REFUSING:
        return SourceUnreachable(problem, where=where, remedy="it is asked again at the next reading")
    remedy = "check the path of the address" if reply.status == 404 else "look at what it says and at its log"
    return SourceMisanswered(problem, where=where, remedy=remedy)


def _what_it_says(reply: Reply) -> str:
    """The API's error text, or a plain text body; pages of HTML are not repeated."""
    if reply.content_type == "application/json":
        try:
            document: object = json.loads(reply.body)
        except (ValueError, RecursionError):
            return ""
        if isinstance(document, dict):
            return clipped(": ".join(str(document[key]) for key in ("errorType", "error") if document.get(key)), 500)
        return ""
    if reply.content_type == "text/html" or reply.body.lstrip()[:1] == b"<":
        return "a page of HTML"
    return clipped(reply.body[:1000].decode("utf-8", "replace"))
