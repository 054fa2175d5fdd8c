"""What Alertmanager tells about itself, told of us: version, receivers, and a configuration that amtool can read."""

import json
from collections.abc import Callable
from typing import Any

from covet_sre.api.alertmanager.view import NOBODY, time_of
from covet_sre.incident.rules import Rules

Version = str


def receivers_of(rules: Rules) -> list[str]:
    """The teams, and who gets what belongs to none."""
    return sorted({*rules.directory.teams, NOBODY})


def configuration_of(rules: Rules) -> str:
    """Who gets which service's alerts, as Alertmanager would write it. JSON is YAML."""
    routes = [
        {"receiver": rule.team, "matchers": [f"service={json.dumps(name)}"]}
        for name, rule in sorted(rules.services.items())
        if rule.team in rules.directory.teams
    ]
    route = {"receiver": NOBODY, "group_by": ["service"], "routes": routes}
    return json.dumps({"route": route, "receivers": [{"name": name} for name in receivers_of(rules)]}, indent=2)


def status_of(rules: Rules, version: Version, started_at: float) -> dict[str, Any]:
    """See /api/v2/status."""
    unknown = "none"
    return {
        "cluster": {"name": "", "peers": [], "status": "disabled"},
        "config": {"original": configuration_of(rules)},
        "uptime": time_of(started_at),
        "versionInfo": {
            "branch": unknown,
            "buildDate": unknown,
            "buildUser": "covet-sre",
            "goVersion": unknown,
            "revision": unknown,
            "version": version,
        },
    }


Ready = Callable[[], str | None]
"""Why the server cannot answer yet; None when it can."""
