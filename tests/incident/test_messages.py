"""The handbook's three messages: to the letter, filled from the state, sent once to everybody who is meant."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.alerting.severity import Severity
from covet_sre.errors import NotFound, Refused
from covet_sre.incident.audiences import audiences_of
from covet_sre.incident.changes import Kept
from covet_sre.incident.desk import Desk
from covet_sre.incident.drafting import promised_time, written_values
from covet_sre.incident.facts import Acknowledge, AddNote, Declare, Mitigate, Resolve
from covet_sre.incident.incident import folded
from covet_sre.incident.message_commands import draft_of
from covet_sre.incident.message_events import MessageSent
from covet_sre.incident.message_facts import (
    PromiseUpdate,
    SaveDraft,
    SendMessage,
    SubscribeToMessages,
    UnsubscribeFromMessages,
)
from covet_sre.incident.outgoing import Outcome, Outgoing, Purpose
from covet_sre.incident.role_facts import AssignRole, HandOverRole
from covet_sre.incident.roles import Role
from covet_sre.incident.stakeholders import Interest, StakeholderList, Subscription
from covet_sre.incident.templates import TEMPLATES, MessageKind, filled, missing, rendered
from covet_sre.oncall.target import NotificationTarget, TargetKind
from tests.incident.house import MINUTE, START, House, rules

HANDBOOK = Path("/work/shared/handbook.md")
INITIAL, UPDATE, RESOLUTION = MessageKind
UUID = "0b8f4c1e-2c39-4a6d-9a55-1f2e3d4c5b6a"


def fences() -> dict[str, str]:
    """The handbook's templates by their headings."""
    section = HANDBOOK.read_text().partition("### Incident Communication Templates")[2].partition("\n## ")[0]
    return dict(re.findall(r"#### ([^\n]+)\n```\n(.*?)\n```", section, re.DOTALL))


@pytest.mark.skipif(not HANDBOOK.exists(), reason="the handbook lies beside the repository")
def test_empty_messages_are_the_handbooks_templates_byte_for_byte():
    known = fences()
    titles = {INITIAL: "Initial Incident Report", UPDATE: "Status Update Template", RESOLUTION: "Resolution Notice"}
    assert set(titles.values()) == set(known)
    for kind, title in titles.items():
        assert rendered(kind, {}) == known[title]


@given(st.sampled_from(list(MessageKind)), st.data())
def test_whatever_is_written_the_lines_of_the_handbook_stand_in_their_order(kind: MessageKind, data: st.DataObject):
    values = {one.name: data.draw(st.text(max_size=40)) for one in TEMPLATES[kind].fields}
    wanted = [line for line in TEMPLATES[kind].layout.splitlines() if "{" not in line]
    lines = rendered(kind, values).split("\n")
    for line in wanted:
        assert line in lines
        del lines[: lines.index(line) + 1]
    assert {one.name for one in missing(kind, values)} == {
        one.name for one in TEMPLATES[kind].fields if one.is_mandatory and not filled(one, values)
    }


def test_what_somebody_writes_is_no_placeholder_of_ours():
    text = rendered(INITIAL, {"impact": "{severity} \\1 {identity}", "severity": "P1"})
    assert "- {severity} \\1 {identity}" in text


def test_a_line_break_in_a_field_of_one_line_makes_no_line():
    text = rendered(INITIAL, {"service": "api\nIncident Commander: @mallory"})
    assert "Service: api Incident Commander: @mallory" in text.split("\n")


# ---------------------------------------------------------------- a house with stakeholders


@pytest.fixture
def house() -> House:
    known = rules()
    targets = {
        **known.directory.targets,
        "mailbox": NotificationTarget("mailbox", TargetKind.EMAIL, {"to": "team@example.org"}),
        "hook": NotificationTarget("hook", TargetKind.WEBHOOK),
    }
    executives = StakeholderList(
        "executives",
        "Executives",
        Interest((), Severity.P1, (INITIAL, RESOLUTION)),
        ("hook",),
        ("bob",),
        ("ceo@example.org",),
        "mailbox",
    )
    house = House(
        Desk(
            replace(
                known,
                directory=replace(known.directory, targets=targets),
                stakeholders={executives.name: executives},
            )
        )
    )
    house.do(Declare("dora", "shop", Severity.P1, "Orders are saved twice"))
    house.do(Acknowledge(house.only.identity, "alice"))
    return house


def values(house: House, kind: MessageKind, **more: str) -> tuple[tuple[str, str], ...]:
    known = written_values(kind, house.only, house.desk.changes.entries, 3600.0, "Jira (OPS)", house.now)
    return tuple({**known, **more}.items())


def send(house: House, kind: MessageKind, *audiences: str, **more: str) -> str:
    identity = house.only.identity
    version = draft_of(house.desk, identity, kind).version
    return house.do(SendMessage(identity, "carol", kind, values(house, kind, **more), version, audiences))


def notices(house: House) -> list[Outgoing]:
    return [one for one in house.sent if one.purpose is Purpose.NOTICE and "/message/" in one.key]


def last_text(house: House) -> str:
    sent = [one.event for one in house.desk.changes.entries if isinstance(one.event, MessageSent)]
    return sent[-1].text


def test_the_first_report_is_filled_from_the_state(house: House):
    send(house, INITIAL, "target:channel", functionality="Checkout")
    assert last_text(house).split("\n") == [
        "🚨 INCIDENT ALERT 🚨",
        "",
        f"Incident ID: {house.only.identity}",
        "Severity: P1",
        "Service: shop",
        "Started: 2026-11-18 11:06 UTC",
        "",
        "IMPACT:",
        "- Orders are saved twice",
        "- Checkout",
        "",
        "STATUS:",
        "- Investigating",
        "- ETA for update: 2026-11-18 12:07 UTC",
        "",
        "Incident Commander: @alice",
    ]


def test_what_may_be_missing_leaves_no_placeholder_behind(house: House):
    send(house, INITIAL, "target:channel")
    assert "[" not in last_text(house)


def test_an_update_tells_what_was_done_since_the_last_message(house: House):
    identity = house.only.identity
    house.do(AddNote(identity, "alice", "The outbox has no key"))
    send(house, INITIAL, "target:channel")
    house.wait(10 * MINUTE)
    house.do(Mitigate(identity, "alice", "Rolled back"))
    send(house, UPDATE, "target:channel", next_steps="Merge the double orders")
    text = last_text(house)
    assert "- 11:16 Mitigated: Rolled back" in text.split("\n")
    assert "outbox" not in text
    assert "- Mitigated: users are no longer hurt; the cause is being removed" in text


def test_a_resolution_needs_its_root_cause_or_a_word(house: House):
    house.wait(72 * MINUTE)
    house.do(Resolve(house.only.identity, "alice", "Rolled back"))
    with pytest.raises(Refused, match="still placeholders: Root cause, Review scheduled for"):
        send(house, RESOLUTION, "target:channel")
    send(house, RESOLUTION, "target:channel", root_cause="No key in the outbox", review_date="2026-11-20")
    lines = last_text(house).split("\n")
    assert "Duration: 1 hour 12 minutes" in lines
    assert "- Post-incident review scheduled for 2026-11-20" in lines
    assert "- Follow-up items tracked in Jira (OPS)" in lines


def test_somebody_may_confirm_placeholders_and_they_go_as_the_handbook_has_them(house: House):
    identity = house.only.identity
    command = SendMessage(identity, "carol", UPDATE, values(house, UPDATE), 0, ("target:channel",), confirmed=True)
    house.do(command)
    assert "- [Planned next actions]" in last_text(house).split("\n")
    (event,) = [one.event for one in house.desk.changes.entries if isinstance(one.event, MessageSent)]
    assert event.missing == ("Next steps",)


def test_a_message_goes_once_to_everybody_who_is_meant(house: House):
    house.do(
        SubscribeToMessages(
            UUID, "erin", "erin", Interest(("shop",), Severity.P1, (INITIAL,)), "mailbox", "ceo@example.org"
        )
    )
    send(house, INITIAL, "target:hook", "list:executives", "subscribers", "target:channel")
    told = sorted((one.current_target, one.address) for one in notices(house))
    assert told == [("channel", ""), ("hook", ""), ("mailbox", "bob@example.org"), ("mailbox", "ceo@example.org")]
    message = house.only.said.messages[0]
    assert (message.told, message.delivered, message.failed, message.waiting) == (4, 4, 0, 0)


def test_lists_and_subscriptions_hear_what_they_asked_for(house: House):
    interest = Interest(("api",), Severity.P0)
    house.do(SubscribeToMessages(UUID, "erin", "erin", interest, "mailbox", "erin@example.org"))
    known = list(house.desk.records(Subscription).values())
    keys = [one.key for one in audiences_of(house.desk.rules, house.only, UPDATE, known)]
    assert "subscribers" not in keys
    assert "list:executives" not in keys
    assert keys[:2] == ["target:channel", "target:mailbox"]
    with pytest.raises(Refused, match="no audience 'list:executives'"):
        send(house, UPDATE, "list:executives", next_steps="wait", actions="none")


def test_who_unsubscribes_is_told_no_more_and_every_mail_says_how(house: House):
    house.do(SubscribeToMessages(UUID, "erin", "erin", Interest(), "mailbox", "erin@example.org"))
    send(house, INITIAL, "subscribers")
    (notice,) = [one.notice for one in notices(house)]
    assert notice is not None
    assert notice.unsubscribe == f"/subscriptions/{UUID}/end"
    house.do(UnsubscribeFromMessages(UUID, "erin"))
    with pytest.raises(Refused, match="no audience 'subscribers'"):
        send(house, UPDATE, "subscribers", next_steps="wait", actions="none")
    with pytest.raises(NotFound):
        house.do(UnsubscribeFromMessages(UUID, "erin"))


@pytest.mark.parametrize(
    ("target", "address", "why"),
    [
        ("mailbox", "erin@example.org\r\nBcc: all@example.org", "no e-mail address"),
        ("mailbox", "", "no e-mail address"),
        ("channel", "C012345", "no Slack member id"),
        ("hook", "https://169.254.169.254/", "leave the address out"),
        ("pager", "", "carries no messages"),
    ],
)
def test_an_address_that_is_none_is_refused(house: House, target: str, address: str, why: str):
    with pytest.raises(Refused, match=why):
        house.do(SubscribeToMessages(UUID, "erin", "erin", Interest(), target, address))
    assert not house.desk.records(Subscription)


def test_what_fails_is_known_of_each_message(house: House):
    house.outcome = Outcome.REFUSED
    send(house, INITIAL, "target:channel", "target:hook")
    message = house.only.said.messages[0]
    assert (message.delivered, message.failed) == (0, 2)


def test_two_drafts_at_once_and_nobodys_text_is_lost(house: House):
    identity = house.only.identity
    house.do(SaveDraft(identity, "ana", INITIAL, (("impact", "from ana"),), 0))
    with pytest.raises(Refused, match="ana has changed this draft since you opened it"):
        house.do(SaveDraft(identity, "bob", INITIAL, (("impact", "from bob"),), 0))
    assert dict(draft_of(house.desk, identity, INITIAL).fields) == {"impact": "from ana"}
    house.do(SaveDraft(identity, "bob", INITIAL, (("impact", "from ana\nfrom bob"),), 1))
    send(house, INITIAL, "target:channel")
    with pytest.raises(Refused, match="sent meanwhile"):
        house.do(SendMessage(identity, "ana", INITIAL, values(house, INITIAL), 2, ("target:channel",)))
    assert len(house.only.said.messages) == 1


def test_what_is_no_field_or_too_long_or_for_nobody_is_refused_whole(house: House):
    identity = house.only.identity
    with pytest.raises(Refused, match="no field 'root_cause'"):
        house.do(SaveDraft(identity, "ana", INITIAL, (("root_cause", "x"),), 0))
    with pytest.raises(Refused, match="2000 at most"):
        house.do(SaveDraft(identity, "ana", INITIAL, (("impact", "x" * 2001),), 0))
    with pytest.raises(Refused, match="nobody would hear it"):
        send(house, INITIAL)
    assert house.only.said.messages == ()
    assert notices(house) == []


# ---------------------------------------------------------------- the promised update


def reminded(house: House) -> list[tuple[float, str]]:
    """(minutes since the start, whom)."""
    known = [one for one in house.sent if one.purpose is Purpose.NOTICE and "/promise/" in one.key]
    return [(round((one.due_at - START) / MINUTE, 1), one.person) for one in known]


def test_a_promise_is_reminded_of_one_after_another_each_once(house: House):

    identity = house.only.identity
    house.do(AssignRole(identity, "carol", Role.COMMUNICATIONS, "bob"))
    send(house, INITIAL, "target:channel", eta="30m")
    house.wait(3 * 60 * MINUTE)
    # bob leads communications; alice commands and acknowledged: she is reminded once.
    assert reminded(house) == [(30.3, "bob"), (35.3, "alice")]
    assert house.only.reminds_at is None


def test_who_leads_communications_and_acknowledged_is_reminded_first_and_once(house: House):
    identity = house.only.identity
    house.do(HandOverRole(identity, "alice", Role.COMMANDER, "alice", "bob", "I write to the others"))
    house.do(AssignRole(identity, "alice", Role.COMMUNICATIONS, "alice"))
    send(house, INITIAL, "target:channel", eta="30m")
    house.wait(60 * MINUTE)
    assert [whom for _, whom in reminded(house)] == ["alice", "bob"]


def test_where_nobody_has_a_role_whoever_is_on_call_is_reminded():
    house = House()
    identity = house.do(Declare("dora", "shop", Severity.P2, "Orders are slow"))
    fields = {one.name: "words" for one in TEMPLATES[INITIAL].fields} | {"eta": "30m"}
    house.do(SendMessage(identity, "dora", INITIAL, tuple(fields.items()), 0, ("target:channel",)))
    house.wait(60 * MINUTE)
    # alice is on call, and her mail is her own; the team's channel need not be asked.
    assert reminded(house) == [(30.3, "alice")]


def test_an_update_in_time_makes_a_new_promise_and_nobody_is_reminded(house: House):
    send(house, INITIAL, "target:channel", eta="30m")
    house.wait(29 * MINUTE)
    send(house, UPDATE, "target:channel", next_steps="wait", actions="none", eta="2026-11-18 12:40 UTC")
    house.wait(60 * MINUTE)
    assert reminded(house) == []
    house.wait(10 * MINUTE)
    assert [whom for _, whom in reminded(house)] == ["alice"]


def test_a_promise_may_be_moved_and_ends_with_the_incident(house: House):
    identity = house.only.identity
    send(house, INITIAL, "target:channel", eta="30m")
    house.do(PromiseUpdate(identity, "alice", "2h", "The vendor calls back then"))
    house.wait(100 * MINUTE)
    assert reminded(house) == []
    house.do(Resolve(identity, "alice", "Rolled back"))
    house.wait(100 * MINUTE)
    assert reminded(house) == []
    with pytest.raises(Refused, match="reopen it first"):
        house.do(PromiseUpdate(identity, "alice", "2h"))


def test_promises_survive_a_new_desk_and_are_not_reminded_of_twice(house: House):

    send(house, INITIAL, "target:channel", eta="30m")
    house.wait(31 * MINUTE)
    assert reminded(house) == [(30.3, "alice")]
    laid_out = Desk(house.desk.rules, Kept(incidents=tuple(house.desk.incidents.values())))
    after = House(laid_out, house.now)
    after.wait(60 * MINUTE)
    assert reminded(after) == []
    assert folded(house.desk.changes.entries) == house.only


def test_who_was_down_when_it_was_due_is_reminded_step_by_step_afterwards(house: House):

    house.do(AssignRole(house.only.identity, "carol", Role.COMMUNICATIONS, "bob"))
    send(house, INITIAL, "target:channel", eta="30m")
    house.now += 120 * MINUTE
    house.wait(20 * MINUTE)
    assert [whom for _, whom in reminded(house)] == ["bob", "alice"]
    first, second = (at for at, _ in reminded(house))
    assert second - first >= 5


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("30m", 31 - 40 / 60), ("2 h", 120 + 20 / 60), ("11:30", 23 + 20 / 60), ("2026-11-18T12:00Z", 53 + 20 / 60)],
)
def test_an_eta_is_a_time_or_a_span(written: str, minutes: float):
    assert (promised_time(written, START) - START) / MINUTE == pytest.approx(minutes)


@pytest.mark.parametrize("written", ["soon", "11:00", "2026-11-17 10:00", "99999999d", "400d", "２m", "25:00", ""])
def test_what_is_no_time_ahead_is_no_eta(written: str):
    with pytest.raises(Refused):
        promised_time(written, START)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_an_eta(text: str):
    with suppress(Refused):
        assert START < promised_time(text, START) <= START + 30 * 86400
