"""Where the server may listen: on loopback by anybody, elsewhere only with sign-in and without passwords in clear."""

import os

from covet_sre.app.offline import has_accounts, shown_url
from covet_sre.app.settings import Settings
from covet_sre.errors import CovetSreError

LOOPBACK_ADDRESSES = ("127.0.0.1", "localhost", "::1")


class PublicBind(CovetSreError):
    """The server would be reachable from other machines, and nobody would have to sign in. Make the first user."""

    code = "public-bind"


def refuse_public_bind(settings: Settings) -> None:
    """The same before anything is read or made. Raises PublicBind, StoreError."""
    if settings.host not in LOOPBACK_ADDRESSES:
        check_bind(
            settings,
            bool(os.environ.get("COVET_SRE_FIRST_ADMIN") or os.environ.get("COVET_SRE_OIDC_ISSUER"))
            or has_accounts(settings.database_url, settings.backup_folder),
        )


def check_bind(settings: Settings, has_accounts: bool) -> None:
    """Raises PublicBind where other machines could reach the server without signing in, or in clear."""
    host = settings.host
    if host in LOOPBACK_ADDRESSES:
        return
    if not has_accounts:
        raise PublicBind(
            f"{host} is reachable from other machines, and nobody has an account yet",
            remedy="make the first user: covet-sre user add NAME --role admin --database-url "
            f"{shown_url(settings.database_url)}; or set COVET_SRE_FIRST_ADMIN and "
            "COVET_SRE_FIRST_ADMIN_PASSWORD_FILE; or listen on 127.0.0.1",
        )
    if not (settings.address.startswith("https://") or settings.allows_plain_http):
        raise PublicBind(
            f"{host} is reachable from other machines, and passwords would travel in clear",
            remedy="say how people reach it over TLS, through a proxy in front: --public-address "
            "https://sre.example.org; or, on a network that nobody else reads, --allow-plain-http",
        )
