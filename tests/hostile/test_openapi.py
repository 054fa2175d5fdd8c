"""Every operation of the OpenAPI document, with what schemathesis makes of its schemas: never a 5xx, on a real server.

What it changes lands in a throw-away database; the server is asked afterwards whether it still decides.
"""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error

from covet_sre.alerting.severity import Severity
from covet_sre.app import Server, Settings
from covet_sre.incident.facts import Declare

HANDBOOK = Path(__file__).resolve().parents[2] / "examples" / "covetpy" / "reliability"
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "5"))
"""For each operation, in `make test`; more by hand."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    made = Server(Settings([HANDBOOK], f"sqlite:///{folder / 'covet-sre.db'}", port=port))
    web = made.uvicorn_server()
    thread = threading.Thread(target=web.run, daemon=True)
    made.start()
    thread.start()
    try:
        made.desk.incidents.decide(Declare("dora", "api", Severity.P1, "so that there is something to act on"))
        yield made
    finally:
        web.should_exit = True
        made.close()
        thread.join(10)


@pytest.fixture(scope="module")
def api_schema(server: Server):
    return schemathesis.openapi.from_url(f"http://127.0.0.1:{server.settings.port}/openapi.json", wait_for_schema=20)


def test_no_request_makes_a_server_error(server: Server, api_schema: Any):
    """What the schemas allow, and what they do not, for each operation."""
    tried = 0
    for found in api_schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            tried += _try(operation.as_strategy(generation_mode=mode))
    assert tried > 30 * EXAMPLES


def _try(cases: Any) -> int:
    tried = 0

    @given(case=cases)
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def never_a_server_error(case: Case) -> None:
        nonlocal tried
        tried += 1
        case.call_and_validate(checks=[not_a_server_error])

    try:
        never_a_server_error()
    except Unsatisfiable:
        # Nothing can be wrong about an operation without parameters.
        return tried
    return tried


def test_the_server_still_decides_afterwards(server: Server):
    identity = server.desk.incidents.decide(Declare("dora", "jobs", Severity.P2, "after the storm"))
    assert server.desk.incidents.incident(identity).incident.service == "jobs"
