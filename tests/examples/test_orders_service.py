"""The order service really runs on CovetPy, and its metrics say exactly what it was asked and answered."""

import signal
import time
from pathlib import Path

import pytest
from tests.examples.conftest import TOKEN, Service, StartService

ORDER = {"customer": "ada", "item": "engine", "amount_cents": 4200}
TEMPLATES = {"/orders", "/orders/{order_id}", "/orders/{order_id}/pay"}
REQUESTS = ("http_requests_total", "method", "route", "code")


def until(true: object, patience_seconds: float = 60) -> None:
    assert callable(true)
    deadline = time.monotonic() + patience_seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def test_every_request_is_counted_once_under_its_template_and_code(service: Service) -> None:
    for _ in range(7):
        assert service.ask("GET", "/orders")[0] == 200
    for order_id in (1, 2, 250, 499, 500):
        assert service.ask("GET", f"/orders/{order_id}")[0] == 200
    for unknown in ("0", "123456789", "abc", "9" * 30):
        assert service.ask("GET", f"/orders/{unknown}")[0] == 404
    for _ in range(4):
        assert service.ask("POST", "/orders", ORDER)[0] == 201
    for invalid in ({**ORDER, "amount_cents": -1}, {"customer": "ada"}, b"no json"):
        assert service.ask("POST", "/orders", invalid)[0] == 422
    for order_id in (501, 502, 503):
        assert service.ask("POST", f"/orders/{order_id}/pay")[0] == 200
    for closed in (501, 1):
        assert service.ask("POST", f"/orders/{closed}/pay")[0] == 409
    service.switch(errors=1)
    for _ in range(6):
        assert service.ask("GET", "/orders/77")[0] == 500

    assert service.samples(*REQUESTS) == {
        ("GET", "/orders", "200"): 7,
        ("GET", "/orders/{order_id}", "200"): 5,
        ("GET", "/orders/{order_id}", "404"): 4,
        ("GET", "/orders/{order_id}", "500"): 6,
        ("POST", "/orders", "201"): 4,
        ("POST", "/orders", "422"): 3,
        ("POST", "/orders/{order_id}/pay", "200"): 3,
        ("POST", "/orders/{order_id}/pay", "409"): 2,
    }


def test_the_histogram_has_as_many_observations_as_there_were_requests(service: Service) -> None:
    for order_id in range(1, 21):
        service.ask("GET", f"/orders/{order_id}")
    labels = ("method", "route")
    assert service.samples("http_request_duration_seconds_count", *labels) == {("GET", "/orders/{order_id}"): 20}
    assert service.within("http_request_duration_seconds", "+Inf") == 20


def test_no_path_becomes_a_label(service: Service) -> None:
    strays = ["/", "/favicon.ico", "/orders/", "/orders/7/pay/now", "/orders//pay", *(f"/x{n}" for n in range(40))]
    for path in strays:
        assert service.ask("GET", path)[0] == 404
    assert service.ask("DELETE", "/orders/3")[0] == 404
    service.ask("GET", "/orders/7?expand=items")
    routes = {key[0]: count for key, count in service.samples("http_requests_total", "route").items()}
    assert routes.pop("/orders/{order_id}") == 1
    assert not TEMPLATES & routes.keys()
    assert list(routes.values()) == [len(strays) + 1], "all that matches no route is one value"


def test_control_health_and_metrics_are_left_out(service: Service) -> None:
    for _ in range(3):
        assert service.ask("GET", "/health") == (200, '{"status":"ok"}')
        service.ask("GET", "/demo/faults")
        service.ask("GET", "/metrics")
    assert service.samples(*REQUESTS) == {}


def test_an_exception_that_covetpy_lets_through_counts_as_500(service: Service) -> None:
    # CovetPy converts a parameter that "isdigit" and falls over this one, outside of its own handling of errors.
    assert service.ask("GET", "/orders/%C2%B2")[0] == 500
    assert service.samples(*REQUESTS) == {("GET", "/orders/{order_id}", "500"): 1}


def test_slowness_makes_requests_slower_than_the_alert_bound(service: Service) -> None:
    service.switch(slowness=1)
    for _ in range(3):
        assert service.ask("GET", "/orders")[0] == 200
    service.switch(slowness=False)
    for _ in range(2):
        service.ask("GET", "/orders")
    assert service.within("http_request_duration_seconds", "0.75") == 2
    assert service.within("http_request_duration_seconds", "+Inf") == 5


def test_a_slow_database_makes_queries_slower_than_the_alert_bound(service: Service) -> None:
    before = service.within("db_query_duration_seconds", "+Inf")
    fast_before = service.within("db_query_duration_seconds", "0.2")
    service.switch(slow_database=1.0)
    for _ in range(4):
        assert service.ask("GET", "/orders/5")[0] == 200
    assert service.within("db_query_duration_seconds", "+Inf") == before + 4
    assert service.within("db_query_duration_seconds", "0.2") == fast_before


def test_database_errors_are_counted_by_the_database_and_answered_503(service: Service) -> None:
    assert service.ask("GET", "/orders")[0] == 200
    healthy = service.samples("db_queries_total", "outcome")
    service.switch(database_errors=1)
    for _ in range(5):
        assert service.ask("GET", "/orders")[0] == 503
    service.switch(database_errors=0)
    assert service.ask("GET", "/orders")[0] == 200
    after = service.samples("db_queries_total", "outcome")
    (success,) = healthy
    (error,) = after.keys() - healthy.keys()
    assert after[error] == 5
    assert after[success] == healthy[success] + 1
    assert service.samples(*REQUESTS) == {("GET", "/orders", "503"): 5, ("GET", "/orders", "200"): 2}


def test_jobs_are_counted_within_their_sla_or_late(service: Service) -> None:
    jobs = ("background_jobs_total", "job_type", "outcome")
    service.ask("POST", "/orders", ORDER)
    service.ask("POST", "/orders/501/pay")
    expected = {("email_receipt", "within_sla"): 1.0, ("settle_payment", "within_sla"): 1.0}
    until(lambda: service.samples(*jobs) == expected)
    assert '"status":"settled"' in service.ask("GET", "/orders/501")[1]
    service.switch(late_jobs=1)
    service.ask("POST", "/orders", ORDER)
    until(lambda: service.samples(*jobs) == {**expected, ("email_receipt", "late"): 1.0})


def test_a_job_whose_database_fails_is_counted_failed_and_the_worker_goes_on(service: Service) -> None:
    service.ask("POST", "/orders", ORDER)
    service.switch(database_errors=1)
    jobs = ("background_jobs_total", "job_type", "outcome")
    until(lambda: service.samples(*jobs) == {("email_receipt", "failed"): 1.0})
    service.switch(database_errors=0)
    service.ask("POST", "/orders", ORDER)
    until(lambda: ("email_receipt", "within_sla") in service.samples(*jobs))


def test_the_report_runs_by_its_own_clock(start_service: StartService) -> None:
    service = start_service("--report-every-seconds", "0.3")
    until(lambda: ("nightly_report",) in service.samples("background_jobs_total", "job_type"))


def test_more_late_jobs_than_slots_wait_in_the_queue(service: Service) -> None:
    service.switch(late_jobs=1)
    for _ in range(40):
        service.ask("POST", "/orders", ORDER)
    assert service.samples("custom_queue_length")[()] >= 1
    until(lambda: service.samples("custom_queue_length") == {})


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, {"errors": 1}, 403),
        ({"x-covet-demo-token": "guess"}, {"errors": 1}, 403),
        ({"x-covet-demo-token": "\xe9"}, {"errors": 1}, 403),
        ({"x-covet-demo-token": TOKEN, "content-type": "text/plain"}, {"errors": 1}, 415),
        ({"x-covet-demo-token": TOKEN, "content-type": "application/x-www-form-urlencoded"}, b"errors=1", 415),
        ({"x-covet-demo-token": TOKEN}, b"{", 400),
        ({"x-covet-demo-token": TOKEN}, b"\xff", 400),
        ({"x-covet-demo-token": TOKEN}, [1], 400),
        ({"x-covet-demo-token": TOKEN}, {"slowness": 0.5, "earthquake": 1}, 422),
        ({"x-covet-demo-token": TOKEN}, {"slowness": 0.5, "errors": 1.5}, 422),
        ({"x-covet-demo-token": TOKEN}, {"errors": "all"}, 422),
        ({"x-covet-demo-token": TOKEN}, b'{"errors": NaN}', 422),
    ],
)
def test_whoever_may_not_or_asks_wrongly_switches_nothing(
    shared_service: Service, headers: dict[str, str], body: object, status: int
) -> None:
    assert shared_service.ask("POST", "/demo/faults", body, headers)[0] == status
    _, text = shared_service.ask("GET", "/demo/faults", headers={"x-covet-demo-token": TOKEN})
    assert text == '{"errors":0.0,"slowness":0.0,"slow-database":0.0,"late-jobs":0.0,"database-errors":0.0}'


def test_without_a_token_there_is_no_switchboard(start_service: StartService) -> None:
    service = start_service(token="")
    assert service.ask("GET", "/demo/faults")[0] == 404
    assert service.ask("POST", "/demo/faults", {"errors": 1}, {"x-covet-demo-token": ""})[0] == 404
    assert service.ask("GET", "/orders")[0] == 200


@pytest.mark.parametrize("how", ["stdin", "SIGTERM", "SIGINT"])
def test_it_ends_in_order_and_leaves_nothing_behind(start_service: StartService, tmp_path: Path, how: str) -> None:
    service = start_service()
    service.ask("POST", "/orders", ORDER)
    process = service.process
    assert process.stdin is not None
    assert process.stdout is not None
    if how == "stdin":
        process.stdin.close()
    else:
        process.send_signal(signal.Signals[how])
    assert process.wait(timeout=15) == 0
    assert process.stdout.read() == "", "one line of JSON is all that it prints"
    assert (tmp_path / "stderr.txt").read_text() == ""
    assert [path.name for path in tmp_path.iterdir()] == ["stderr.txt"]


def test_a_given_database_is_kept_over_a_restart(start_service: StartService, tmp_path: Path) -> None:
    option = ("--database", str(tmp_path / "orders.db"))
    first = start_service(*option)
    assert '"id":501' in first.ask("POST", "/orders", ORDER)[1]
    first.process.send_signal(signal.SIGTERM)
    first.process.wait(timeout=15)
    second = start_service(*option)
    assert '"customer":"ada"' in second.ask("GET", "/orders/501")[1]
    assert second.samples(*REQUESTS) == {("GET", "/orders/{order_id}", "200"): 1}, "a new process counts from zero"
