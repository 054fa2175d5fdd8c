"""Who somebody is, out of claims: text for people is tidied, and an address is verified only when that is said."""

from collections.abc import Mapping
from typing import Any

from covet_sre.integrations.notifying.tidy import one_line
from covet_sre.ports import ProvenIdentity

_LONGEST_NAME, _LONGEST_EMAIL, _LONGEST_GROUP, _MOST_GROUPS = 200, 254, 200, 500


def is_known_enough(claims: Mapping[str, Any], groups_claim: str) -> bool:
    """Whether the ID token alone tells name, address and groups, so that nothing more need be asked."""
    has_name = any(_text(claims, name, 1) for name in ("name", "preferred_username"))
    return has_name and bool(_text(claims, "email", 1)) and (not groups_claim or groups_claim in claims)


def identity_of(issuer: str, claims: Mapping[str, Any], more: Mapping[str, Any], groups_claim: str) -> ProvenIdentity:
    """`claims` are the ID token's, which win; `more` are those of the userinfo endpoint."""
    told = {**more, **claims}
    email = _text(told, "email", _LONGEST_EMAIL)
    # Both of one source: the one must not vouch for the other's address.
    source = claims if _text(claims, "email", 1) else more
    name = next(
        (text for one in ("name", "preferred_username", "email") if (text := _text(told, one, _LONGEST_NAME))), ""
    )
    return ProvenIdentity(
        issuer,
        claims["sub"],
        name or one_line(claims["sub"], _LONGEST_NAME),
        email,
        bool(email) and source.get("email_verified") is True,
        _groups(told.get(groups_claim)) if groups_claim else (),
    )


def _text(claims: Mapping[str, Any], name: str, length: int) -> str:
    value = claims.get(name)
    return one_line(value, length) if isinstance(value, str) else ""


def _groups(value: object) -> tuple[str, ...]:
    """Names to the letter: one that is cut or tidied might be another group's. What is no name is passed over."""
    found = value if isinstance(value, list) else [value]
    names = [one for one in found if isinstance(one, str) and 0 < len(one) <= _LONGEST_GROUP and one.isprintable()]
    return tuple(dict.fromkeys(names[:_MOST_GROUPS]))
