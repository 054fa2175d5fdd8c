"""The pages' HTML, in every state of an installation."""

import time
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from tests.web.house import application
from tests.web.markup import Page, read
from tests.web.sample import NOW, SampleDemo, SampleReliability, broken_reload

from covet_sre.budget.adjustment import AdjustmentKind
from covet_sre.budget.status import State
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.reading import AdjustmentRequest

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7*7 }}' onclick='x"""


@pytest.fixture
def sample() -> SampleReliability:
    return SampleReliability()


@pytest.fixture
def client(sample: SampleReliability) -> TestClient:
    return TestClient(application(sample, SampleDemo()))


def look(client: TestClient, address: str, status: int = 200) -> Page:
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = read(answer.text)
    assert page.complaints == []
    return page


def row_names(page: Page) -> list[str]:
    return [link.removeprefix("/slos/") for link in page.links if link.startswith("/slos/")]


ADDRESSES = ["/", "/slos", "/slos?q=api&sort=burn&dir=desc", "/services", "/services/api", "/services/search"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_has_no_inline_script_or_style_and_loads_nothing_from_elsewhere(client: TestClient, address: str):
    look(client, address)


def test_the_detail_of_every_state_can_be_read(sample: SampleReliability, client: TestClient):
    states = set[State]()
    for status in sample.statuses():
        for chosen in ("", "?range=1h", "?range=30d", "?range=nonsense"):
            page = look(client, f"/slos/{status.objective.name}{chosen}")
            assert status.cause in page.text
            assert status.remedy in page.text
            assert str(status.objective.location) in page.text
        states.add(status.state)
    assert states == set(State)


@pytest.mark.parametrize("name", ["checkout-availability", "search-availability", "search-latency"])
def test_what_is_not_measured_is_never_green(client: TestClient, name: str):
    html = client.get(f"/slos/{name}").text
    main = html[html.index("<main") : html.index("</main>")]
    legend = main.count('<li class="tier tone-ok">') * 2  # a tier that is not the present one, and its sign
    assert main.count("tone-ok") == legend
    listed = client.get(f"/slos?q={name}").text
    row = listed[listed.index("<tbody>") : listed.index("</tbody>")]
    assert "tone-ok" not in row


def test_the_detail_answers_the_four_questions(client: TestClient):
    text = look(client, "/slos/api-availability").text
    assert "Objective 99.9% of events good over 30 days" in text
    assert "SLI 99.954%" in text
    assert "Error budget 54.4%" in text
    assert "of 43.2 min left" in text
    assert (
        "Budget gone 26 h at this rate likely between 5.4 d and beyond 30 d at the last hour's 15.1×: in 26 h" in text
    )
    assert "/orders/{order_id} 4,210 69.9%" in text
    assert "Depleted above 10%" in text
    assert "Full velocity deployment" in text


def test_each_alert_says_one_of_the_four_words(client: TestClient):
    text = look(client, "/slos/api-availability").text
    table = text[text.index("Burn-rate alerts Each") :]
    assert "Critical ErrorBudgetBurn1h since Nov 23, 09:28. 14.4× 15.1× 1h 19.5× 5m page firing" in table
    assert "Increasing ErrorBudgetBurn6h 6× 1.92× 6h 23.2× 30m page inactive" in table
    silent = look(client, "/slos/checkout-availability").text
    assert "Unknown ErrorBudgetBurn1h" in silent
    assert "Acceptable ErrorBudgetBurn1h" not in silent


def test_an_adjustment_shows_its_author_its_reason_and_the_number_without_it(
    sample: SampleReliability, client: TestClient
):
    asked = AdjustmentRequest(
        "api-availability", AdjustmentKind.EXCLUDE, NOW - 20000, NOW - 14000, "mara", "Moving the orders table"
    )
    made = sample.adjust(asked)
    text = look(client, "/slos/api-availability").text
    assert "Error budget 58.0%" in text
    assert "Without adjustments 54.4% of the budget would be left; with them it is 58.0%" in text
    assert "Moving the orders table #1, mara" in text
    sample.revoke(made.identity, "jo", "it was not done")
    text = look(client, "/slos/api-availability").text
    assert "Error budget 54.4%" in text
    assert "by jo: it was not done" in text


def test_the_list_has_the_worst_budget_first_and_an_unknown_one_where_a_spent_one_would_be(client: TestClient):
    names = row_names(look(client, "/slos"))
    assert names[:4] == ["database-availability", "search-latency", "jobs-within-sla", "api-availability"]
    assert len(names) == 9


@pytest.mark.parametrize("column", ["state", "name", "target", "sli", "budget", "burn", "forecast", "alerts"])
def test_each_heading_sorts_both_ways_and_says_so(client: TestClient, column: str):
    up, down = client.get(f"/slos?sort={column}").text, client.get(f"/slos?sort={column}&dir=desc").text
    assert up.count('aria-sort="ascending"') == 1
    assert down.count('aria-sort="descending"') == 1
    assert set(row_names(read(up))) == set(row_names(read(down)))


def test_sorting_by_name_goes_through_the_alphabet(client: TestClient):
    names = row_names(look(client, "/slos?sort=name"))
    assert names == sorted(names)
    assert row_names(look(client, "/slos?sort=name&dir=desc")) == sorted(names, reverse=True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=api", {"api-availability", "api-latency"}),
        ("q=API%20latency", {"api-latency"}),
        ("q=no_data", {"checkout-availability"}),
        ("state=low_traffic", {"search-availability"}),
        ("service=jobs", {"jobs-within-sla", "reports-delivered"}),
        ("q=availability&state=ok", set[str]()),
    ],
)
def test_searching_finds_by_words_state_and_service(client: TestClient, query: str, found: set[str]):
    page = look(client, f"/slos?{query}")
    assert set(row_names(page)) == found
    assert bool(found) != ("Nothing matches" in page.text)


def test_what_needs_attention_comes_first_with_its_cause_and_remedy(sample: SampleReliability, client: TestClient):
    sample.known_problems.append(broken_reload())
    text = look(client, "/").text
    assert "2 objectives are critical" in text
    assert "The changed files were not taken" in text
    assert "reliability/api.yaml:14:7: spec.objectives[0].taget: unknown field; did you mean target?" in text
    assert "shop-prometheus" in text
    assert "Check the address and that the source runs." in text
    order = [text.index(word) for word in ("Critical database", "Misconfigured search", "No data checkout")]
    assert order == sorted(order)


def test_a_healthy_installation_is_calm(sample: SampleReliability, client: TestClient):
    sample.told = [each for each in sample.told if each.objective.name in ("api-latency", "database-latency")]
    sample.silent_source = False
    page = look(client, "/")
    assert "Every objective is within its budget" in page.text
    assert "Needs attention" not in page.text


def test_a_silent_source_is_not_calm(sample: SampleReliability, client: TestClient):
    sample.told = [each for each in sample.told if each.objective.name == "api-latency"]
    assert "A source is silent" in look(client, "/").text


def test_an_empty_installation_says_what_to_do(sample: SampleReliability, client: TestClient):
    sample.told = []
    assert "No objectives are declared yet" in look(client, "/").text
    assert "covet-sre init" in look(client, "/slos").text
    assert "No services are declared yet" in look(client, "/services").text


def test_a_service_shows_four_golden_signals_and_the_cause_of_a_missing_one(client: TestClient):
    text = look(client, "/services/api").text
    for signal in ("Traffic", "Errors", "Latency", "Saturation"):
        assert signal in text
    assert "No series matches http_requests_in_flight" in text
    assert "Should stay below 500 ms" in text


@pytest.mark.parametrize("address", ["/slos/nope", "/services/nope", "/nope", f"/slos/{HOSTILE.replace('/', '')}"])
def test_what_does_not_exist_is_a_page_that_says_so(client: TestClient, address: str):
    assert "There is no such page" in look(client, address, 404).text


def test_names_labels_and_values_from_outside_are_text_and_never_markup():
    sample = SampleReliability()
    story = sample.told[0]
    told = replace(
        story.objective,
        display_name=HOSTILE,
        description=HOSTILE,
        runbook="javascript:alert(1)",
        labels=(("team", HOSTILE),),
    )
    story.objective = told
    story.state, story.cause, story.remedy = State.NO_DATA, HOSTILE, HOSTILE
    story.spenders = {HOSTILE: [(HOSTILE, 3.0), ("", 1.0)]}
    client = TestClient(application(sample))
    for address in ("/", "/slos", f"/slos/{told.name}", "/services", "/services/api"):
        page = look(client, address)
        assert HOSTILE in page.text
    found = look(client, "/slos?q=" + HOSTILE.replace("&", "%26").replace("#", "%23"))
    assert "Nothing matches" not in found.text
    assert not any(link.startswith("javascript") for link in look(client, f"/slos/{told.name}").links)


def test_the_demo_s_clock_and_its_simulated_past_are_shown(sample: SampleReliability, client: TestClient):
    page = look(client, "/slos/api-availability?range=1d")
    assert "30× speed" in page.text
    assert "History before Nov 22, 23:40 UTC is simulated" in page.text
    assert "simulated" in client.get("/slos/api-availability").text
    sample.speed, sample.simulated = 1.0, None
    text = look(client, "/slos/api-availability").text
    assert "speed" not in text
    assert "simulated" not in text


def test_faults_can_be_switched_in_the_demo_only(sample: SampleReliability):
    demo = SampleDemo()
    client = TestClient(application(sample, demo), follow_redirects=False)
    assert "Break something" in look(client, "/").text
    answer = client.post("/demo/faults/errors", data={"on": "1"})
    assert (answer.status_code, demo.on) == (303, {"errors"})
    assert 'aria-checked="true"' in client.get("/").text
    client.post("/demo/faults/errors", data={"on": "0"})
    assert demo.on == set()
    assert client.post("/demo/faults/nope", data={"on": "1"}).status_code == 404
    without = TestClient(application(sample))
    assert "Break something" not in look(without, "/").text
    assert without.post("/demo/faults/errors", data={"on": "1"}).status_code == 404


FORM = {
    "kind": "exclude",
    "start": "2026-11-20T10:00",
    "end": "2026-11-20T11:00",
    "bad": "0",
    "total": "0",
    "author": "mara",
    "reason": "Moving house",
}


def test_the_form_adjusts(sample: SampleReliability):
    client = TestClient(application(sample), follow_redirects=False)
    answer = client.post("/slos/api-availability/adjustments", data=FORM)
    assert answer.status_code == 303
    made = sample.known_adjustments[0]
    assert (made.author, made.reason, made.end_minute - made.start_minute) == ("mara", "Moving house", 60)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"end": "2026-11-20T09:00"}, "ends before it starts"),
        ({"start": "tomorrow"}, "start is no time"),
        ({"author": "  "}, "needs an author and a reason"),
        ({"kind": "delete"}, "no such kind"),
        ({"kind": "correct"}, "a correction by nothing"),
        ({"kind": "correct", "bad": "many"}, "bad is no whole number"),
        ({"reason": "x" * 200_000}, "the form is too large"),
    ],
)
def test_a_form_that_cannot_be_meant_changes_nothing(sample: SampleReliability, change: dict[str, str], told: str):
    client = TestClient(application(sample))
    answer = client.post("/slos/api-availability/adjustments", data={**FORM, **change})
    assert answer.status_code == 422
    assert told in read(answer.text).text
    assert sample.known_adjustments == []


def test_assets_are_named_by_their_content_and_kept(client: TestClient):
    page = look(client, "/")
    static = [link for link in page.links if link.startswith("/static/")]
    assert len(static) == 4
    for link in static:
        answer = client.get(link)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/nope.js").status_code == 404
    assert client.get("/static/..%2Fpages.py").status_code == 404
    assert client.get("/favicon.ico").headers["content-type"] == "image/svg+xml"


def test_a_thousand_objectives_are_one_page_of_little_work(sample: SampleReliability, monkeypatch: pytest.MonkeyPatch):
    some, sparks = list(sample.statuses()), sample.sparklines(30)
    many = [
        replace(status, objective=replace(status.objective, name=f"{status.objective.name}-{number}"))
        for number in range(112)
        for status in some
    ]
    drawn = {f"{name}-{number}": line for name, line in sparks.items() for number in range(112)}
    monkeypatch.setattr(sample, "statuses", lambda: many)
    monkeypatch.setattr(sample, "sparklines", lambda _points: drawn)
    client = TestClient(application(sample))
    client.get("/slos")
    began = time.process_time()
    answer = client.get("/slos")
    spent_seconds = time.process_time() - began
    page = read(answer.text)
    assert page.complaints == []
    assert len(row_names(page)) == 1008
    assert len(answer.content) < 2_500_000
    assert spent_seconds < 1.5  # 0.2 on a quiet machine


def test_the_policy_that_governs_is_the_one_that_is_shown(sample: SampleReliability, monkeypatch: pytest.MonkeyPatch):
    whole = sample.declaration()
    general = whole.policy_for(whole.objectives[0])
    mine = replace(general, name="ours", slos=("api-availability",))
    monkeypatch.setattr(sample, "declaration", lambda: replace(whole, policies=(mine,)))
    assert isinstance(sample.declaration(), Declaration)
    client = TestClient(application(sample))
    assert "Policy “ours”" in look(client, "/slos/api-availability").text
    assert "Policy “handbook”" in look(client, "/slos/api-latency").text
