"""The composition root: here choices become objects, and only here are the clock and the environment read."""

from covet_sre.app.binding import refuse_public_bind
from covet_sre.app.clocks import FastClock, wall_clock
from covet_sre.app.logs import start_logging
from covet_sre.app.offline import shown_url
from covet_sre.app.once import measure_once
from covet_sre.app.server import PROMETHEUS_SETTLE_SECONDS, Server
from covet_sre.app.settings import Settings
from covet_sre.app.sources import Sources
from covet_sre.app.tls import Tls

__all__ = [
    "PROMETHEUS_SETTLE_SECONDS",
    "FastClock",
    "Server",
    "Settings",
    "Sources",
    "Tls",
    "measure_once",
    "refuse_public_bind",
    "shown_url",
    "start_logging",
    "wall_clock",
]
