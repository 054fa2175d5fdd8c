"""Where a request goes, and how an address is shown: never with its credentials."""

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def clipped(text: str, length: int = 200) -> str:
    """Text from outside, fit for one line of a log or a page."""
    line = _CONTROL.sub(" ", text).strip()
    return line if len(line) <= length else line[:length].rstrip() + "…"


def without_credentials(url: str) -> str:
    """A URL as it may be shown: no user, password, query or fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that is no URL"
    if "@" in url and "@" not in parts.netloc and ":" in parts.netloc:
        # A password with an unescaped slash or question mark: what looks like a port or a path may be part of it.
        return f"{parts.scheme}://…@{url.rpartition('@')[2].partition('?')[0].partition('#')[0]}"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else f"{host}{parts.path}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where requests go. `shown` has no credentials; `authorization` holds those of the URL, if any."""

    secure: bool
    host: str
    port: int
    path: str
    query: str
    shown: str
    authorization: str | None = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Raises ValueError, without credentials in it, when the URL is no http or https address."""
        shown = without_credentials(url)
        refusal = ValueError(f"{shown}: this is no address; write http://host:port or https://host:port")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise refusal from None  # What it says may hold a password.
        unsafe = any(not "!" <= character <= "~" for character in parts.path + parts.query + parts.netloc)
        if parts.scheme not in ("http", "https") or not parts.hostname or unsafe:
            raise refusal
        authorization = None
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            authorization = "Basic " + base64.b64encode(pair).decode("ascii")
        secure = parts.scheme == "https"
        return cls(
            secure, parts.hostname, port or (443 if secure else 80), parts.path, parts.query, shown, authorization
        )

    @property
    def host_and_port(self) -> str:
        """As Prometheus writes it into the label `instance`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
