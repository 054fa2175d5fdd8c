"""How to serve."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from covet_sre.app.clocks import wall_clock
from covet_sre.app.tls import Tls
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.reading import Demo
from covet_sre.ports import Clock, Store


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve. `speed` is above 1 in the demo only; `declaration` replaces the files in `paths` there.

    Times are in seconds. `public_address` is where people reach the pages, for the links in notifications: a proxy's,
    perhaps. With `allows_plain_http` passwords may travel in clear. What has the name of a setting's field
    (cli/configuration/settings.py) is set by it. `status_page_folder` gets the public
    status page as static files, on every change.
    """

    paths: Sequence[Path]
    database_url: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8420
    speed: float = 1.0
    clock: Clock = wall_clock
    declaration: Declaration | None = None
    demo: Demo | None = None
    public_address: str = ""
    hosts: Sequence[str] = ()
    backup_folder: Path | None = None
    backup_every: float = 900.0
    backup_kept: int = 96
    verify_every: float = 86400.0
    log_requests: str = "none"
    allows_plain_http: bool = False
    session_idle_seconds: float = 12 * 3600.0
    session_seconds: float = 7 * 86400.0
    tls: Tls | None = None
    status_page_folder: Path | None = None
    before_start: Callable[[Store, Declaration, int], None] = field(default=lambda _store, _declaration, _minute: None)

    @property
    def address(self) -> str:
        """Where people reach the pages, without a slash at the end."""
        return self.public_address.rstrip("/") or f"{'http' if self.tls is None else 'https'}://{self.host}:{self.port}"
