"""`covet-sre oncall`, as people type it, against a server on loopback."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from covet_sre.oncall.duty import duties
from tests.cli.test_commands import covet_sre
from tests.web.house import application, serving
from tests.web.sample import SampleReliability
from tests.web.sample_incidents import HOUR, START, SampleIncidents
from tests.web.sample_on_call import a_week


def at(hours: float) -> str:
    return f"{datetime.fromtimestamp(START + hours * HOUR, UTC):%Y-%m-%dT%H:%MZ}"


@pytest.fixture
def server() -> Iterator[str]:
    incidents, rosters = a_week()
    now: SampleIncidents = incidents
    now.on_call = lambda: duties(now.desk.directory, now.at)  # type: ignore[method-assign]
    with serving(application(SampleReliability(), None, incidents, None, rosters)) as address:
        yield address


@pytest.fixture
def typed(server: str):
    def run(*arguments: str, status: int = 0, actor: str = "ana") -> CompletedProcess[str]:
        environment = {**os.environ, "COVET_SRE_SERVER": server, "USER": actor}
        done = covet_sre("oncall", *arguments, env=environment)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run


def test_who_is_on_call_by_both_of_its_names(typed) -> None:
    for name in ("who", "now"):
        assert "shop-primary: ana, until 2026-11-23T21:00:00Z, then sam" in typed(name).stdout
    assert json.loads(typed("who", "--output", "json").stdout)["schema_version"] == 1


def test_a_schedule_with_everything_about_it(typed) -> None:
    said = typed("schedule", "shop-primary", "--from", at(0), "--to", at(72)).stdout
    assert "2026-11-23T09:40:00Z  2026-11-23T21:00:00Z  ana (weekly)" in said
    assert "eva for ana" in said
    assert "! Ana Lima is on call for shop-primary and may not be reached" in said
    assert "declared in reliability/oncall.yaml:12, times of Europe/Rome" in said
    assert "NOBODY" in typed("schedule", "shop-europe").stdout
    assert "no schedule none" in typed("schedule", "none", status=1).stderr


def test_an_override_and_a_swap_from_one_end_to_the_other(typed) -> None:
    options = ("--from", at(1), "--to", at(2))
    made = typed("override", "add", "shop-primary", "--by", "eva", "--replace", "ana", *options, "--reason", "a walk")
    assert "eva for ana" in made.stdout
    assert typed("override", "remove", made.stdout.split()[0]).stdout == "removed\n"
    asked = typed("swap", "ask", "shop-primary", "--asker", "ana", "--asked", "dan", *options).stdout
    identity = asked.split()[0]
    assert "only dan can answer" in typed("swap", "accept", identity, status=1).stderr
    assert "accepted" in typed("swap", "accept", identity, "--word", "fine", actor="dan").stdout
    assert "is accepted already" in typed("swap", "cancel", identity, status=1).stderr
    later = typed("swap", "ask", "shop-primary", "--asker", "ana", "--asked", "eva", "--from", at(4), "--to", at(5))
    assert "declined" in typed("swap", "decline", later.stdout.split()[0], actor="eva").stdout


def test_a_hand_off_note(typed) -> None:
    assert "The queue of orders" in typed("handoff", "shop-primary").stdout
    assert "Watch n8" in typed("handoff", "shop-primary", "--write", "Watch n8").stdout
    assert "Open incidents:" in typed("handoff", "shop-primary").stdout


def test_load_contacts_and_calendars(typed) -> None:
    assert "x a fair share" in typed("load").stdout
    assert "mail (email ana@shop.example): not verified" in typed("contacts", "show", "ana").stdout
    changed = typed("contacts", "set", "ana", "--page", "chat", "--page", "pager:2").stdout
    assert "a page: chat after 0 min, pager after 2 min" in changed
    assert "A code is on its way" in typed("contacts", "verify", "ana", "mail").stdout
    assert "that is not the code" in typed("contacts", "verify", "ana", "mail", "--code", "1", status=1).stderr
    assert typed("calendar", "add", "person", "ana").stdout.rstrip().endswith(".ics")
    listed = typed("calendar", "list").stdout
    assert "person ana" in listed
    assert typed("calendar", "revoke", listed.split()[0]).stdout == "revoked\n"
    assert typed("calendar", "list").stdout == "No calendar address.\n"


def test_a_calendar_is_looked_at_before_it_is_taken_over(typed, tmp_path: Path) -> None:
    file = tmp_path / "old.ics"
    event = "BEGIN:VEVENT\nSUMMARY:{}\nDTSTART:20261124T{}0000Z\nDURATION:PT1H\nEND:VEVENT\n"
    file.write_text(f"BEGIN:VCALENDAR\n{event.format('Eva', '10')}{event.format('Who', '12')}END:VCALENDAR\n")
    looked = typed("import", str(file), "--schedule", "shop-primary", status=1).stdout
    assert "eva  Eva (line 2)" in looked
    assert "NOT CLEAR (nobody known)  Who (line 7)" in looked
    assert "1 of 2 times would become overrides with --apply; 0 events were put aside" in looked
    file.write_text(f"BEGIN:VCALENDAR\n{event.format('Eva', '10')}END:VCALENDAR\n")
    assert "are overrides now" in typed("import", str(file), "--schedule", "shop-primary", "--apply").stdout
    assert "people: [eva]" in typed("import", str(file), "--schedule", "shop-primary", "--as-schedule").stdout
    file.write_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\n")
    assert "line 2: the VEVENT" in typed("import", str(file), "--schedule", "shop-primary", status=1).stderr
    file.write_bytes(b"BEGIN:VCALENDAR\n" + b"x" * 1024 * 1024)
    assert "is larger than" in typed("import", str(file), "--schedule", "shop-primary", status=1).stderr
    typed("import", str(tmp_path / "none.ics"), "--schedule", "shop-primary", status=1)
    typed("import", "http://127.0.0.1:9/x.ics", "--schedule", "shop-primary", status=4)


def test_a_draft_is_tried(typed, tmp_path: Path) -> None:
    file = tmp_path / "draft.yaml"
    file.write_text(
        "apiVersion: covet-sre/v1\nkind: Schedule\nmetadata: {name: shop-primary}\nspec:\n  timeZone: UTC\n"
        "  layers:\n    - people: [dan]\n      starts: 2026-01-05 09:00\n"
    )
    said = typed("preview", str(file), "--from", at(0), "--to", at(2)).stdout
    assert "changes: 2026-11-23T09:40:00Z to 2026-11-23T11:40:00Z: ana -> dan" in said
    file.write_text(file.read_text().replace("dan", "zoe"))
    assert f"error: {file}:7:16: spec.layers[0].people[0]" in typed("preview", str(file), status=1).stdout
