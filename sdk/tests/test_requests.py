"""What counts as a request, and with which code."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgi_client import fetch, requests_counted, samples, value
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from covet_sre_sdk import Metrics, ReliabilityMiddleware

Send = Callable[[dict[str, Any]], Awaitable[None]]
START = {"type": "http.response.start", "status": 200, "headers": []}


async def fine(_request: Request) -> Response:
    return PlainTextResponse("fine")


async def raises(_request: Request) -> Response:
    raise ValueError("broken")


async def missing(_request: Request) -> Response:
    return PlainTextResponse("none", status_code=404)


def application(metrics: Metrics, *routes: Route | WebSocketRoute) -> Starlette:
    app = Starlette(routes=list(routes))
    app.add_middleware(ReliabilityMiddleware, metrics=metrics)
    return app


def run(app: Any, receive: Any = None, path: str = "/x", method: str = "GET", send: Any = None) -> None:
    """Send one request to an ASGI application by hand."""

    async def nothing_more() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def swallow(_message: dict[str, Any]) -> None:
        return None

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive or nothing_more, send or swallow))


def test_each_request_counts_under_its_template_and_code(metrics: Metrics) -> None:
    routes = (Route("/orders/{id:int}", fine), Route("/none", missing), Route("/broken", raises))
    fetch(
        application(metrics, *routes),
        ["/orders/1", "/orders/2", "/none", "/broken", "/nowhere", "POST /orders/3", "HEAD /orders/4"],
    )
    assert requests_counted(metrics) == {
        "GET /orders/{id:int} 200": 2,
        "HEAD /orders/{id:int} 200": 1,
        "POST /orders/{id:int} 405": 1,
        "GET /none 404": 1,
        "GET /broken 500": 1,
        "GET unmatched 404": 1,
    }


def test_the_histogram_speaks_of_the_same_events_as_the_counter(metrics: Metrics) -> None:
    fetch(application(metrics, Route("/a", fine, methods=["GET", "PUT"])), ["/a", "/a", "PUT /a", "/b"])
    found = samples(metrics)
    assert value(found, "http_request_duration_seconds_count", method="GET", route="/a") == 2
    assert value(found, "http_request_duration_seconds_count", method="PUT", route="/a") == 1
    assert value(found, "http_request_duration_seconds_bucket", method="GET", route="/a", le="+Inf") == 2
    seconds = value(found, "http_request_duration_seconds_sum", method="GET", route="/a")
    assert seconds is not None and 0 < seconds < 60


def test_a_duration_falls_into_the_bucket_of_its_bound(metrics: Metrics) -> None:
    async def slow(_request: Request) -> Response:
        await asyncio.sleep(0.12)
        return PlainTextResponse("late")

    fetch(application(metrics, Route("/slow", slow)), ["/slow"])
    found = samples(metrics)
    below = value(found, "http_request_duration_seconds_bucket", method="GET", route="/slow", le="0.1")
    above = value(found, "http_request_duration_seconds_bucket", method="GET", route="/slow", le="10.0")
    assert (below, above) == (0, 1)


def test_an_exception_is_a_500_and_goes_on_to_the_server(metrics: Metrics) -> None:
    async def app(_scope: Any, _receive: Any, _send: Send) -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError):
        run(ReliabilityMiddleware(app, metrics=metrics))
    assert requests_counted(metrics) == {"GET unmatched 500": 1}


def test_an_exception_after_the_start_is_a_500_although_the_status_said_200(metrics: Metrics) -> None:
    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise KeyError("lost")

    with pytest.raises(KeyError):
        run(ReliabilityMiddleware(app, metrics=metrics))
    assert requests_counted(metrics) == {"GET unmatched 500": 1}


@pytest.mark.parametrize(
    "messages",
    [[], [START], [START, {"type": "http.response.body", "body": b"half", "more_body": True}]],
    ids=["nothing", "a start alone", "half a body"],
)
def test_a_response_that_breaks_off_is_a_500(metrics: Metrics, messages: list[dict[str, Any]]) -> None:
    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        for message in messages:
            await send(message)

    run(ReliabilityMiddleware(app, metrics=metrics))
    assert requests_counted(metrics) == {"GET unmatched 500": 1}


def test_what_comes_after_a_complete_response_changes_nothing(metrics: Metrics) -> None:
    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"whole"})
        await send({**START, "status": 503})
        await send({"type": "http.response.body", "body": b"again"})
        raise KeyError("too late to matter to the client")

    with pytest.raises(KeyError):
        run(ReliabilityMiddleware(app, metrics=metrics))
    assert requests_counted(metrics) == {"GET unmatched 200": 1}


def test_a_background_task_is_no_latency_and_its_failure_no_error(metrics: Metrics) -> None:
    async def task() -> None:
        await asyncio.sleep(2.5)
        raise ValueError("after the answer")

    async def answers(_request: Request) -> Response:
        return PlainTextResponse("done", background=BackgroundTask(task))

    fetch(application(metrics, Route("/task", answers)), ["/task"])
    assert requests_counted(metrics) == {"GET /task 200": 1}
    quick = value(samples(metrics), "http_request_duration_seconds_bucket", method="GET", route="/task", le="2.5")
    assert quick == 1


def test_a_file_handed_to_the_server_by_its_path_counts(metrics: Metrics) -> None:
    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        await send({**START, "status": 206})
        await send({"type": "http.response.pathsend", "path": "/srv/file"})

    run(ReliabilityMiddleware(app, metrics=metrics))
    assert requests_counted(metrics) == {"GET unmatched 206": 1}


async def gone() -> dict[str, Any]:
    return {"type": "http.disconnect"}


def test_a_client_that_leaves_before_the_answer_is_a_499_and_no_500(metrics: Metrics) -> None:
    async def reads_a_body(request: Request) -> Response:
        await request.body()
        return PlainTextResponse("never")

    app = ReliabilityMiddleware(Starlette(routes=[Route("/up", reads_a_body, methods=["PUT"])]), metrics=metrics)
    with pytest.raises(ClientDisconnect):
        run(app, receive=gone, path="/up", method="PUT")
    assert requests_counted(metrics) == {"PUT /up 499": 1}


def test_a_client_that_leaves_a_stream_counts_under_the_status_that_it_got(metrics: Metrics) -> None:
    async def app(_scope: Any, receive: Any, send: Send) -> None:
        await send(START)
        while (await receive())["type"] != "http.disconnect":
            await send({"type": "http.response.body", "body": b"event", "more_body": True})

    run(ReliabilityMiddleware(app, metrics=metrics), receive=gone)
    assert requests_counted(metrics) == {"GET unmatched 200": 1}


def test_a_send_that_fails_because_the_client_left_is_no_500(metrics: Metrics) -> None:
    async def send(_message: Any) -> None:
        raise OSError("connection lost")

    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        try:
            await send(START)
        except OSError as error:
            raise ClientDisconnect from error

    with pytest.raises(ClientDisconnect):
        run(ReliabilityMiddleware(app, metrics=metrics), send=send)
    assert requests_counted(metrics) == {"GET unmatched 200": 1}


def test_an_os_error_of_the_application_itself_is_a_500(metrics: Metrics) -> None:
    async def app(_scope: Any, _receive: Any, _send: Send) -> None:
        raise ConnectionRefusedError("the database is down")

    with pytest.raises(ConnectionRefusedError):
        run(ReliabilityMiddleware(app, metrics=metrics))
    assert requests_counted(metrics) == {"GET unmatched 500": 1}


@pytest.mark.parametrize(("started", "code"), [(False, "500"), (True, "200")])
def test_a_cancelled_request_is_an_error_unless_its_answer_was_under_way(
    metrics: Metrics, started: bool, code: str
) -> None:
    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        if started:
            await send(START)
        await asyncio.sleep(60)

    async def main() -> None:
        measured: Any = ReliabilityMiddleware(app, metrics=metrics)
        scope = {"type": "http", "method": "GET", "path": "/x"}

        async def swallow(_message: Any) -> None:
            return None

        task = asyncio.ensure_future(measured(scope, gone, swallow))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert requests_counted(metrics) == {f"GET unmatched {code}": 1}


def test_a_stream_arrives_whole_and_counts_once(metrics: Metrics) -> None:
    async def pieces() -> Any:
        for number in range(50):
            yield f"{number};"

    async def streams(_request: Request) -> Response:
        return StreamingResponse(pieces())

    responses = fetch(application(metrics, Route("/stream", streams)), ["/stream"])
    assert responses[0].text == "".join(f"{number};" for number in range(50))
    assert requests_counted(metrics) == {"GET /stream 200": 1}


def test_a_websocket_works_and_is_not_counted(metrics: Metrics) -> None:
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()

    client = TestClient(application(metrics, WebSocketRoute("/socket", echo)))
    with client, client.websocket_connect("/socket") as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "hello"
    assert requests_counted(metrics) == {}
    assert value(samples(metrics), "http_requests_in_flight") == 0


def test_requests_in_flight_are_those_without_their_last_byte(metrics: Metrics) -> None:
    async def main() -> tuple[float | None, float | None]:
        go_on = asyncio.Event()

        async def app(_scope: Any, _receive: Any, send: Send) -> None:
            await go_on.wait()
            await send(START)
            await send({"type": "http.response.body", "body": b""})

        async def swallow(_message: Any) -> None:
            return None

        measured: Any = ReliabilityMiddleware(app, metrics=metrics)
        scopes = [{"type": "http", "method": "GET", "path": "/x"} for _ in range(3)]
        tasks = [asyncio.ensure_future(measured(scope, gone, swallow)) for scope in scopes]
        await asyncio.sleep(0.01)
        during = value(samples(metrics), "http_requests_in_flight")
        go_on.set()
        await asyncio.gather(*tasks)
        return during, value(samples(metrics), "http_requests_in_flight")

    assert asyncio.run(main()) == (3, 0)


def test_unknown_methods_are_one_value(metrics: Metrics) -> None:
    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b""})

    measured = ReliabilityMiddleware(app, metrics=metrics)
    for method in ("BREW", "brew", "PROPFIND", "GET"):
        run(measured, method=method)
    assert requests_counted(metrics) == {"OTHER unmatched 200": 3, "GET unmatched 200": 1}


def test_excluded_paths_and_the_endpoint_are_left_out_below_a_root_path_too(metrics: Metrics) -> None:
    app = ReliabilityMiddleware(Starlette(routes=[Route("/up", fine)]), metrics=metrics, exclude=("/up",))
    statuses: list[int] = []

    async def note(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    for path in ("/up", "/metrics"):
        run(app, path=path, send=note)
    for path in ("/api/up", "/api/metrics"):
        scope = {"type": "http", "method": "GET", "path": path, "root_path": "/api", "headers": []}
        asyncio.run(app(scope, gone, note))
    assert statuses == [200, 200, 200, 200]
    assert requests_counted(metrics) == {}


def test_a_metrics_path_of_none_leaves_that_path_to_the_application(metrics: Metrics) -> None:
    starlette = Starlette(routes=[Route("/metrics", missing)])
    [response] = fetch(ReliabilityMiddleware(starlette, metrics=metrics, metrics_path=None), ["/metrics"])
    assert response.text == "none"
    assert requests_counted(metrics) == {}


def test_lifespan_passes_through(metrics: Metrics) -> None:
    happened: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Send) -> None:
        happened.append(scope["type"])

    asyncio.run(ReliabilityMiddleware(app, metrics=metrics)({"type": "lifespan"}, gone, gone))  # type: ignore[arg-type]
    assert happened == ["lifespan"]
