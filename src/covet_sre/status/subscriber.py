"""Who wants to be told: by e-mail or webhook, about everything or some components, and only after they confirmed."""

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from covet_sre.errors import Refused

CONFIRM_SECONDS = 86400.0
"""A subscription that nobody confirms for so long is forgotten, address and all."""

ASK_AGAIN_SECONDS = 900.0
"""An address is written to once in so long, however often somebody types it."""

_MOST_CHARACTERS = 254
_MAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z]{2,63}")
_WEB = re.compile(r"https://[!$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]+")
_LONGEST_WEB = 500


class SubscriberKind(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """`components` empty: told of everything. `key` ends it, and stands in everything that it is sent.

    `confirm_digest` is the SHA-256 of the token that confirms it, once, before `expires_at`; empty afterwards.
    `pending_components` is the choice that the confirmation brings, for one who subscribes anew.
    """

    identity: str
    kind: SubscriberKind
    address: str
    key: str
    asked_at: float
    components: tuple[str, ...] = ()
    confirm_digest: str = ""
    expires_at: float = 0.0
    confirmed_at: float | None = None
    pending_components: tuple[str, ...] = ()

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def subscription(self) -> str:
        """What its webhooks are signed by: another one when the same address subscribes anew."""
        return f"{self.identity}-{digest(self.key)[:16]}"

    @property
    def over_at(self) -> float | None:
        return None

    @property
    def due_at(self) -> float | None:
        """When the token expires."""
        return self.expires_at if self.confirm_digest else None

    def is_confirmed_by(self, token: str, now: float) -> bool:
        """Whether the token is the one that was sent, and still holds."""
        is_it = compare_digest(digest(token), self.confirm_digest)
        return bool(self.confirm_digest) and is_it and now < self.expires_at

    def is_ended_by(self, key: str) -> bool:
        return compare_digest(digest(key), digest(self.key))

    def wants(self, components: tuple[str, ...]) -> bool:
        """Whether news of these components are for them; news of none are for everybody."""
        return self.is_confirmed and (
            not self.components or not components or not set(self.components).isdisjoint(components)
        )


def digest(token: str) -> str:
    """The SHA-256 of a token, in hexadecimal."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def normal_address(kind: SubscriberKind, address: str) -> str:
    """The address as it is kept: one spelling for one mailbox. Raises Refused for what is no address."""
    text = address.strip()
    match kind:
        case SubscriberKind.EMAIL:
            if len(text) > _MOST_CHARACTERS or not _MAIL.fullmatch(text) or ".." in text:
                raise Refused("that is no e-mail address", remedy="write it like name@example.com")
            name, _, domain = text.rpartition("@")
            return f"{name}@{domain.lower()}"
        case SubscriberKind.WEBHOOK:
            return _web_address(text)


def _web_address(text: str) -> str:
    if len(text) > _LONGEST_WEB or not _WEB.fullmatch(text):
        raise Refused("that is no address that can be called", remedy="write it like https://example.com/hook")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(
            "that is no address that can be called", remedy="write it like https://example.com/hook"
        ) from error
    if parts.username is not None or parts.password is not None:
        raise Refused("an address with a password in it is not kept", remedy="use a secret path instead")
    if "." not in host or _is_ip(host) or host.endswith((".internal", ".local", ".localhost", ".lan")):
        raise Refused("that host cannot be reached from here", remedy="name a host of the public internet")
    return text


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        # Browsers and resolvers also take 127.1 and 0x7f000001 for addresses.
        return all(re.fullmatch(r"(0x)?[0-9a-f]+", part, re.IGNORECASE) for part in host.split("."))
    return True


def identity_of(kind: SubscriberKind, address: str) -> str:
    """One subscription for one address; e-mail is the same in capitals."""
    return sha256(f"{kind.value}\n{address.lower()}".encode()).hexdigest()[:32]
