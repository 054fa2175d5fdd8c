"""The pages of who is on call: they say what the schedule says, and what people do there happens or is told why not."""

import re
from datetime import UTC, datetime

import icalendar
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.house import application
from tests.web.markup import Page
from tests.web.sample import SampleReliability
from tests.web.sample_incidents import HOUR, START, SampleIncidents
from tests.web.sample_on_call import DAY, MONDAY, SECRET, a_week
from tests.web.test_incident_pages import seen

from covet_sre.engine.oncall import Rosters
from covet_sre.flows.coming_back import CameBackFrom, Question, carry_out
from covet_sre.flows.contact_codes import code_for
from covet_sre.incident.oncall_facts import SetOverride
from covet_sre.incident.outgoing import Purpose
from covet_sre.oncall.calendar_address import CalendarAddress, token_digest
from covet_sre.oncall.duty import duties
from covet_sre.oncall.escalation import Recipient, RecipientKind
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.shift_test import ShiftTest
from covet_sre.oncall.swap import Swap, SwapState
from covet_sre.oncall.target import Channel

Week = tuple[SampleIncidents, Rosters]


@pytest.fixture
def week() -> Week:
    return a_week()


@pytest.fixture
def client(week: Week) -> TestClient:
    incidents, rosters = week
    app = application(SampleReliability(), None, incidents, None, rosters)
    return TestClient(app, follow_redirects=False)


def look(client: TestClient, address: str, status: int = 200) -> Page:
    return seen(client.get(address), status)


def send(client: TestClient, address: str, **fields: str):
    return client.post(address, data=fields)


PRIMARY = "/oncall/shop-primary"


@pytest.mark.parametrize(
    "address",
    [
        "/oncall",
        PRIMARY,
        f"{PRIMARY}?view=month",
        f"{PRIMARY}?view=month&day=2026-10-25",
        f"{PRIMARY}?view=week&day=nonsense&open=override&removes=ana&start=2026-11-24T07:00",
        f"{PRIMARY}?day=9999-12-31",
        f"{PRIMARY}?day=0001-01-01",
        "/oncall/shop-europe",
        "/oncall/people/ana",
        "/oncall/people/sam",
        "/oncall-preview",
    ],
)
def test_every_page_is_well_made(client: TestClient, address: str) -> None:
    page = look(client, address)
    assert page.complaints == []
    assert "On call" in page.text


def test_what_is_not_there_is_said(client: TestClient) -> None:
    look(client, "/oncall/nobody-knows", 404)
    look(client, "/oncall/people/zoe", 404)
    assert send(client, f"{PRIMARY}/dance").status_code == 404


def test_all_schedules_say_who_is_on_call_who_comes_and_what_is_wrong(client: TestClient) -> None:
    text = look(client, "/oncall").text
    assert "Ana Lima until Mon 23 Nov, 22:00" in text
    assert "then Sam Otieno" in text
    assert "Ana Lima is on call for shop-primary and may not be reached" in text
    assert "Nobody is on call at times on shop-europe" in text
    assert "1 swap waiting" in text
    assert "a fair share" in text


def test_a_schedule_shows_its_layers_its_outcome_and_where_it_is_declared(client: TestClient) -> None:
    text = look(client, PRIMARY).text
    for told in ("nights layer", "weekly layer", "Overrides", "On call", "reliability/oncall.yaml:12", "Europe/Rome"):
        assert told in text
    assert "Eva Rossi instead of Ana Lima" in text
    assert "in the files: change it there" in text
    assert "The queue of orders is drained by hand" in client.get(PRIMARY).text
    assert "INC-" in text, "what is open goes along"


def test_an_override_is_made_there_and_taken_back(week: Week, client: TestClient) -> None:
    incidents, rosters = week
    answer = send(
        client,
        f"{PRIMARY}/override",
        adds="eva",
        removes="ana",
        start="2026-11-23T11:00",
        end="2026-11-23T13:00",
        reason="A walk",
        actor="ana",
        view="week",
        day="2026-11-23",
    )
    assert answer.status_code == 303
    assert rosters.roster().schedules["shop-primary"].on_call(START + HOUR) == ("eva",)
    assert "Eva Rossi instead of Ana Lima" in look(client, PRIMARY).text
    [made] = [one for one in incidents.desk.records(ShiftOverride).values() if one.reason == "A walk"]
    assert send(client, f"{PRIMARY}/remove", identity=made.identity, actor="ana").status_code == 303
    assert rosters.roster().schedules["shop-primary"].on_call(START + HOUR) == ("ana",)


def test_what_cannot_be_is_said_on_the_page_with_what_was_written(client: TestClient) -> None:
    answer = send(
        client,
        f"{PRIMARY}/override",
        adds="eva",
        removes="sam",
        start="2026-11-23T11:00",
        end="2026-11-23T13:00",
        reason="Half <b>past</b>",
        actor="ana",
    )
    page = seen(answer, 422)
    assert "sam is not on call then: ana is" in page.text
    assert 'value="Half &lt;b&gt;past&lt;/b&gt;"' in answer.text
    assert '<details class="actions-box" id="override" open>' in answer.text
    late = send(client, f"{PRIMARY}/override", adds="eva", start="soon", end="later", reason="x", actor="ana")
    assert "the beginning is no time" in seen(late, 422).text


def test_a_swap_is_asked_for_and_accepted_by_the_one_who_is_asked(week: Week, client: TestClient) -> None:
    incidents, rosters = week
    answer = send(
        client,
        f"{PRIMARY}/swap",
        asker="ana",
        asked="dan",
        start="2026-11-24T10:00",
        end="2026-11-24T12:00",
        reason="The school",
        actor="ana",
    )
    assert answer.status_code == 303
    [swap] = [one for one in incidents.desk.records(Swap).values() if one.reason == "The school"]
    refused = send(client, f"{PRIMARY}/answer", identity=swap.identity, accepts="1", actor="sam")
    assert "only dan can answer" in seen(refused, 422).text
    assert (
        send(client, f"{PRIMARY}/answer", identity=swap.identity, accepts="1", actor="Dan Fischer").status_code == 303
    )
    assert incidents.desk.records(Swap)[swap.identity].state is SwapState.ACCEPTED
    schedule = rosters.roster().schedules["shop-primary"]
    tuesday = MONDAY + DAY
    assert [schedule.on_call(tuesday + hours * HOUR) for hours in (0.99, 1, 2.99, 3)] == [
        ("ana",),
        ("dan",),
        ("dan",),
        ("ana",),
    ]


def test_a_note_that_somebody_else_wrote_meanwhile_is_shown_beside_ones_own(client: TestClient) -> None:
    first = send(client, f"{PRIMARY}/handoff", note="Mine", seen="1", actor="ana")
    assert first.status_code == 303
    second = send(client, f"{PRIMARY}/handoff", note="Theirs", seen="1", actor="sam")
    page = seen(second, 422)
    assert "ana has written another note meanwhile" in page.text
    assert "Mine" in page.text
    assert "Theirs</textarea>" in second.text


def test_a_test_page_is_answered_by_its_link_and_the_person_is_green_again(week: Week, client: TestClient) -> None:
    incidents, rosters = week
    [test] = [one for one in incidents.desk.records(ShiftTest).values() if one.person == "ana" and one.end > START]
    assert rosters.roster().unreachable("ana")
    token = f"{test.identity.replace('/', '!')}~ana"
    assert "It reached me" in look(client, f"/oncall-test/{token}").text
    assert client.post(f"/oncall-test/{token}").status_code == 303
    assert "that is known now" in look(client, f"/oncall-test/{token}").text
    assert not rosters.roster().unreachable("ana")
    look(client, "/oncall-test/forged", 422)


# ---------------------------------------------------------------- people


def test_contacts_are_changed_and_verified_with_the_code_that_came(week: Week, client: TestClient) -> None:
    incidents, rosters = week
    fields = {"seen": "0", "page-1": "chat", "page-2": "pager", "page-2-after": "2", "actor": "ana"}
    assert client.post("/oncall/people/ana/contacts", data=fields).status_code == 303
    text = look(client, "/oncall/people/ana").text
    assert "chat at once, pager after 2 min (their own rule)" in text
    stale = client.post("/oncall/people/ana/contacts", data={**fields, "page-1": "inbox"})
    assert "were changed meanwhile" in seen(stale, 422).text
    assert re.search(r'<option value="inbox" selected>', stale.text), "what was chosen stays"
    assert send(client, "/oncall/people/ana/code", target="mail", actor="ana").status_code == 303
    [sent] = [one for one in incidents.told.values() if one.purpose is Purpose.TEST and one.key.startswith("code/")]
    nonce = sent.key.rpartition("/")[2]
    wrong = send(client, "/oncall/people/ana/verify", target="mail", code="00000000", actor="ana")
    assert "that is not the code" in seen(wrong, 422).text

    code = code_for(SECRET, nonce)
    assert send(client, "/oncall/people/ana/verify", target="mail", code=f"{code[:4]} {code[4:]}").status_code == 303
    assert rosters.roster().is_verified("ana", "mail")
    assert "Verified" in look(client, "/oncall/people/ana").text


# ---------------------------------------------------------------- calendars that are given out


def made_calendar(client: TestClient, subject: str, name: str) -> str:
    answer = send(client, "/oncall-calendars", subject=subject, name=name, actor="ana")
    found = re.search(r'<code id="calendar-address">([^<]+)</code>', answer.text)
    assert answer.status_code == 200
    assert found
    return found[1].removeprefix("http://testserver")


def test_an_address_is_shown_once_is_kept_as_a_digest_and_is_revoked(week: Week, client: TestClient) -> None:
    incidents, _ = week
    path = made_calendar(client, "person", "ana")
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    [kept] = incidents.desk.records(CalendarAddress).values()
    assert kept.token_digest == token_digest(token)
    assert token not in repr(kept)
    assert token not in client.get("/oncall/people/ana").text
    answer = client.get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert client.get("/calendar/elsewhere.ics").status_code == 404
    assert send(client, f"/oncall-calendars/{kept.identity}/revoke").status_code == 303
    assert client.get(path).status_code == 404


def test_the_feed_is_rfc_5545_to_the_octet(client: TestClient) -> None:
    text = client.get(made_calendar(client, "schedule", "shop-primary")).content
    assert text.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert b"METHOD:PUBLISH\r\n" in text
    calendar = icalendar.Calendar.from_ical(text)
    events = calendar.walk("VEVENT")
    assert len({event["UID"] for event in events}) == len(events)
    for event in events:
        assert event["DTSTART"].dt.utcoffset().total_seconds() == 0
        assert {"UID", "DTSTAMP", "SEQUENCE", "DTEND", "SUMMARY"} <= set(event)


def test_a_change_keeps_the_names_of_shifts_and_raises_their_sequence(week: Week, client: TestClient) -> None:
    incidents, _ = week
    path = made_calendar(client, "schedule", "shop-primary")

    def events() -> dict[str, int]:
        found = icalendar.Calendar.from_ical(client.get(path).content).walk("VEVENT")
        return {str(event["UID"]): int(event["SEQUENCE"]) for event in found}

    before = events()
    assert before == events()
    start = MONDAY + 3 * DAY + 2 * HOUR
    incidents.decide(SetOverride("new", "ana", "shop-primary", start, start + HOUR, "ana", "sam", "A call"))
    after = events()
    assert set(before) < set(after)
    assert all(after[uid] == sequence + 1 for uid, sequence in before.items())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 300 * 24 * 60))
def test_the_feed_says_who_is_on_call_at_any_instant(minute: int) -> None:
    events, roster = _feed()
    at = START + minute * 60.0
    schedule = roster.schedules["shop-primary"]
    on_call = {roster.directory.people[one].display_name for one in schedule.on_call(at)}
    told = {
        str(event["SUMMARY"]).partition(",")[0]
        for event in events
        if event["DTSTART"].dt.timestamp() <= at < event["DTEND"].dt.timestamp()
    }
    assert told == on_call


def _feed(kept: list = []):  # noqa: B006 - made once, for all examples
    if not kept:
        incidents, rosters = a_week()
        client = TestClient(application(SampleReliability(), None, incidents, None, rosters))
        text = client.get(made_calendar(client, "schedule", "shop-primary")).content
        kept += [icalendar.Calendar.from_ical(text).walk("VEVENT"), rosters.roster()]
    return kept[0], kept[1]


# ---------------------------------------------------------------- preview, and one computation for all doors

DRAFT = """apiVersion: covet-sre/v1
kind: Schedule
metadata:
  name: shop-primary
spec:
  timeZone: Europe/Rome
  layers:
    - people: [ana, eva]
      handOver: 1d
      starts: 2026-11-02 09:00
"""


def test_a_draft_is_shown_with_what_would_change_and_nothing_is_kept(week: Week, client: TestClient) -> None:
    incidents, rosters = week
    before = rosters.roster().schedules["shop-primary"]
    answer = client.post("/oncall-preview", data={"text": DRAFT, "from": "2026-11-23", "to": "2026-12-06"})
    page = seen(answer)
    assert page.complaints == []
    assert "What changes" in page.text
    assert "Mon 23 Nov, 09:00 to" in page.text
    assert incidents.commands == []
    assert rosters.roster().schedules["shop-primary"] == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("people: [ana, eva]", "people: [ana, zoe]"), "draft.yaml:8:"),
        (("Europe/Rome", "Europe/Roma"), "there is no time zone 'Europe/Roma'"),
        (("starts: 2026-11-02 09:00", "starts: 2026-11-02 09:00\n      ends: 2026-11-01 09:00"), "is not after starts"),
        (("kind: Schedule", "kind: Team"), "there is no document of kind Schedule"),
        (("  layers:", "  layers: ["), "draft.yaml:"),
    ],
)
def test_a_draft_that_is_wrong_is_told_where(client: TestClient, change: tuple[str, str], told: str) -> None:
    text = DRAFT.replace(*change)
    page = seen(client.post("/oncall-preview", data={"text": text, "from": "2026-11-23", "to": "2026-12-06"}))
    assert told in page.text


def test_a_period_that_is_none_is_told(client: TestClient) -> None:
    for first, last, told in (
        ("2026-11-23", "2026-11-22", "ends before it begins"),
        ("2026-11-23", "2028-11-22", "longer than a year"),
        ("soon", "later", "no pair of days"),
    ):
        page = seen(client.post("/oncall-preview", data={"text": DRAFT, "from": first, "to": last}))
        assert told in page.text


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 200), st.integers(1, 40), st.sampled_from(("ana", "sam", "eva", "dan", ""))),
        max_size=5,
    ),
    st.integers(0, 240),
)
def test_page_api_chat_feed_and_escalation_say_the_same(
    overrides: list[tuple[int, int, str]], hours_later: int
) -> None:
    """Whatever people decided, at any time: there is one computation."""
    incidents, rosters = a_week()
    for number, (start, length, person) in enumerate(overrides):
        begins = START + start * HOUR
        holder = next(iter(rosters.roster().schedules["shop-primary"].on_call(begins)), "")
        command = SetOverride(f"n{number}", "x", "shop-primary", begins, begins + length * HOUR, holder, person, "r")
        if person != holder:
            incidents.decide(command)
    incidents.pass_time(hours_later * HOUR)
    roster = rosters.roster()
    held = {one.schedule: one for one in duties(roster.directory, incidents.at)}["shop-primary"]
    reached = incidents.desk.directory.reach(
        Recipient(RecipientKind.SCHEDULE, "shop-primary"), Channel.PAGE, incidents.at
    )
    assert [one.person for one in reached] == list(held.people)
    incidents.on_call = lambda: duties(incidents.desk.directory, incidents.at)  # type: ignore[method-assign]
    client = TestClient(application(SampleReliability(), None, incidents, None, rosters))
    said = {one["schedule"]: one for one in client.get("/api/v1/oncall").json()["items"]}["shop-primary"]
    assert (said["person"], said["people"], said["then"]) == (held.person, list(held.people), held.then)
    schedule = client.get("/api/v1/oncall/schedules/shop-primary").json()
    assert schedule["on_call"] == list(held.people)
    at = f"{datetime.fromtimestamp(incidents.at, UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert {one["person"] for one in schedule["shifts"] if one["start"] <= at < one["end"]} == set(held.people)
    text = look(client, PRIMARY).text
    name = roster.directory.people[held.person].display_name if held.person else "Nobody"
    assert f"{name} on call now" in text or f"{name} and " in text
    chat = carry_out(incidents, CameBackFrom("1", question=Question.ON_CALL))
    assert f"shop-primary: {held.person or 'nobody'}" in chat
