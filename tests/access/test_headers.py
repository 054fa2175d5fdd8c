"""What every answer says to browsers, whatever was asked and however it ended."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from covet_sre.flows.doors import DOORS, Door, Open
from covet_sre.web.security import HEADERS
from tests.access.house import House, house, with_roles
from tests.access.test_gate import path_of


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("headers")) as found:
        yield with_roles(found)


@pytest.fixture(scope="module")
def admin(locked: House) -> TestClient:
    return locked.client(locked.tokens["admin everywhere"], accept="text/html,application/json")


STRANGE = [
    ("GET", "/nothing-here"),
    ("GET", "/api/v1/nothing-here"),
    ("POST", "/healthz"),
    ("DELETE", "/"),
    ("GET", "/static/nothing.css"),
    ("GET", "/incidents?cursor=%00"),
    ("GET", "/api/v1/slos?limit=none"),
    ("OPTIONS", "/api/v1/slos"),
    ("PUT", "/api/v1/users/ada"),
]
ASKED = [(door.method, path_of(door)) for door in DOORS if door.path != "/live"] + STRANGE


@pytest.mark.parametrize("who", ["admin", "nobody"])
@pytest.mark.parametrize(("method", "path"), ASKED)
def test_every_answer_says_how_a_browser_must_treat_it(
    locked: House, admin: TestClient, who: str, method: str, path: str
) -> None:
    answer = (admin if who == "admin" else locked.client()).request(method, path, json={})
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    assert "cache-control" in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    assert "strict-transport-security" not in answer.headers, "a browser must not be told so over plain http"
    assert not {"server", "x-powered-by"} & set(answer.headers)
    if answer.content:
        media, _, rest = answer.headers["content-type"].partition(";")
        if media.startswith("text/") or media.endswith("xml"):
            assert media == "image/svg+xml" or "charset=utf-8" in rest.lower()


def test_the_policy_lets_nothing_in_but_what_is_ours() -> None:
    policy = dict(part.split(" ", 1) for part in HEADERS["content-security-policy"].split("; "))
    for none in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert policy[none] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in HEADERS["content-security-policy"]


@pytest.mark.parametrize("door", [one for one in DOORS if one.method == "GET"], ids=lambda door: door.path)
def test_what_only_some_may_see_is_kept_by_no_browser(admin: TestClient, door: Door) -> None:
    if door.path == "/live" or door.need is Open.WORLD:
        return
    answer = admin.get(path_of(door))
    if answer.headers["cache-control"] != "no-store":
        assert answer.headers["cache-control"] == "no-cache" or door.path in ("/static/{name}", "/favicon.ico")
        assert door.need is Open.PUBLIC or door.path == "/metrics"


def test_over_tls_a_browser_is_told_to_try_nothing_else(tmp_path_factory: pytest.TempPathFactory) -> None:
    with house(tmp_path_factory.mktemp("tls"), public_address="https://sre.example.org") as found:
        client = TestClient(found.server.application, base_url="https://sre.example.org", follow_redirects=False)
        for path in ("/", "/nothing", "/api/v1/slos", "/static/covet.css", "/healthz"):
            said = client.get(path).headers["strict-transport-security"]
            assert int(said.partition("max-age=")[2].partition(";")[0]) >= 365 * 86_400
            assert "includeSubDomains" in said
        refused = client.get("/", headers={"host": "evil.example"})
        assert refused.status_code == 421
        assert "strict-transport-security" in refused.headers


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "PUT", "PATCH", "BREW"])
@pytest.mark.parametrize("path", ["/", "/api/v1/slos", "/healthz", "/sign-in"])
def test_methods_that_are_not_meant_do_nothing(admin: TestClient, method: str, path: str) -> None:
    answer = admin.request(method, path, content=b"canary-in-a-body", headers={"x-canary": "canary-in-a-header"})
    assert answer.status_code in (404, 405)
    assert "canary" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../pyproject.toml",
        "/static/..%2f..%2fapp%2fserver.py",
        "/static/%2e%2e/%2e%2e/server.py",
        "/static/..\\..\\server.py",
        "/static//etc/passwd",
        "/static/%2Fetc%2Fpasswd",
        "/static/covet.css%00.js",
        "/static/",
        "/static",
        "/.git/config",
        "/.env",
        "/app/server.py",
    ],
)
def test_no_path_leads_out_of_our_own_assets(admin: TestClient, path: str) -> None:
    answer = admin.get(path)
    assert answer.status_code == 404
    for inside in ("root:", "import ", "[project]", "[core]", "Index of"):
        assert inside not in answer.text


def test_the_documentation_of_the_api_is_not_for_strangers(locked: House) -> None:
    for path in ("/openapi.json", "/metrics", "/docs", "/redoc"):
        assert locked.client().get(path).status_code == 401


def test_there_is_no_demo_in_production(admin: TestClient) -> None:
    """Its faults can be switched in the demo alone."""
    assert admin.post("/demo/faults/errors", data={"on": "1"}).status_code == 404


def test_no_answer_redirects_to_https_by_itself(locked: House) -> None:
    """A program that was told the wrong address must see it fail, and not send its secrets in clear for ever."""
    for method, path in ASKED:
        where = locked.client().request(method, path, json={}).headers.get("location", "/")
        assert not where.startswith("http"), path


def test_who_is_asked_is_the_name_and_not_what_a_proxy_header_says(locked: House) -> None:
    forged = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "x-original-url": "/settings/access",
        "x-rewrite-url": "/settings/access",
        "x-http-method-override": "DELETE",
        "forwarded": "for=127.0.0.1;host=evil.example",
        "x-user-id": "ada",
        "x-remote-user": "ada",
    }
    answer = locked.client().get("/healthz", headers=forged)
    assert answer.status_code == 200
    assert "evil" not in answer.text + str(answer.headers)
    assert locked.client().get("/api/v1/me", headers=forged).status_code == 401


def test_an_address_that_a_stranger_claims_is_not_believed(locked: House) -> None:
    """uvicorn takes X-Forwarded-For from what FORWARDED_ALLOW_IPS names: from this machine alone, unless said."""
    config = locked.server.uvicorn_server().config
    config.load()
    seen: list[str] = []

    async def inner(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        seen.append(scope["client"][0])

    layer = config.loaded_app
    while type(layer).__name__ != "ProxyHeadersMiddleware":
        layer = layer.app  # type: ignore[union-attr]
    layer.app = inner  # type: ignore[union-attr]
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    for peer in ("192.0.2.7", "127.0.0.1"):
        scope = {"type": "http", "client": (peer, 1), "scheme": "http", "headers": headers}
        asyncio.run(layer(scope, None, None))  # type: ignore[operator, misc, arg-type]
    assert seen == ["192.0.2.7", "203.0.113.9"]
