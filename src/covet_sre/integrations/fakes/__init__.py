"""Sources that do as they are told: to try reliability files, alerts and failures without a real server."""

from covet_sre.integrations.fakes.lying_server import Lie, LyingServer
from covet_sre.integrations.fakes.scripted_source import ScriptedSource

__all__ = ["Lie", "LyingServer", "ScriptedSource"]
