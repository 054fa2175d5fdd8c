"""The switchboard at /demo/faults: who may turn faults on, and how."""

import hmac
import json
from typing import Any, cast

from covet import Covet, JSONResponse, Request

from orders.faults import Faults, InvalidShare, UnknownFault

TOKEN_HEADER = "x-covet-demo-token"


def add_switchboard(app: Covet, faults: Faults, token: str) -> None:
    """Add GET and POST /demo/faults; without a token set, both answer 404, so that nothing can be switched."""

    def refusal(request: Request) -> JSONResponse | None:
        if not token:
            return _problem(404, "no faults here: COVET_DEMO_TOKEN was not set when this service started")
        given = str(request.headers.get(TOKEN_HEADER) or "")
        if not hmac.compare_digest(given.encode(), token.encode()):
            return _problem(403, f"send the token of this demo in the header {TOKEN_HEADER}")
        return None

    async def read_faults(request: Request) -> Any:
        return refusal(request) or faults.shares()

    async def switch_faults(request: Request) -> Any:
        refused = refusal(request)
        if refused is not None:
            return refused
        # A form or a text/plain body is what a foreign web page can send without asking; JSON is not.
        if not request.is_json():
            return _problem(415, "send a JSON object with content-type application/json")
        try:
            wanted = await request.json()
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            return _problem(400, f"not JSON: {error}")
        if not isinstance(wanted, dict):
            return _problem(400, 'send a JSON object such as {"errors": 0.5}')
        try:
            faults.switch(cast(dict[str, object], wanted))
        except (UnknownFault, InvalidShare) as error:
            return _problem(422, str(error))
        return faults.shares()

    app.get("/demo/faults")(read_faults)
    app.post("/demo/faults")(switch_faults)


def _problem(status: int, text: str) -> JSONResponse:
    return JSONResponse({"error": text}, status_code=status)
