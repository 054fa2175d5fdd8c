"""The route of a request is its template in every framework, and the number of templates is bounded."""

from typing import Any

import pytest
from asgi_client import fetch, requests_counted, samples, value
from fastapi import APIRouter, FastAPI
from litestar import Litestar, Router, get, post
from litestar.middleware import DefineMiddleware
from litestar.params import FromPath
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Host, Mount, Route

from covet_sre_sdk import Metrics, ReliabilityMiddleware
from covet_sre_sdk.routes import read_routes


async def fine(_request: Request) -> Response:
    return PlainTextResponse("fine")


class Endpoint(HTTPEndpoint):
    async def get(self, _request: Request) -> Response:
        return PlainTextResponse("fine")


def templates(app: Any, *paths: str, **options: Any) -> list[str]:
    """Return the template under which each path was counted."""
    found: list[str] = []
    for path in paths:
        metrics = Metrics()
        fetch(ReliabilityMiddleware(app, metrics=metrics, **options), [path])
        [counted] = requests_counted(metrics)
        found.append(counted.split(" ")[1])
    return found


def test_starlette_mounts_give_their_prefix_as_a_template() -> None:
    app = Starlette(
        routes=[
            Route("/a/{id:int}", fine),
            Route("/class", Endpoint),
            Mount("/shops/{shop}", routes=[Route("/b/{x}", fine), Mount("/n", routes=[Route("/c", Endpoint)])]),
            Mount("/opaque", app=PlainTextResponse("anything")),
            Host("api.service", app=Starlette(routes=[Route("/hosted/{x}", fine)])),
        ]
    )
    paths = ("/a/3", "/class", "/shops/5/b/6", "/shops/5/n/c", "/opaque/any/thing", "/shops/5/none", "/none")
    assert templates(app, *paths) == [
        "/a/{id:int}",
        "/class",
        "/shops/{shop}/b/{x}",
        "/shops/{shop}/n/c",
        "/opaque/{path}",
        "unmatched",
        "unmatched",
    ]


def test_one_application_mounted_in_two_places_keeps_them_apart() -> None:
    shared = Starlette(routes=[Route("/items/{x}", fine)])
    app = Starlette(routes=[Mount("/v1", app=shared), Mount("/tenants/{t}", app=shared)])
    assert templates(app, "/v1/items/1", "/tenants/7/items/1") == ["/v1/items/{x}", "/tenants/{t}/items/{x}"]


def test_below_an_application_that_shows_no_routes_the_raw_path_stays_out() -> None:
    inner = Starlette(routes=[Mount("/tenants/{t}", routes=[Route("/items/{x}", fine)])])

    async def opaque(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope, receive, send)

    assert templates(opaque, "/tenants/7/items/1") == ["/{mount}/items/{x}"]


def test_fastapi_routers_give_their_prefixes() -> None:
    items = APIRouter(prefix="/items")
    shops = APIRouter(prefix="/shops/{shop}")

    @items.get("/{item}")
    def item(item: int) -> int:
        return item

    @shops.get("/open")
    def is_open(shop: str) -> str:
        return shop

    shops.include_router(items)
    app = FastAPI()
    app.include_router(shops, prefix="/api/v1")
    app.include_router(items, prefix="/old")
    app.include_router(items, prefix="/older/{year}")
    below = FastAPI()
    below.include_router(items)
    app.mount("/below", below)
    app.mount("/files", PlainTextResponse("a file"))
    paths = ("/api/v1/shops/9/items/4", "/api/v1/shops/9/open", "/old/items/1", "/older/1999/items/1")
    more = ("/below/items/7", "/files/a.png", "/below/none", "/none")
    assert templates(app, *paths, *more) == [
        "/api/v1/shops/{shop}/items/{item}",
        "/api/v1/shops/{shop}/open",
        "/old/items/{item}",
        "/older/{year}/items/{item}",
        "/below/items/{item}",
        "/files/{path}",
        "unmatched",
        "unmatched",
    ]


@get("/items/{item:int}")
async def litestar_item(item: FromPath[int]) -> int:
    return item


@post("/items", status_code=202)
async def litestar_post() -> None: ...


def test_litestar_leaves_its_template_when_wrapped_or_mounted() -> None:
    app = Litestar([Router("/v1", route_handlers=[litestar_item]), litestar_post])
    assert templates(app, "/v1/items/3", "POST /items", "/none") == ["/v1/items/{item}", "/items", "unmatched"]
    assert templates(Starlette(routes=[Mount("/l/{x}", app=app)]), "/l/5/v1/items/3") == ["/l/{x}/v1/items/{item}"]


def test_litestar_takes_the_middleware_as_its_own(metrics: Metrics) -> None:
    app = Litestar([litestar_item], middleware=[DefineMiddleware(ReliabilityMiddleware, metrics=metrics)])
    fetch(app, ["/items/3", "/items/4"])
    assert requests_counted(metrics) == {"GET /items/{item} 200": 2}


def test_a_resolver_serves_frameworks_that_leave_no_template(metrics: Metrics) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def resolve(scope: Any) -> str | None:
        return "/orders/{id}" if scope["path"].startswith("/orders/") else None

    fetch(ReliabilityMiddleware(app, metrics=metrics, routes=resolve), ["/orders/1", "/orders/2", "/x"])
    assert requests_counted(metrics) == {"GET /orders/{id} 200": 2, "GET unmatched 200": 1}


def test_templates_beyond_the_limit_are_one(metrics: Metrics) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    measured = ReliabilityMiddleware(app, metrics=metrics, routes=lambda scope: scope["path"], max_routes=3)
    fetch(measured, [f"/{number}" for number in range(10)] + ["/0"])
    counted = requests_counted(metrics)
    assert counted == {"GET /0 200": 2, "GET /1 200": 1, "GET /2 200": 1, "GET other 200": 7}


def test_declared_routes_are_exposed_at_zero_before_their_first_request(metrics: Metrics) -> None:
    app = FastAPI(openapi_url=None)

    @app.post("/orders", status_code=201)
    def order() -> None: ...

    measured = ReliabilityMiddleware(app, metrics=metrics)
    found = samples(metrics)
    assert value(found, "http_requests_total", method="POST", route="/orders", code="201") == 0
    assert value(found, "http_requests_total", method="POST", route="/orders", code="500") == 0
    assert value(found, "http_request_duration_seconds_count", method="POST", route="/orders") == 0
    fetch(measured, ["POST /orders"])
    assert value(samples(metrics), "http_requests_total", method="POST", route="/orders", code="201") == 1


def test_routes_added_later_are_declared_at_the_next_scrape(metrics: Metrics) -> None:
    app = Starlette(routes=[])
    measured = ReliabilityMiddleware(app, metrics=metrics)
    fetch(measured, ["/late"])
    app.routes.append(Route("/late", fine))
    assert value(samples(metrics), "http_requests_total", method="GET", route="/late", code="500") == 0
    fetch(measured, ["/late"])
    assert requests_counted(metrics) == {"GET unmatched 404": 1, "GET /late 200": 1}


def test_a_pair_first_seen_with_success_has_its_500_at_zero(metrics: Metrics) -> None:
    async def app(scope: Any, _receive: Any, send: Any) -> None:
        scope["route"] = Route("/made/{up}", fine)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    fetch(ReliabilityMiddleware(app, metrics=metrics), ["/made/1"] * 3)
    assert requests_counted(metrics) == {"GET /made/{up} 200": 3}
    assert value(samples(metrics), "http_requests_total", method="GET", route="/made/{up}", code="500") == 0


def test_the_route_table_is_found_through_other_middleware() -> None:
    async def pass_on(request: Request, call_next: Any) -> Response:
        return await call_next(request)

    middleware = [Middleware(BaseHTTPMiddleware, dispatch=pass_on)]
    app = Starlette(routes=[Route("/a", fine)], middleware=middleware)
    table = read_routes(BaseHTTPMiddleware(app, dispatch=pass_on))
    assert [known.template for known in table.known] == ["/a"]


@pytest.mark.parametrize("app", [object(), None])
def test_an_application_without_a_table_declares_nothing(app: Any) -> None:
    assert read_routes(app).known == []
