"""What stands at an address that somebody typed: read once, within its limits."""

from covet_sre.errors import OutboundRefused, Refused, SourceMisanswered
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.outbound import Guard, Origin, OutboundPolicy
from covet_sre.integrations.reply import Limits, refused_status

FETCH_SECONDS, CONNECT_SECONDS = 5.0, 3.0


class GuardedOutbound:
    """The port Outbound, for what people type."""

    def __init__(self, policy: OutboundPolicy, timeout_seconds: float = FETCH_SECONDS) -> None:
        self._guard, self._timeout_seconds = Guard(Origin.PEOPLE, policy), timeout_seconds

    def look_at(self, url: str) -> str:
        """Raises Refused."""
        try:
            self._guard.look_at(url)
        except OutboundRefused as wrong:
            raise Refused(wrong.problem, where=wrong.where, remedy=wrong.remedy) from None
        return url

    def fetch(self, url: str, most_bytes: int) -> bytes:
        """Raises Refused and SourceError."""
        self.look_at(url)
        address = self._guard.look_at(url)
        client = HttpClient(address, Limits(self._timeout_seconds, most_bytes, CONNECT_SECONDS), guard=self._guard)
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        try:
            reply = client.exchange("GET", path)
        except OutboundRefused as wrong:
            raise Refused(wrong.problem, where=wrong.where, remedy=wrong.remedy) from None
        finally:
            client.close()
        if reply.status != 200:
            # Of a stranger's answer no more than its status is told: it may be what a machine inside says.
            refusal = refused_status(reply, address.shown)
            kind = type(refusal) if refusal is not None else SourceMisanswered
            raise kind(f"it answers {reply.status}", where=address.shown, remedy="check the address")
        return reply.body
