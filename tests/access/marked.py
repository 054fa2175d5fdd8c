"""A house in which all that people and programs can write is written: a mark that would be seen to act.

Generic where it can be: each address of the API that takes a body is sent one made of its schema, and each page is
found by following links, so that what is added later is looked at without a word here.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.testclient import TestClient

from covet_sre.flows.doors import DOORS
from tests.access.house import OWN, House
from tests.web.markup import Page, read

MARK = "\"><svg/onload=alert(1)>'{{7*7}}<!channel>"
ACTS = ("<svg/onload", "'{{7*7}}<!")
"""What must stand nowhere in markup as it is: an element of its own, and text beside it that was not escaped."""
LINK = "javascript:alert(1)"

_QUERIES = ("q", "next", "state", "service", "matchers", "show")

#: Where a schema alone does not tell what fits: by name, or by the last part of the path and the name.
FITTING: Mapping[str, object] = {
    "service": OWN,
    "severity": "P3",
    "matchers": [f'service="{OWN}"', 'marker=~".*' + MARK.replace('"', '\\"') + '"'],
    "duration_seconds": 3600,
    "scopes": ["read"],
    "grants": ["viewer"],
    "password": "marigold tractor eleven",
    "name": "marked",
    "revision": None,
    "id": None,
    "services": [OWN],
    "target": "inbox",
    "role": "expert",
    "request": 1,
    "accepts": True,
    "version": 0,
    "confirmed": True,
    "fields": {"impact": MARK, "functionality": MARK, "status": MARK, "eta": "30m", "commander": MARK},
    "audiences": None,
    "communications.public": None,
    "ask.schedule": None,
    "ask.person": f"bo {MARK}",
    "answer.person": f"bo {MARK}",
    "hand-over.to": "marked",
    "times.at": (datetime.now(UTC) - timedelta(minutes=90)).isoformat(),
    "promise.at": "30m",
    "disabled": None,
    "start": (datetime.now(UTC) - timedelta(hours=2)).isoformat(),
    "end": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
}


def body_of(schema: Mapping[str, Any], components: Mapping[str, Any], path: str = "") -> dict[str, object]:
    """A body for a schema: the marker in every text, the least of everything else."""
    last = path.rpartition("/")[2]
    made: dict[str, object] = {}
    for name, field in schema.get("properties", {}).items():
        fitting = f"{last}.{name}" if f"{last}.{name}" in FITTING else name
        value = FITTING[fitting] if fitting in FITTING else _value(field, components)
        if value is not None:
            made[name] = value
    return made


def _value(field: Mapping[str, Any], components: Mapping[str, Any]) -> object:
    if "$ref" in field:
        return _value(components[field["$ref"].rpartition("/")[2]], components)
    for way in ("anyOf", "oneOf", "allOf"):
        if way in field:
            return _value(field[way][0], components)
    if "enum" in field:
        return field["enum"][0]
    match field.get("type"):
        case "string":
            return None if "format" in field else MARK[: field.get("maxLength", 1000)]
        case "array":
            return [_value(field["items"], components)] if "items" in field else []
        case "object":
            return body_of(field, components)
        case _:
            return field.get("default")


def write_everywhere(found: House) -> dict[str, dict[int, str]]:
    """Every address of the API that takes a body is sent one; what each answered, by method and path."""
    admin = found.client(found.tokens["admin everywhere"])
    document = admin.get("/openapi.json").json()
    components = document.get("components", {}).get("schemas", {})
    said: dict[str, dict[int, str]] = {}
    for _ in range(2):
        # The second time what the first has made is there to be changed.
        known = identities(admin)
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                content = operation.get("requestBody", {}).get("content", {}).get("application/json")
                if (
                    content is None
                    or method == "delete"
                    or path.endswith(("/resolve", "/close", "/false-alarm", "/merge"))
                ):
                    continue
                schema = content["schema"]
                schema = components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
                answer = admin.request(method, filled(path, known), json=body_of(schema, components, path))
                said.setdefault(f"{method.upper()} {path}", {}).setdefault(answer.status_code, answer.text[:500])
    return said


def write_by_hook(found: House) -> None:
    """Alerts whose every label, annotation and link is marked."""
    alert = {
        "labels": {"alertname": MARK, "service": OWN, "severity": "critical", "marked": MARK},
        "annotations": {"summary": MARK, "description": MARK, "runbook_url": LINK},
        "generatorURL": LINK,
        "startsAt": "2026-11-26T10:00:00Z",
    }
    sender = found.client(found.tokens["admin everywhere"])
    assert sender.post("/api/v2/alerts", json=[alert]).status_code == 200
    plain = {"labels": alert["labels"], "annotations": alert["annotations"], "link": LINK}
    sender.post("/hooks/alerts", json={"alerts": [plain]})


def identities(admin: TestClient) -> dict[str, str]:
    """What stands for `{identity}` and `{name}` below each address that lists things."""
    known: dict[str, str] = {}
    for door in DOORS:
        if door.method != "GET" or "{" in door.path or not door.path.startswith("/api/v1/"):
            continue
        answer = admin.get(door.path)
        items = answer.json().get("items") if answer.status_code == 200 else None
        if items:
            one = items[-1]
            known[door.path] = str(one.get("identity", one.get("id", one.get("name", ""))))
    return known


def filled(path: str, known: Mapping[str, str]) -> str:
    """A path with what is there in place of its parameters, else the marker."""
    parts: list[str] = []
    for part in path.split("/"):
        before = "/".join(parts)
        parts.append(quote(known.get(before, MARK), safe="") if part.startswith("{") else part)
    return "/".join(parts)


def addresses(admin: TestClient) -> list[str]:
    """Every GET door, with what is there and with the marker for its parameters, and marked queries."""
    known = identities(admin)
    found: list[str] = []
    for door in DOORS:
        if door.method != "GET" or door.path in ("/live", "/sign-in/provider/return"):
            continue
        of_api = filled(door.path.replace("/silence/", "/silences/"), known)
        marked = filled(door.path, {})
        found += [door.path if "{" not in door.path else of_api, marked]
        if not door.path.startswith("/api/"):
            found += [f"{marked}?{name}={quote(MARK, safe='')}" for name in _QUERIES]
    return list(dict.fromkeys(found))


def crawl(client: TestClient, most: int = 700) -> Iterator[tuple[str, Page, str]]:
    """Every page that can be reached from every door: its address, what it says, and its source."""
    waiting, seen = [*addresses(client)], set[str]()
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address, headers={"accept": "text/html"})
        if answer.headers.get("content-type", "").startswith("text/html"):
            page = read(answer.text)
            yield address, page, answer.text
            waiting += [
                link for link in page.links if urlsplit(link).netloc == "" and link.startswith("/") and "#" not in link
            ]
