"""The pages: what people see in a browser, readable without JavaScript, from this machine alone."""

from covet_sre.web.access.doors import AccessDoors, SignIn
from covet_sre.web.incidents.doors import IncidentDoors
from covet_sre.web.pages import error_answer, pages
from covet_sre.web.security import LOOPBACK_HOSTS, Security
from covet_sre.web.status.public_pages_router import public_pages
from covet_sre.web.status.subscription_routes import SubscriptionDoors

__all__ = [
    "LOOPBACK_HOSTS",
    "AccessDoors",
    "IncidentDoors",
    "Security",
    "SignIn",
    "SubscriptionDoors",
    "error_answer",
    "pages",
    "public_pages",
]
