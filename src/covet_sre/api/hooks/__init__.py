"""The addresses that take alerts. See docs/alerts-in.md."""

from starlette.routing import Route

from covet_sre.api.hooks.acceptance import Acceptance, Inbox
from covet_sre.api.hooks.answers import AlertmanagerAnswers, PagerdutyAnswers, PlainAnswers
from covet_sre.api.hooks.body import MIB
from covet_sre.api.hooks.front import Front
from covet_sre.api.hooks.hook import Door, Hook, Reception
from covet_sre.api.hooks.proof import CLIENT_NAMES, Proof, ProxyHeader
from covet_sre.flows.arriving import Glances, Readers

__all__ = [
    "CLIENT_NAMES",
    "HOOKS",
    "Acceptance",
    "Front",
    "Hook",
    "Inbox",
    "Proof",
    "ProxyHeader",
    "Reception",
    "hook_routes",
]

# A group comes whole, however many alerts it has, and what is refused as too large is lost.
_MANY_ALERTS_BYTES = 8 * MIB

HOOKS = (
    Hook("/api/v2/alerts", "prometheus", AlertmanagerAnswers(), _MANY_ALERTS_BYTES),
    Hook("/hooks/alertmanager", "alertmanager", PlainAnswers(), _MANY_ALERTS_BYTES),
    Hook("/hooks/grafana", "grafana", PlainAnswers(), _MANY_ALERTS_BYTES),
    Hook("/hooks/pagerduty/v2/enqueue", "pagerduty", PagerdutyAnswers(), secret_in_body=True),
    Hook("/hooks/cloudevents", "cloudevents", PlainAnswers(), notes_headers=True),
    Hook("/hooks/alerts", "plain", PlainAnswers()),
)


def hook_routes(readers: Readers, glances: Glances, reception: Reception) -> list[Route]:
    """Every hook as a route. `readers` and `glances` are by the source of an arrival.

    They are hot: put a Front before all others.
    """
    return [
        Route(
            hook.path,
            Door(hook, readers[hook.source], reception, glances.get(hook.source)),
            methods=["POST"],
            include_in_schema=False,
        )
        for hook in HOOKS
    ]
