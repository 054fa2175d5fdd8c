"""The pages of alerts and incidents, in every state, and what their forms do."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.web.house import application
from tests.web.markup import Page, read
from tests.web.sample import SampleReliability
from tests.web.sample_incidents import MINUTE, SampleIncidents, a_night, identity_of

from covet_sre.alerting.severity import Severity
from covet_sre.errors import StoreFull
from covet_sre.flows.ack_links import AcknowledgeLink, acknowledge_token, read_token
from covet_sre.flows.incidents import IncidentFilter
from covet_sre.incident import facts
from covet_sre.incident.incident import State
from covet_sre.web.incidents import words

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7919*7919 }}' onclick='x"""
SECRET = b"sixteen bytes at least"


@pytest.fixture
def night() -> SampleIncidents:
    return a_night()


@pytest.fixture
def client(night: SampleIncidents) -> TestClient:
    def read_link(token: str) -> AcknowledgeLink:
        return read_token(SECRET, token, night.at)

    return TestClient(application(SampleReliability(), None, night, read_link))


@pytest.fixture
def api(night: SampleIncidents) -> str:
    """The incident that nobody takes care of."""
    return identity_of(night, "api")


def look(client: TestClient, address: str, status: int = 200) -> Page:
    return seen(client.get(address), status)


def seen(answer: Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = read(answer.text)
    assert page.complaints == []
    return page


def send(client: TestClient, address: str, **fields: str) -> Response:
    return client.post(address, data=fields, follow_redirects=False)


# ---------------------------------------------------------------- reading


def test_every_incident_can_be_read_in_story_and_in_log(night: SampleIncidents, client: TestClient):
    for identity, incident in night.known.items():
        story = look(client, f"/incidents/{identity}")
        assert incident.title in story.text
        assert words.STATE_WORDS[incident.state] in story.text
        log = look(client, f"/incidents/{identity}?show=log")
        assert f"All {len(night.entries[identity])} entries" in log.text
    assert len({each.state for each in night.known.values()}) >= 5


def test_a_merged_incident_leads_to_the_one_in_which_it_goes_on(night: SampleIncidents, client: TestClient, api: str):
    other = identity_of(night, "database")
    night.decide(facts.Merge(other, "sam", api, "n3 carried the API's pods"))
    page = look(client, f"/incidents/{other}")
    assert f"Merged into {api}" in page.text
    assert f"/incidents/{api}" in page.links
    assert "Nothing but notes" in page.text


def test_the_page_that_everybody_opens_begins_with_what_nobody_takes_care_of(
    night: SampleIncidents, client: TestClient, api: str
):
    page = look(client, "/")
    assert "3 incidents are open, 2 of them without anybody" in page.text
    cards = [link for link in page.links if re.fullmatch(r"/incidents/INC-[\d-]+", link)]
    assert cards[0] == f"/incidents/{api}"
    assert page.text.index("Open incidents") < page.text.index("ana shop-primary") < page.text.index("Needs attention")
    for told in ("ana shop-primary", "Nobody shop-secondary", "nobody’s", "Next, in 1 min: page to who is on call"):
        assert told in page.text
    assert "asks somebody to take care" in page.text


def test_when_nothing_is_open_the_page_is_about_objectives_again(night: SampleIncidents, client: TestClient):
    for each in night.incidents(IncidentFilter(is_open=True)):
        night.decide(facts.Resolve(each.identity, "ana", "Over"))
    page = look(client, "/")
    assert "Open incidents" not in page.text
    assert "objectives are critical" in page.text
    assert "No incident is open" in look(client, "/incidents").text


def test_a_missed_deadline_and_a_backlog_are_told(night: SampleIncidents, client: TestClient):
    identity = night.decide(facts.Declare("sam", "api", Severity.P1, "Slow"))
    night.pass_time(16 * MINUTE)
    assert "Not acknowledged in time" in look(client, f"/incidents/{identity}").text
    night.is_away = True
    assert "this server does not decide" in look(client, "/").text.lower()


def test_the_list_is_filtered_and_its_address_can_be_shared(night: SampleIncidents, client: TestClient):
    def listed(query: str) -> set[str]:
        page = look(client, f"/incidents{query}")
        return {link.removeprefix("/incidents/") for link in page.links if link.startswith("/incidents/INC")}

    known = night.known.values()
    assert listed("") == {each.identity for each in known if each.state.is_open}
    assert listed("?state=closed") == {each.identity for each in known if not each.state.is_open}
    assert listed("?state=all") == set(night.known)
    assert listed("?state=all&severity=P1&service=jobs") == {identity_of(night, "jobs")}
    assert listed("?state=nonsense&severity=P7") == listed("")
    assert "Nothing matches" in look(client, "/incidents?service=nope").text


def test_older_incidents_are_behind_a_link(night: SampleIncidents, client: TestClient):
    for number in range(60):
        night.decide(facts.Declare("sam", "jobs", Severity.P3, f"Number {number}"))
    found: list[str] = []
    address = "/incidents?service=jobs"
    while address:
        page = look(client, address)
        found += [link for link in page.links if link.startswith("/incidents/INC")]
        address = next((link for link in page.links if "before=" in link), "")
    assert found == [
        f"/incidents/{each.identity}"
        for each in night.incidents(IncidentFilter(is_open=True, service="jobs", limit=1000))
    ]
    assert len(found) == 60


def test_the_inbox_says_why_of_every_alert_and_how_to_undo_it(night: SampleIncidents, client: TestClient, api: str):
    firing = look(client, "/alerts")
    for alert in night.alerts(firing=True):
        assert alert.disposition.why in firing.text
    assert f"/incidents/{api}#split-why" in firing.links
    assert "/silences#silence-s-n7" in firing.links
    attached = look(client, "/alerts?verdict=attached")
    assert "PodRestarts" not in attached.text
    assert "OrdersFail" in attached.text
    assert "DiskFull" in look(client, "/alerts?verdict=suppressed").text
    assert "SearchSlow" in look(client, "/alerts?show=over").text
    assert "Nothing matches" in look(client, "/alerts?service=nope").text


def test_deliveries_are_shown_with_what_was_made_of_each_alert(night: SampleIncidents, client: TestClient):
    page = look(client, "/alerts?show=arrivals")
    for told in (
        "Waits",
        "Decided",
        "Put aside",
        "payload.severity is no text",
        "it is known, and belongs to",
        "10.0.3.7",
    ):
        assert told in page.text
    for number in range(60):
        night.report(f"A{number}", "jobs", "info")
    more = look(client, "/alerts?show=arrivals")
    [further] = [link for link in more.links if "before=" in link]
    assert "#1 " in look(client, further).text


def test_pages_of_an_empty_installation_say_what_to_do(client: TestClient):
    bare = TestClient(application(SampleReliability(), None, SampleIncidents()))
    assert "No incident is open" in look(bare, "/incidents").text
    assert "Nothing fires" in look(bare, "/alerts").text
    assert "/hooks/alertmanager" in look(bare, "/alerts?show=arrivals").text
    assert "Nothing is silenced" in look(bare, "/silences").text
    assert "What reaches nobody else is shown here" in look(bare, "/").text


def test_what_does_not_exist_is_404_and_leads_on(client: TestClient):
    assert "see the list of incidents" in look(client, "/incidents/INC-2026-0101-001", 404).text
    assert send(client, "/incidents/INC-2026-0101-001/acknowledge").status_code == 404


def test_without_incidents_the_pages_are_what_they_were():
    bare = TestClient(application(SampleReliability()))
    page = look(bare, "/")
    assert "On call" not in page.text
    assert "/incidents" not in page.links
    assert bare.get("/incidents").status_code == 404


@pytest.mark.parametrize("show", ["", "?show=log"])
def test_labels_and_words_of_others_are_shown_as_they_are(night: SampleIncidents, client: TestClient, show: str):
    key = night.report(
        HOSTILE, "api", HOSTILE, other=HOSTILE, annotation_summary=HOSTILE, annotation_runbook_url=HOSTILE
    )
    identity = night.desk.alerts[key].incident
    night.decide(facts.AddNote(identity, HOSTILE, HOSTILE))
    night.decide(facts.Assign(identity, "ana", HOSTILE[:90]))
    for address in (f"/incidents/{identity}{show}", "/", "/incidents", "/alerts", "/alerts?show=arrivals"):
        page = look(client, address)
        assert "62710561" not in page.text
    assert HOSTILE[:40] in look(client, f"/incidents/{identity}{show}").text
    form = look(client, f"/silences?matchers={quote('a=' + HOSTILE)}&reason={quote(HOSTILE)}&actor={quote(HOSTILE)}")
    assert form.complaints == []


def test_no_context_or_label_can_be_made_a_script_link(night: SampleIncidents, client: TestClient, api: str):
    night.report("X", "api", "page", annotation_runbook_url="javascript:alert(1)")
    assert not [link for link in look(client, f"/incidents/{api}").links if "javascript" in link]


# ---------------------------------------------------------------- acting


def test_one_press_acknowledges_and_the_name_is_remembered(night: SampleIncidents, client: TestClient, api: str):
    answer = send(client, f"/incidents/{api}/acknowledge", actor="ana")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{api}")
    assert night.commands == [facts.Acknowledge(api, "ana", "page")]
    page = look(client, f"/incidents/{api}")
    assert "ana takes care" in page.text
    assert 'value="ana"' in client.get(f"/incidents/{api}").text
    send(client, f"/incidents/{api}/notes", text="Looking")
    assert night.commands[-1] == facts.AddNote(api, "ana", "Looking")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_somebody_who_says_no_name_is_nobody_known(night: SampleIncidents, client: TestClient, api: str):
    send(client, f"/incidents/{api}/acknowledge")
    assert night.commands == [facts.Acknowledge(api, "anonymous on loopback", "page")]


def test_the_big_button_leads_through_the_whole_way(night: SampleIncidents, client: TestClient, api: str):
    """Whatever the page says is next is pressed until nothing is next."""
    pressed: list[str] = []
    for _ in range(10):
        text = client.get(f"/incidents/{api}").text
        form = re.search(r'<form method="post" action="([^"]+)" class="next-form">(.*?)</form>', text, re.DOTALL)
        if form is None:
            break
        fields = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', form[2]))
        fields |= {name: "It was the release" for name in ("how", "why") if f'name="{name}"' in form[2]}
        pressed.append(form[1].rpartition("/")[2])
        assert send(client, form[1], **{**fields, "actor": "ana"}).status_code == 303
    assert pressed == ["acknowledge", "mitigate", "mitigate", "resolve", "close"]
    assert night.known[api].state is State.CLOSED
    assert "It is over" in look(client, f"/incidents/{api}").text


FORMS: list[tuple[str, dict[str, str], Callable[[str], facts.Command]]] = [
    ("notes", {"text": "a\nb"}, lambda i: facts.AddNote(i, "ana", "a\nb")),
    ("severity", {"severity": "P2", "why": "few"}, lambda i: facts.ChangeSeverity(i, "ana", Severity.P2, "few")),
    ("assign", {"person": "sam"}, lambda i: facts.Assign(i, "ana", "sam")),
    ("mitigate", {"done": "0"}, lambda i: facts.Mitigate(i, "ana", "", done=False)),
    ("mitigate", {"done": "1", "how": "x"}, lambda i: facts.Mitigate(i, "ana", "x")),
    ("resolve", {"how": "x"}, lambda i: facts.Resolve(i, "ana", "x")),
    ("false-alarm", {"why": "x"}, lambda i: facts.CallFalseAlarm(i, "ana", "x")),
]


@pytest.mark.parametrize(("action", "fields", "expected"), FORMS)
def test_each_form_is_the_decision_that_it_names(
    night: SampleIncidents,
    client: TestClient,
    api: str,
    action: str,
    fields: dict[str, str],
    expected: Callable[[str], facts.Command],
):
    assert f'action="/incidents/{api}/{action}"' in client.get(f"/incidents/{api}").text
    assert send(client, f"/incidents/{api}/{action}", **fields, actor="ana").status_code == 303
    assert night.commands == [expected(api)]


def test_alerts_are_taken_out_and_put_together_again(night: SampleIncidents, client: TestClient, api: str):
    key = next(alert.key for alert in night.desk.alerts.values() if alert.service == "checkout")
    assert f'name="alert:{key}"' in client.get(f"/incidents/{api}").text
    answer = send(client, f"/incidents/{api}/split", **{f"alert:{key}": "1", "why": "own trouble", "actor": "ana"})
    made = answer.headers["location"].removeprefix("/incidents/")
    assert night.desk.alerts[key].incident == made != api
    back = send(client, f"/incidents/{made}/merge", into=api, why="one after all", actor="ana")
    assert back.headers["location"] == f"/incidents/{api}"
    assert night.desk.alerts[key].incident == api


def test_an_incident_is_declared_by_hand(night: SampleIncidents, client: TestClient):
    fields = {"title": "No mails", "service": "jobs", "severity": "P1", "impact": "2026-11-23T09:00", "actor": "sam"}
    answer = send(client, "/incidents", **fields)
    made = night.known[answer.headers["location"].removeprefix("/incidents/")]
    assert (made.title, made.by_hand, made.times.impact % 3600) == ("No mails", True, 0.0)
    wrong = seen(send(client, "/incidents", **{**fields, "service": "nope", "title": "Kept words"}), 404)
    assert "That was not done" in wrong.text
    assert "Kept words" in send(client, "/incidents", **{**fields, "severity": "P9", "title": "Kept words"}).text


def test_a_time_is_corrected_with_a_reason(night: SampleIncidents, client: TestClient, api: str):
    fields = {"moment": "impact", "at": "2026-11-23T09:20", "reason": "the graph", "actor": "ana"}
    assert send(client, f"/incidents/{api}/times", **fields).status_code == 303
    assert night.known[api].times.impact == night.at - 20 * MINUTE
    wrong = seen(send(client, f"/incidents/{api}/times", **{**fields, "at": "2026-11-23T09:39"}), 422)
    assert "before it was impact" in wrong.text or "detected" in wrong.text


# ---------------------------------------------------------------- two at once, and when it cannot be done


def test_the_second_to_acknowledge_is_told_who_was_first_and_changes_nothing(
    night: SampleIncidents, client: TestClient, api: str
):
    send(client, f"/incidents/{api}/acknowledge", actor="sam", seen_by="")
    page = seen(send(client, f"/incidents/{api}/acknowledge", actor="ana", seen_by=""), 409)
    assert "sam has acknowledged it" in page.text
    assert night.known[api].acknowledged_by == "sam"
    assert len(night.commands) == 1
    assert send(client, f"/incidents/{api}/acknowledge", actor="sam", seen_by="").status_code == 303


def test_who_resolves_what_was_resolved_is_told_so_and_keeps_the_words(
    night: SampleIncidents, client: TestClient, api: str
):
    fields = {
        "seen_state": "paged",
        "seen_severity": "P0",
        "seen_by": "",
        "actor": "ana",
        "how": "The cache was <full>",
    }
    night.decide(facts.Resolve(api, "sam", "Restarted"))
    answer = send(client, f"/incidents/{api}/resolve", **fields)
    page = seen(answer, 409)
    assert "It is now review pending, P0" in page.text
    assert night.known[api].resolution == "Restarted"


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("severity", {"severity": "P2", "why": "Kept words"}),
        ("assign", {"person": "Kept words"}),
        ("false-alarm", {"why": "Kept words"}),
        ("resolve", {"how": "Kept words"}),
        ("notes", {"text": "Kept words"}),
        ("times", {"moment": "impact", "at": "2027-01-01T00:00", "reason": "Kept words"}),
        ("split", {"why": "Kept words"}),
    ],
)
def test_what_was_written_is_still_there_when_it_could_not_be_done(
    night: SampleIncidents,
    client: TestClient,
    api: str,
    action: str,
    fields: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
):
    def full(command: object) -> str:
        raise StoreFull("no space left on the device", remedy="free some space")

    monkeypatch.setattr(night, "decide", full)
    answer = send(client, f"/incidents/{api}/{action}", **fields, actor="ana")
    page = seen(answer, 422 if action == "split" else 503)
    assert "That was not done" in page.text
    assert "Kept words" in answer.text
    if action != "notes":
        assert f'id="do-{action}" open' in answer.text


def test_somebody_elses_change_meanwhile_is_told_and_a_note_is_never_held_up(
    night: SampleIncidents, client: TestClient, api: str
):
    before = {"seen_state": "paged", "seen_severity": "P0", "seen_by": "", "actor": "ana"}
    night.decide(facts.ChangeSeverity(api, "sam", Severity.P2, "few are hurt"))
    answer = send(client, f"/incidents/{api}/severity", **before, severity="P1", why="Kept words")
    assert "P2" in seen(answer, 409).text
    assert "Kept words" in answer.text
    assert night.known[api].severity is Severity.P2
    assert send(client, f"/incidents/{api}/notes", **before, text="Still looking").status_code == 303


def test_what_is_kept_says_so_and_is_not_lost(night: SampleIncidents, client: TestClient, api: str):
    night.is_away = True
    page = seen(send(client, f"/incidents/{api}/resolve", how="Rolled back", actor="ana"), 503)
    assert "It is kept, and not done yet" in page.text
    assert night.kept == [facts.Resolve(api, "ana", "Rolled back")]


def test_a_silence_that_cannot_be_ended_now_says_that_it_is_kept(night: SampleIncidents, client: TestClient):
    seen(send(client, "/silences/nope/expire", actor="ana"), 404)
    night.is_away = True
    page = seen(send(client, "/silences/s-n7/expire", actor="ana"), 503)
    assert "It is kept, and not done yet" in page.text
    assert night.kept == [facts.ExpireSilence("s-n7", "ana")]


NUL = (
    "/incidents/%00",
    "/incidents?service=%00",
    "/incidents?before=%00",
    "/alerts?after=%00",
    "/silences?matchers=%00",
)


@pytest.mark.parametrize("address", NUL)
def test_the_character_that_no_database_keeps_is_refused_in_addresses(client: TestClient, address: str):
    look(client, address, 422)


def test_the_character_that_no_database_keeps_is_replaced_in_forms(
    night: SampleIncidents, client: TestClient, api: str
):
    send(client, f"/incidents/{api}/notes", text="a\0b", actor="a\0na")
    assert night.commands == [facts.AddNote(api, "a\N{REPLACEMENT CHARACTER}na", "a\N{REPLACEMENT CHARACTER}b")]


def test_an_action_that_there_is_not_changes_nothing(night: SampleIncidents, client: TestClient, api: str):
    seen(send(client, f"/incidents/{api}/delete", actor="ana"), 404)
    assert night.commands == []


def test_another_website_can_not_press_our_buttons(night: SampleIncidents, client: TestClient, api: str):
    foreign = {"origin": "https://elsewhere.example"}
    for address in (f"/incidents/{api}/acknowledge", "/silences", "/incidents", f"/ack/{link_of(night, api)}"):
        assert client.post(address, headers=foreign).status_code == 403
    assert night.commands == []


# ---------------------------------------------------------------- silences


def test_a_silence_is_tried_made_and_ended(night: SampleIncidents, client: TestClient):
    tried = look(client, f"/silences?matchers={quote('service=api')}&duration=1h&reason=test")
    assert "2 of 7 firing alerts would be quiet" in tried.text
    assert len(night.desk.silences) == 1
    fields = {"matchers": 'service="api"\n\nwindow=~"1h"', "duration": "1h", "reason": "load test", "actor": "sam"}
    assert send(client, "/silences", **fields).headers["location"] == "/silences"
    made = next(each for each in night.silences() if each.reason == "load test")
    assert (made.author, made.ends_at, len(made.matchers)) == ("sam", night.at + 3600, 2)
    assert 'window=~"1h"' in look(client, "/silences").text
    assert send(client, f"/silences/{made.identity}/expire", actor="ana").status_code == 303
    assert night.desk.silences[made.identity].ends_at == night.at
    until = {**fields, "duration": "until", "until": "2026-11-24T00:00", "reason": "planned", "kind": "maintenance"}
    send(client, "/silences", **until)
    assert next(each for each in night.silences() if each.reason == "planned").ends_at == 1795478400.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"matchers": "nonsense"}, "bad matcher format"),
        ({"matchers": "a=~.*"}, "would match every alert"),
        ({"matchers": 'a=~"("'}, "no regular expression"),
        ({"duration": "until", "until": "2020-01-01T00:00"}, "it ends"),
        ({"duration": "for ever"}, "how long it holds"),
        ({"reason": ""}, "the reason is missing"),
    ],
)
def test_a_silence_that_cannot_be_meant_keeps_what_was_written(
    night: SampleIncidents, client: TestClient, change: dict[str, str], said: str
):
    fields = {"matchers": "service=api", "duration": "1h", "reason": "Kept words", "actor": "sam", **change}
    answer = send(client, "/silences", **fields)
    assert said in seen(answer, 422).text
    assert fields["reason"] in answer.text
    assert len(night.desk.silences) == 1


@pytest.mark.parametrize("matchers", ["nonsense", "a=~.*", 'a=~"("', "service=nobody"])
def test_trying_never_fails_and_never_changes_anything(night: SampleIncidents, client: TestClient, matchers: str):
    look(client, f"/silences?matchers={quote(matchers)}")
    assert len(night.desk.silences) == 1


def test_an_alert_leads_to_the_silence_that_would_keep_just_it_quiet(night: SampleIncidents, client: TestClient):
    page = look(client, "/alerts?service=checkout")
    [address] = [link for link in page.links if link.startswith("/silences?")]
    assert "1 of 7 firing alerts would be quiet" in look(client, address.partition("#")[0]).text


# ---------------------------------------------------------------- the link in a notification


def link_of(night: SampleIncidents, identity: str, person: str = "ana") -> str:
    return acknowledge_token(SECRET, identity, person, night.at + 3600)


def test_opening_the_link_shows_one_button_and_changes_nothing(night: SampleIncidents, client: TestClient, api: str):
    token = link_of(night, api)
    for _ in range(3):
        page = look(client, f"/ack/{token}")
        client.head(f"/ack/{token}")
    assert "As ana: you take care" in page.text
    assert night.commands == []
    answer = client.post(f"/ack/{token}", follow_redirects=False)
    assert answer.headers["location"] == f"/ack/{token}"
    assert night.commands == [facts.Acknowledge(api, "ana", "link")]
    assert "You have acknowledged it" in look(client, f"/ack/{token}").text


def test_a_link_that_comes_too_late_says_what_is_now(night: SampleIncidents, client: TestClient, api: str):
    token = link_of(night, api)
    night.decide(facts.Acknowledge(api, "sam", "page"))
    assert "sam has acknowledged it" in look(client, f"/ack/{token}").text
    assert "Nothing more is asked of you" in seen(client.post(f"/ack/{token}"), 409).text
    night.decide(facts.Resolve(api, "sam", "Restarted"))
    assert night.known[api].acknowledged_by == "sam"


def test_a_link_to_what_is_over_has_no_button(night: SampleIncidents, client: TestClient, api: str):
    night.decide(facts.CallFalseAlarm(api, "sam", "A test"))
    page = look(client, f"/ack/{link_of(night, api)}")
    assert "It is over" in page.text
    assert "acknowledge" not in page.identities
    assert "That was not done" in seen(client.post(f"/ack/{link_of(night, api)}"), 422).text


def test_a_link_that_is_not_ours_or_has_expired_is_refused_with_what_to_do(
    night: SampleIncidents, client: TestClient, api: str
):
    token = link_of(night, api)
    for wrong in ("x", token[:-2], acknowledge_token(b"another secret, as long", api, "ana", night.at + 60)):
        assert "not one of ours" in look(client, f"/ack/{wrong}", 422).text
        assert client.post(f"/ack/{wrong}").status_code == 422
    night.pass_time(3600)
    assert "expired" in look(client, f"/ack/{token}", 422).text
    assert night.commands == []


def test_crawling_every_link_changes_nothing(night: SampleIncidents, client: TestClient, api: str):
    """Whatever a scanner, a preview or a browser that loads ahead may open."""
    before = ({name: list(told) for name, told in night.entries.items()}, dict(night.desk.silences))
    seen_addresses = set[str]()
    waiting = ["/", "/incidents?state=all", "/alerts", "/silences", f"/ack/{link_of(night, api)}"]
    while waiting and len(seen_addresses) < 150:
        address = waiting.pop(0).partition("#")[0]
        if address in seen_addresses or not address.startswith("/") or address.startswith(("/static", "/live")):
            continue
        seen_addresses.add(address)
        answer = client.get(address, follow_redirects=False)
        assert answer.status_code < 500, address
        if answer.headers["content-type"].startswith("text/html"):
            waiting += [link for link in read(answer.text).links if link not in seen_addresses]
    assert len(seen_addresses) > 40
    assert night.commands == []
    assert ({name: list(told) for name, told in night.entries.items()}, dict(night.desk.silences)) == before
