"""Sources and providers that do as they are told: to try files, alerts and failures without a real server."""

from covet_sre.integrations.fakes.lying_server import Lie, LyingServer
from covet_sre.integrations.fakes.scripted_provider import Answer, ScriptedProvider, Turn
from covet_sre.integrations.fakes.scripted_source import ScriptedSource

__all__ = ["Answer", "Lie", "LyingServer", "ScriptedProvider", "ScriptedSource", "Turn"]
