"""The application of the worker test: each answer names the process that gave it."""

import asyncio
import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from covet_sre_sdk import ReliabilityMiddleware


async def work(request: Request) -> PlainTextResponse:
    if request.path_params["kind"] == "slow":
        await asyncio.sleep(0.01)
    status = 503 if request.path_params["kind"] == "bad" else 200
    return PlainTextResponse(str(os.getpid()), status_code=status)


app = ReliabilityMiddleware(Starlette(routes=[Route("/work/{kind}", work)]))
