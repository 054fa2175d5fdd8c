"""Everything below /status, as one router: nobody signs in for it."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import PlainTextResponse, Response

from covet_sre.errors import CovetSreError
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.status_page import PublicStatus
from covet_sre.web.error_page import status_of
from covet_sre.web.status.public_routes import Served, public_routes
from covet_sre.web.status.subscription_routes import SubscriptionDoors, subscription_routes


class _PublicRoute(APIRoute):
    """Errors in plain words, without a word of what is inside."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError:
                return PlainTextResponse("This address is none of ours.\n", 404)
            except CovetSreError as error:
                status = status_of(error)
                text = (
                    "Nothing is found at this address.\n" if status == 404 else "This is not possible at the moment.\n"
                )
                return PlainTextResponse(text, status)

        return told


def public_pages(
    public: PublicStatus, incidents: Incidents, served: Callable[[], Served | None], doors: SubscriptionDoors
) -> APIRouter:
    """The page, its feeds and its JSON, out of `served`; and subscriptions."""
    router = APIRouter(route_class=_PublicRoute, include_in_schema=False)
    subscription_routes(router, public, incidents, doors)
    public_routes(router, served)
    return router
