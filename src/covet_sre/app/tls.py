"""TLS of our own: who may be asked for a certificate, and what an application is told of the one that was shown."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from covet_sre.api.hooks import CLIENT_NAMES
from covet_sre.errors import Refused

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2, what keeps yesterday's traffic secret if a key is lost. TLS 1.3 has no others."""


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files. With `client_ca`, clients may show a certificate, and one that none of these made is refused."""

    certificate: Path
    key: Path
    client_ca: Path | None = None

    def check(self) -> None:
        """Raises Refused where they cannot be used."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as failure:
            problem = f"{self.certificate} and {self.key} cannot be used: {_why(failure)}"
            raise Refused(problem, where="--tls-certificate", remedy="give a certificate and its key, as PEM") from None
        if self.client_ca is not None:
            try:
                context.load_verify_locations(self.client_ca)
            except (OSError, ssl.SSLError) as failure:
                problem = f"{self.client_ca} cannot be used: {_why(failure)}"
                raise Refused(problem, where="--tls-client-ca", remedy="give certificates of authorities") from None

    def options(self) -> Mapping[str, Any]:
        """What uvicorn is told."""
        options: dict[str, Any] = {
            "ssl_certfile": str(self.certificate),
            "ssl_keyfile": str(self.key),
            "ssl_ciphers": _CIPHERS,
        }
        if self.client_ca is not None:
            options |= {
                "ssl_ca_certs": str(self.client_ca),
                # Not required: browsers and most senders have none. Who must have one is asked at the door.
                "ssl_cert_reqs": ssl.CERT_OPTIONAL,
                "http": CertifiedProtocol,
            }
        return options


class CertifiedProtocol(HttpToolsProtocol):
    """uvicorn's own, which also tells the application the names in its client's certificate."""

    _names: tuple[str, ...] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        certificate = None if connection is None else connection.getpeercert()
        self._names = names_in(certificate or {})

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._names:
            self.scope["extensions"] = {CLIENT_NAMES: {"names": self._names}}


def names_in(certificate: Mapping[str, Any]) -> tuple[str, ...]:
    """The common name and every alternative name of a verified certificate, as Python's ssl gives it."""
    common = [value for part in certificate.get("subject", ()) for name, value in part if name == "commonName"]
    others = [value for kind, value in certificate.get("subjectAltName", ()) if kind in ("DNS", "URI", "email")]
    return tuple(dict.fromkeys((*common, *others)))


def _why(failure: OSError | ssl.SSLError) -> str:
    return failure.strerror or type(failure).__name__ if not isinstance(failure, ssl.SSLError) else "it is no such PEM"
