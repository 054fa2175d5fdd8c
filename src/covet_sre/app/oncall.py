"""What everything about who is on call needs of chance, secrets and other rings."""

import hashlib
import secrets
from dataclasses import replace

from covet_sre.engine.oncall import Codes, OnCallStore, Rosters
from covet_sre.flows.ack_links import acknowledge_token, read_token
from covet_sre.flows.contact_codes import code_digest, code_for
from covet_sre.incident.contact_commands import CODE_PLACE
from covet_sre.incident.outgoing import Notice, Outgoing
from covet_sre.incident.shift_starts import TEST_PAGE
from covet_sre.integrations.calendars import read_calendar
from covet_sre.ports import Clock
from covet_sre.spec.drafts import draft_of

_TOKEN_BYTES, _NONCE_BYTES = 32, 16
_LINK_SECONDS = 2 * 86400.0


class OnCallWorks:
    """Built once per server. `secret` signs links and makes codes."""

    def __init__(self, store: OnCallStore, clock: Clock, secret: bytes) -> None:
        self._clock = clock
        # Not the key of links that acknowledge incidents: a link is good for one purpose.
        self._secret = hashlib.sha256(b"covet-sre on call 1\n" + secret).digest()
        codes = Codes(self._new_code, code_digest, lambda: secrets.token_urlsafe(_TOKEN_BYTES), self._test_page)
        self.rosters = Rosters(store, clock, codes, draft_of, read_calendar)

    def written(self, outgoing: Outgoing, notice: Notice) -> Notice:
        """A notice as it leaves: with the code, or the signed link, that the desk does not know."""
        if outgoing.key.startswith("code/"):
            code = code_for(self._secret, outgoing.key.rpartition("/")[2])
            notice = replace(notice, text=notice.text.replace(CODE_PLACE, f"{code[:4]} {code[4:]}"))
        if outgoing.key.startswith(TEST_PAGE):
            identity = outgoing.key.removeprefix(TEST_PAGE).rpartition("/")[0]
            token = acknowledge_token(self._secret, identity, outgoing.person, self._clock() + _LINK_SECONDS)
            notice = replace(notice, link=f"/oncall-test/{token}")
        return notice

    def _new_code(self) -> tuple[str, str]:
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        return nonce, code_digest(code_for(self._secret, nonce), nonce)

    def _test_page(self, token: str) -> tuple[str, str]:
        link = read_token(self._secret, token, self._clock())
        return link.incident, link.person
