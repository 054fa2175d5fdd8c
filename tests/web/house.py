"""The application around a sample installation, composed as app.py does it, and a server for it on loopback."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import uvicorn
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from covet_sre.api import problem_answer, router
from covet_sre.flows.ack_links import AcknowledgeLink
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.oncall import OnCall
from covet_sre.flows.reading import Demo, Reliability
from covet_sre.web import IncidentDoors, Security, error_answer, pages


def application(
    reliability: Reliability,
    demo: Demo | None = None,
    incidents: Incidents | None = None,
    read_link: Callable[[str], AcknowledgeLink] | None = None,
    on_call: OnCall | None = None,
) -> FastAPI:
    numbers = count(1)

    def new_identity() -> str:
        return f"made-in-a-test-{next(numbers)}"

    doors = None if incidents is None else IncidentDoors(incidents, new_identity, read_link, on_call=on_call)
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(router(reliability, incidents, new_identity, on_call))
    app.include_router(pages(reliability, demo, doors))
    page_of = error_answer(reliability, has_incidents=incidents is not None)

    def told(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith("/api/"):
            return problem_answer(error.status_code, "no-such-address", "nothing is found at this address")
        return page_of(error.status_code, "Nothing is found at this address.")

    app.add_exception_handler(HTTPException, told)
    app.add_middleware(Security, hosts=("127.0.0.1", "localhost", "testserver"))
    return app


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The server's address, on a free port; stopped at the end."""
    server = uvicorn.Server(
        uvicorn.Config(app, "127.0.0.1", 0, log_level="warning", timeout_graceful_shutdown=1, lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive(), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
