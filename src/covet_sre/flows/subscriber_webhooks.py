"""Webhooks of subscribers: where one goes, and the secret by which its receiver knows that it came from us.

For whoever keeps subscriptions:

1. `outbound.look_at(url)` (ports.Outbound) when somebody types an address: Refused for one that is not public.
2. `subscriber_secret(master, subscription)` is shown once, to whoever subscribes. It is worked out anew for every
   delivery and kept nowhere. `subscription` is its identity, unique and never used again: letters, digits, `_`, `-`.
3. An Outgoing with `targets=(SUBSCRIBER_WEBHOOK,)` (oncall/target.py), `purpose=Purpose.NOTICE`, a notice, and
   `address=subscriber_address(url, subscription)` is delivered as docs/outbound.md says: JSON with the notice's own
   words, and nothing else of the incident.
"""

import base64
import hashlib
import hmac
import re

from covet_sre.errors import Refused

_PURPOSE = b"covet-sre subscriber webhook 1\n"
_SUBSCRIPTION = re.compile(r"[A-Za-z0-9_-]{1,100}")


def subscriber_secret(master: bytes, subscription: str) -> str:
    """`whsec_` and 32 bytes in base64, as Standard Webhooks has them.

    Raises Refused without a master secret that outlives a restart: receivers could not check what comes later.
    """
    if len(master) < 16:
        remedy = "set COVET_SRE_LINK_SECRET to a long random text"
        raise Refused("webhooks cannot be signed for subscribers", where="COVET_SRE_LINK_SECRET", remedy=remedy)
    secret = hmac.new(master, _PURPOSE + subscription.encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(secret).decode()


def subscriber_address(url: str, subscription: str) -> str:
    """What a notification carries: the address, and behind # (which no request sends) whose it is.

    Raises ValueError for an identity of another form.
    """
    if not _SUBSCRIPTION.fullmatch(subscription):
        raise ValueError("a subscription's identity is 1 to 100 letters, digits, _ and -")
    return f"{url.partition('#')[0]}#{subscription}"


def subscriber_of(address: str) -> tuple[str, str]:
    """The URL and the subscription of a notification's address. Raises ValueError for one of another form."""
    url, _, subscription = address.partition("#")
    if not url or not _SUBSCRIPTION.fullmatch(subscription):
        raise ValueError("the address names no subscription")
    return url, subscription
