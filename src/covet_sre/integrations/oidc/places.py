"""Which addresses an identity provider may have: https, or http on this machine."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

_LONGEST = 2000


def split(url: object) -> SplitResult | None:
    """The parts of an address of the web; None for anything else, or one with a user, a fragment or blanks in it."""
    if not isinstance(url, str) or len(url) > _LONGEST or any(not "!" <= one <= "~" for one in url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or "#" in url or "\\" in url:
        return None
    return parts


def is_loopback(host: str | None) -> bool:
    """Whether a host, as it is written, is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def why_no_issuer(issuer: str) -> str:
    """What keeps a text from being an issuer; empty where nothing does."""
    parts = split(issuer)
    if parts is None or parts.query or "?" in issuer:
        return "this is no issuer: an https address without user, query or fragment"
    if parts.scheme != "https" and not is_loopback(parts.hostname):
        return "an issuer is reached by https; http is for this machine alone"
    return ""


def is_place_of(url: object, issuer: str) -> bool:
    """Whether an issuer may name this address: https, and plain http only for an issuer that is on this machine too."""
    parts, own = split(url), split(issuer)
    if parts is None or own is None:
        return False
    is_local = own.scheme == "http" and is_loopback(own.hostname)
    return parts.scheme == "https" or (is_local and is_loopback(parts.hostname))


def has_same_host(url: str, issuer: str) -> bool:
    parts, own = split(url), split(issuer)
    return parts is not None and own is not None and parts.hostname == own.hostname
