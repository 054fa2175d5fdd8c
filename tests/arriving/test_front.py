"""The shortest way in leads to the doors, for what is posted to their very address; all else goes the usual way."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from covet_sre.api.hooks import Front


async def door(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("door")


async def usual(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("usual")


@pytest.fixture
def client() -> TestClient:
    others = Starlette(routes=[Route("/{path:path}", usual, methods=["GET", "POST", "PUT"])])
    return TestClient(Front(others, [Route("/hooks/alerts", door, methods=["POST"])]))


def test_what_is_posted_to_a_door_goes_straight_to_it(client: TestClient) -> None:
    assert client.post("/hooks/alerts?from=anywhere").text == "door"


@pytest.mark.parametrize("path", ["/hooks/alerts/", "/hooks/alerts/more", "/HOOKS/alerts", "/"])
def test_another_address_goes_the_usual_way(client: TestClient, path: str) -> None:
    assert client.post(path).text == "usual"


def test_another_method_goes_the_usual_way(client: TestClient) -> None:
    assert client.get("/hooks/alerts").text == "usual"
    assert client.put("/hooks/alerts").text == "usual"
