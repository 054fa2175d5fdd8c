"""The API of who is on call: as precise as the pages, and as unforgiving."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from tests.calendars.test_reading import PAGERDUTY
from tests.web.house import application
from tests.web.sample import SampleReliability
from tests.web.sample_incidents import START, SampleIncidents
from tests.web.sample_on_call import SECRET, a_week, rosters

from covet_sre.flows.contact_codes import code_for
from covet_sre.oncall.shift_test import ShiftTest

ROOT = "/api/v1/oncall"
PRIMARY = f"{ROOT}/schedules/shop-primary"


def at(hours: float) -> str:
    return f"{datetime.fromtimestamp(START, UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def week() -> SampleIncidents:
    return a_week()[0]


@pytest.fixture
def client(week: SampleIncidents) -> TestClient:
    return TestClient(application(SampleReliability(), None, week, None, rosters(week)))


def test_a_schedule_over_a_time(client: TestClient) -> None:
    found = client.get(PRIMARY, params={"start": at(0), "end": at(48)}).json()
    assert found["on_call"] == ["ana"]
    assert found["declared"] == {"file": "reliability/oncall.yaml", "line": 12}
    assert [one["person"] for one in found["shifts"]][:3] == ["ana", "sam", "ana"]
    assert found["gaps"] == []
    assert {one["state"] for one in found["swaps"]} == {"pending", "accepted"}
    assert found["hand_off"]["author"] == "dan"
    assert [one["red"] for one in found["problems"]] == [True]
    europe = client.get(f"{ROOT}/schedules/shop-europe", params={"start": at(0), "end": at(24)}).json()
    assert len(europe["gaps"]) == 1


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"start": "2026-11-24", "end": "2026-11-23"}, "ends before it begins"),
        ({"start": "2026-11-24", "end": "2028-11-23"}, "longer than 400 days"),
        ({"start": "soon"}, "start"),
    ],
)
def test_a_time_that_is_none_is_refused(client: TestClient, asked: dict[str, str], told: str) -> None:
    answer = client.get(PRIMARY, params=asked)
    assert answer.status_code == 422
    assert told in answer.text


def test_an_override_is_made_once_per_key_and_removed(client: TestClient) -> None:
    body = {"start": at(1), "end": at(2), "removes": "ana", "adds": "eva", "reason": "a walk", "actor": "ana"}
    first, again = (
        client.post(f"{PRIMARY}/overrides", json=body, headers={"idempotency-key": "k"}).json() for _ in range(2)
    )
    assert first == again
    assert (first["adds"], first["start"], first["author"]) == ("eva", at(1), "ana")
    assert client.delete(f"{ROOT}/overrides/{first['id']}").json() == {"id": first["id"]}
    assert client.delete(f"{ROOT}/overrides/{first['id']}").status_code == 404
    wrong = client.post(f"{PRIMARY}/overrides", json={**body, "adds": "zoe"})
    assert wrong.status_code == 422
    assert "nobody in any team is called zoe" in wrong.json()["detail"]
    assert client.post(f"{ROOT}/schedules/none/overrides", json=body).status_code == 404
    assert client.post(f"{PRIMARY}/overrides", json={**body, "colour": "red"}).status_code == 422


def test_a_swap_is_asked_for_declined_asked_for_again_and_accepted(client: TestClient) -> None:
    body = {"asker": "ana", "asked": "dan", "start": at(24), "end": at(25), "actor": "ana"}
    first = client.post(f"{PRIMARY}/swaps", json=body).json()
    answer = {"accepts": False, "answer": "away", "actor": "dan"}
    assert client.post(f"{ROOT}/swaps/{first['id']}/answer", json=answer).json()["state"] == "declined"
    second = client.post(f"{PRIMARY}/swaps", json=body).json()
    other = client.post(f"{ROOT}/swaps/{second['id']}/answer", json={"accepts": True, "actor": "sam"})
    assert other.status_code == 422
    done = client.post(f"{ROOT}/swaps/{second['id']}/answer", json={"accepts": True, "actor": "dan"}).json()
    assert done["state"] == "accepted"
    shifts = client.get(PRIMARY, params={"start": at(24), "end": at(25)}).json()["shifts"]
    assert [(one["person"], one["layer"]) for one in shifts] == [("dan", "override")]
    third = client.post(f"{PRIMARY}/swaps", json={**body, "start": at(27), "end": at(28)}).json()
    assert client.delete(f"{ROOT}/swaps/{third['id']}", params={"actor": "ana"}).json()["state"] == "cancelled"


def test_a_note_of_another_revision_is_refused(client: TestClient) -> None:
    assert client.put(f"{PRIMARY}/handoff", json={"text": "a", "revision": 1, "actor": "ana"}).json()["revision"] == 2
    late = client.put(f"{PRIMARY}/handoff", json={"text": "b", "revision": 1, "actor": "sam"})
    assert late.status_code == 422
    assert client.get(PRIMARY).json()["hand_off"]["text"] == "a"


def test_a_person_with_shifts_load_and_contacts(client: TestClient, week: SampleIncidents) -> None:
    found = client.get(f"{ROOT}/people/ana").json()
    assert found["unreachable"] == "The test page of shop-primary was not answered"
    assert [one["days"] for one in found["load"]] == [7, 30, 90]
    assert {one["target"]: one["verified"] for one in found["contacts"]}["mail"] is False
    body = {"page": [{"target": "chat"}, {"target": "pager", "after_seconds": 120}], "revision": 0, "actor": "ana"}
    changed = client.put(f"{ROOT}/people/ana/contacts", json=body).json()
    assert changed["page"] == [{"target": "chat", "after_seconds": 0.0}, {"target": "pager", "after_seconds": 120.0}]
    assert client.put(f"{ROOT}/people/ana/contacts", json=body).status_code == 422
    assert client.post(f"{ROOT}/people/ana/contacts/mail/code", json={}).status_code == 200
    wrong = client.post(f"{ROOT}/people/ana/contacts/mail/verify", json={"code": "1"})
    assert wrong.status_code == 422
    [sent] = [one for one in week.told.values() if one.key.startswith("code/")]
    code = code_for(SECRET, sent.key.rpartition("/")[2])
    assert client.post(f"{ROOT}/people/ana/contacts/mail/verify", json={"code": code}).status_code == 200
    contacts = client.get(f"{ROOT}/people/ana").json()["contacts"]
    assert {one["target"]: one["verified"] for one in contacts}["mail"] is True
    assert client.get(f"{ROOT}/people/zoe").status_code == 404


def test_a_test_page_is_answered(client: TestClient, week: SampleIncidents) -> None:
    [test] = [one for one in week.desk.records(ShiftTest).values() if one.person == "ana" and one.end > START]
    assert client.post(f"{ROOT}/tests/{test.identity}/answer", json={"actor": "sam"}).status_code == 422
    assert client.post(f"{ROOT}/tests/{test.identity}/answer", json={"actor": "ana"}).status_code == 200
    assert client.get(f"{ROOT}/people/ana").json()["unreachable"] == ""


def test_load_of_everybody(client: TestClient) -> None:
    items = client.get(f"{ROOT}/load").json()["items"]
    assert [one["person"] for one in items] == ["ana", "dan", "eva", "sam"]
    assert sum(one["fair_share"] for one in items) == pytest.approx(4)


def test_a_calendar_is_looked_at_and_then_taken_over(client: TestClient) -> None:
    names = PAGERDUTY.replace("ann@example.org", "eva@shop.example").replace("- Ann -", "-").replace("Ben", "Nobody")
    body = {"calendar": names, "start": "2026-11-01T00:00:00Z", "actor": "ana"}
    looked = client.post(f"{PRIMARY}/import", json=body).json()
    assert [one["person"] for one in looked["times"]] == ["eva", ""]
    assert not looked["applied"]
    assert "people: [eva]" in looked["schedule"]
    ahead = names.replace("20261102", "20261124").replace("20261109", "20261125")
    done = client.post(f"{PRIMARY}/import", json={**body, "calendar": ahead, "apply": True}).json()
    assert done["applied"]
    shifts = client.get(PRIMARY, params={"start": "2026-11-24T08:00:00Z", "end": "2026-11-25T08:00:00Z"}).json()
    assert {one["person"] for one in shifts["shifts"]} == {"eva"}
    broken = client.post(f"{PRIMARY}/import", json={**body, "calendar": "BEGIN:VCALENDAR\nEND:VEVENT"})
    assert broken.status_code == 422
    assert "line 2" in broken.json()["detail"]


def test_a_draft_says_what_would_change(client: TestClient) -> None:
    draft = (
        "apiVersion: covet-sre/v1\nkind: Schedule\nmetadata: {name: shop-primary}\nspec:\n  timeZone: UTC\n"
        "  layers:\n    - people: [dan]\n      starts: 2026-01-05 09:00\n"
    )
    body = {"text": draft, "start": at(0), "end": at(2)}
    found = client.post(f"{ROOT}/preview", json=body).json()
    [tried] = found["schedules"]
    assert tried["changes"] == [{"start": at(0), "end": at(2), "before": ["ana"], "after": ["dan"]}]
    wrong = client.post(f"{ROOT}/preview", json={**body, "text": draft.replace("dan", "zoe")}).json()
    [finding] = wrong["findings"]
    assert finding["place"] == "draft.yaml:7:16"
    assert wrong["schedules"] == []


def test_a_calendar_address_is_told_once(client: TestClient) -> None:
    made = client.post(f"{ROOT}/calendars", json={"subject": "person", "name": "ana"}).json()
    assert made["address"].endswith(".ics")
    assert client.get(made["address"]).text.startswith("BEGIN:VCALENDAR")
    [listed] = client.get(f"{ROOT}/calendars").json()["items"]
    assert listed == {**made, "address": ""}
    assert client.delete(f"{ROOT}/calendars/{made['id']}").status_code == 200
    assert client.get(made["address"]).status_code == 404
    assert client.get(f"{ROOT}/calendars").json()["items"] == []
    assert client.post(f"{ROOT}/calendars", json={"subject": "person", "name": "zoe"}).status_code == 404


def test_a_rotation_in_a_calendar_becomes_one_layer(client: TestClient) -> None:
    event = "BEGIN:VEVENT\nSUMMARY:{}\nDTSTART:202612{:02}T080000Z\nDURATION:P1D\nEND:VEVENT\n"
    days = "".join(event.format(name, day) for day, name in enumerate(("ana", "sam", "ana", "sam", "ana"), 1))
    body = {"calendar": f"BEGIN:VCALENDAR\n{days}END:VCALENDAR\n"}
    document = client.post(f"{PRIMARY}/import", json=body).json()["schedule"]
    assert "    - people: [ana, sam]\n      handOver: 1d\n      starts: 2026-12-01 09:00\n" in document
    found = client.post(f"{ROOT}/preview", json={"text": document, "start": "2026-12-01", "end": "2026-12-06"}).json()
    people = [one["person"] for one in found["schedules"][0]["shifts"] if one["layer"] == "layer-1"]
    assert people[:5] == ["ana", "sam", "ana", "sam", "ana"]
