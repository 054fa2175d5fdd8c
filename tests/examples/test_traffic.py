"""The traffic is a function of its seed, keeps its pace whatever the service does, and ends when it should."""

import json
import math
import subprocess
import sys
import time
from collections import Counter
from itertools import islice, pairwise, takewhile

import normal_day
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan import Pace, PlannedRequest, planned_requests
from tests.examples.conftest import EXAMPLE, Service, StartService

NOON = 1_700_000_000 - 1_700_000_000 % 86_400 + 12 * 3600
PACE = Pace(40, NOON, 30)


def traffic(service: Service, *options: str) -> list[str]:
    return [sys.executable, str(EXAMPLE / "traffic.py"), service.url, "--virtual-start", str(NOON), *options]


def send(service: Service, *options: str) -> dict[str, object]:
    done = subprocess.run(traffic(service, *options), capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return json.loads(done.stdout)


@settings(deadline=None)
@given(seed=st.integers(), newest=st.integers(0, 10**6))
def test_the_same_seed_plans_the_same_requests(seed: int, newest: int) -> None:
    once = list(islice(planned_requests(seed, PACE, newest), 50))
    assert once == list(islice(planned_requests(seed, PACE, newest), 50))
    assert once != list(islice(planned_requests(seed + 1, PACE, newest), 50))
    assert all(before.at_seconds < after.at_seconds for before, after in pairwise(once))


def test_the_plan_follows_the_virtual_day() -> None:
    for hour in (0, 3, 9, 15, 21):
        virtual_start = NOON - 12 * 3600 + hour * 3600
        plan = planned_requests(hour, Pace(400, virtual_start, 30), 500)
        count = sum(1 for _ in takewhile(lambda request: request.at_seconds < 60, plan))
        expected = sum(400 * normal_day.rhythm(virtual_start + 30 * (second + 0.5)) for second in range(60))
        assert abs(count - expected) < 4 * math.sqrt(expected)


def test_the_mix_is_that_of_a_normal_day() -> None:
    kinds = Counter(kind_of(request) for request in islice(planned_requests(1, PACE, 500), 40_000))
    for visit in normal_day.VISITS:
        spread = math.sqrt(40_000 * visit.share * (1 - visit.share))
        assert abs(kinds[visit.kind] - 40_000 * visit.share) < 5 * spread, visit.kind


def kind_of(request: PlannedRequest) -> str:
    match request.method, request.path.split("/")[1:]:
        case "GET", ["orders"]:
            return "list"
        case "GET", ["orders", _]:
            return "get"
        case "POST", ["orders"]:
            return "create"
        case "POST", ["orders", _, "pay"]:
            return "pay"
        case _:
            return "stray"


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(), newest=st.integers(0, 10**6))
def test_each_payment_is_for_another_order_that_was_created_before(seed: int, newest: int) -> None:
    created, paid = newest, set[int]()
    for request in islice(planned_requests(seed, PACE, newest), 500):
        if request.body:
            created += "amount_cents" in json.loads(request.body)
        elif request.method == "POST":
            order_id = int(request.path.split("/")[2])
            assert newest < order_id <= created
            assert order_id not in paid
            paid.add(order_id)


def test_what_the_traffic_saw_is_what_the_service_counted(start_service: StartService) -> None:
    service = start_service(calm=False)
    service.switch(errors=0.2)
    tally = send(service, "--duration-seconds", "6", "--seed", "3")
    counted = service.samples("http_requests_total", "code")
    answers = tally["codes"]
    assert isinstance(answers, dict)
    # One request more: the traffic asks for the newest order before it begins, again when that fails.
    first = Counter({code: int(count) for (code,), count in counted.items()}) - Counter(answers)
    assert set(first) <= {"200", "500"}
    assert first["200"] == 1
    assert tally["unanswered"] == tally["not_sent"] == 0
    assert Counter(answers)["500"] > 20
    assert abs(sum(answers.values()) - 240 * normal_day.rhythm(NOON)) < 5 * math.sqrt(240)


def at_rest(service: Service) -> tuple[float, float]:
    """Queries and jobs so far, once no job is on its way any more."""
    seen: list[tuple[float, float]] = []
    while len(seen) < 3 or len(set(seen[-3:])) > 1:
        time.sleep(0.3)
        seen.append((service.samples("db_queries_total")[()], service.samples("background_jobs_total")[()]))
    return seen[-1]


def test_queries_and_jobs_are_as_many_per_request_as_the_history_assumes(service: Service) -> None:
    prepared = service.samples("db_queries_total").get((), 0)
    tally = send(service, "--duration-seconds", "8", "--requests-per-second", "100")
    sent = tally["sent"]
    assert isinstance(sent, int)
    queries, jobs = at_rest(service)
    queries -= prepared
    assert queries / sent == pytest.approx(normal_day.QUERIES_PER_REQUEST, rel=0.06)
    assert jobs / sent == pytest.approx(normal_day.JOBS_PER_REQUEST, rel=0.15)


def test_a_slow_service_does_not_slow_the_traffic(service: Service) -> None:
    service.switch(slowness=1)
    tally = send(service, "--duration-seconds", "4")
    expected = 4 * 40 * normal_day.rhythm(NOON)
    sent = tally["sent"]
    assert isinstance(sent, int)
    assert abs(sent - expected) < 5 * math.sqrt(expected)
    assert tally["unanswered"] == tally["not_sent"] == 0


def test_the_traffic_ends_when_its_parent_closes_its_standard_input(service: Service) -> None:
    command = traffic(service, "--until-stdin-closes", "--duration-seconds", "600")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        time.sleep(1.5)
        assert process.poll() is None
        out, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert json.loads(out)["sent"] > 10


def test_the_traffic_goes_on_after_the_service_was_away(start_service: StartService) -> None:
    service = start_service()
    port = service.url.rsplit(":", 1)[1]
    command = traffic(service, "--duration-seconds", "8")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        time.sleep(2)
        service.process.terminate()
        service.process.wait(timeout=10)
        again = start_service("--port", port)
        out, _ = process.communicate(timeout=30)
    tally = json.loads(out)
    assert process.returncode == 0
    assert tally["unanswered"] > 0
    assert sum(again.samples("http_requests_total", "code").values()) > 40


@pytest.mark.parametrize("url", ["http://example.org:80", "http://127.0.0.1", "http://localhost:1", "nonsense"])
def test_traffic_is_sent_to_loopback_alone(url: str) -> None:
    done = subprocess.run([sys.executable, str(EXAMPLE / "traffic.py"), url], capture_output=True, text=True)
    assert done.returncode == 2
    assert "http://127.0.0.1:PORT alone" in done.stderr


def test_the_traffic_waits_for_a_good_answer_before_it_begins(service: Service) -> None:
    service.switch(errors=1)
    command = traffic(service, "--duration-seconds", "4")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        time.sleep(1.5)
        service.switch(errors=0)
        out, _ = process.communicate(timeout=30)
    assert set(json.loads(out)["codes"]) <= {"200", "201", "404", "422"}, "no payment missed its order"


def test_a_service_that_never_answers_is_status_4() -> None:
    command = [sys.executable, str(EXAMPLE / "traffic.py"), "http://127.0.0.1:9", "--duration-seconds", "0.5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 4
    assert "never answered" in done.stderr
