"""Why a sign-in is refused, in words that quote nothing of what was sent: it may be a secret, or a trick."""

from enum import StrEnum

from covet_sre.errors import SignInRefused


class Reason(StrEnum):
    """The kinds of refusals, as they stand in the log and in the documentation."""

    BUSY = "busy"
    UNREACHABLE = "unreachable"
    ANSWER = "answer"
    DISCOVERY = "discovery"
    STATE = "state"
    MIX_UP = "mix-up"
    DENIED = "denied"
    CODE = "code"
    EXCHANGE = "exchange"
    SIZE = "size"
    FORM = "form"
    DUPLICATE = "duplicate"
    ENCRYPTED = "encrypted"
    NESTED = "nested"
    TYPE = "type"
    ALGORITHM = "algorithm"
    CRITICAL = "critical"
    EMBEDDED_KEY = "embedded-key"
    KEY = "key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    AUTHORIZED_PARTY = "authorized-party"
    EXPIRED = "expired"
    ISSUED_AT = "issued-at"
    NOT_BEFORE = "not-before"
    NONCE = "nonce"
    SUBJECT = "subject"
    ACCESS_TOKEN = "access-token"
    USERINFO = "userinfo"


_OURS = {Reason.STATE, Reason.CODE, Reason.DENIED, Reason.BUSY}
"""What another try may mend; everything else is for whoever runs the provider or Covet SRE."""


def refusal(reason: Reason, problem: str, where: str = "", remedy: str = "") -> SignInRefused:
    """The refusal, with what to do next."""
    usual = "sign in again" if reason in _OURS else "if it happens again, tell whoever runs Covet SRE"
    return SignInRefused(problem, where=where, remedy=remedy or usual, reason=reason.value)
