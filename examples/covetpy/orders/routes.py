"""The order service's requests: list, get, create, pay, and its health."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

from covet import Covet, JSONResponse, Request
from sqlalchemy.exc import DBAPIError

from orders.database import Order, OrderBook
from orders.disturbance import Disturbance
from orders.jobs import Job, QueueIsFull, Worker

Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the handlers work with."""

    book: OrderBook
    worker: Worker
    disturbance: Disturbance
    threads: Executor

    async def ask(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Run a blocking call on the order book in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, partial(call, *arguments))


def add_routes(app: Covet, desk: Desk) -> None:
    """Register every route of the service on a CovetPy application."""

    async def health(_request: Request) -> dict[str, str]:
        return {"status": "ok"}

    @_unavailable_when_the_database_is
    async def list_orders(_request: Request) -> Any:
        newest: list[Order] = await desk.ask(desk.book.newest, 20)
        return {"items": [order.as_json() for order in newest]}

    @_unavailable_when_the_database_is
    async def get_order(_request: Request, order_id: object) -> Any:
        number = _order_number(order_id)
        order: Order | None = None if number is None else await desk.ask(desk.book.find, number)
        return _problem(404, f"no order {order_id}") if order is None else order.as_json()

    @_unavailable_when_the_database_is
    async def create_order(request: Request) -> Any:
        wanted = await _read_order(request)
        if wanted is None:
            return _problem(422, "an order needs customer and item (text) and amount_cents (whole, above 0)")
        order_id: int = await desk.ask(desk.book.add, *wanted)
        desk.worker.put(Job("email_receipt", order_id))
        return JSONResponse({"id": order_id, "status": "open"}, status_code=201)

    @_unavailable_when_the_database_is
    async def pay_order(_request: Request, order_id: object) -> Any:
        number = _order_number(order_id)
        if number is None:
            return _problem(404, f"no order {order_id}")
        if desk.disturbance.gateway_fails():
            return _problem(502, "the payment gateway did not answer; the order is still open")
        if not await desk.ask(desk.book.move, number, "open", "paid"):
            return _problem(409, f"order {order_id} is not open")
        desk.worker.put(Job("settle_payment", number))
        return {"id": order_id, "status": "paid"}

    app.get("/health")(health)
    app.get("/orders")(list_orders)
    app.get("/orders/{order_id}")(get_order)
    app.post("/orders")(create_order)
    app.post("/orders/{order_id}/pay")(pay_order)


def _unavailable_when_the_database_is(handler: Handler) -> Handler:
    """Answer 503 instead of 500 when the database refuses or the job queue is full."""

    @wraps(handler)
    async def guarded(*arguments: Any) -> Any:
        try:
            return await handler(*arguments)
        except DBAPIError:
            return _problem(503, "the database is unavailable; try again")
        except QueueIsFull:
            return _problem(503, "too many jobs wait; try again")

    return guarded


def _order_number(given: object) -> int | None:
    """Return the id that SQLite can hold: CovetPy turns digits into an int of any size, and leaves text as it is."""
    return given if isinstance(given, int) and given < 2**63 else None


async def _read_order(request: Request) -> tuple[str, str, int] | None:
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None
    match body:
        case {"customer": str(customer), "item": str(item), "amount_cents": int(amount_cents)} if amount_cents > 0:
            return customer[:80], item[:80], amount_cents
        case _:
            return None


def _problem(status: int, text: str) -> JSONResponse:
    return JSONResponse({"error": text}, status_code=status)
