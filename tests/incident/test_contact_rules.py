"""How a person wants to be told, on the desk: order and delays, codes, and what fails."""

from hashlib import sha256

import pytest

from covet_sre.errors import NotFound, Refused
from covet_sre.incident.facts import Acknowledge, Command, SetSilence
from covet_sre.incident.oncall_facts import EnterCode, SendCode, SetContactRules
from covet_sre.incident.outgoing import Delivery, Outcome, Purpose
from covet_sre.incident.step import take_up
from covet_sre.oncall.contact_check import ContactCheck
from covet_sre.oncall.contact_rules import ContactRules, ContactStep
from tests.incident.duty_house import HOUR, START, house, rules
from tests.incident.house import House, report, silence

CHAT_THEN_PAGER = (ContactStep("chat"), ContactStep("pager", 120.0))


def own_rules(page: tuple[ContactStep, ...] = CHAT_THEN_PAGER, seen: int = 0, **more: object) -> Command:
    fields: dict[str, object] = {"low": (), "email": "", "slack": ""} | more
    return SetContactRules("ann", "ann", page, seen=seen, **fields)  # type: ignore[arg-type]


def test_a_person_is_told_by_chat_at_once_and_paged_after_two_minutes() -> None:
    found = house()
    found.do(own_rules())
    found.hear(report("A", at=found.now))
    assert found.told() == ["ann chat"]
    found.wait(110)
    assert found.told() == ["ann chat"]
    found.wait(20)
    assert found.told() == ["ann chat", "ann pager"]


def test_an_acknowledgement_in_between_spares_the_page() -> None:
    found = house()
    found.do(own_rules())
    found.hear(report("A", at=found.now))
    found.do(Acknowledge(found.only.identity, "ann"))
    found.wait(HOUR, 60)
    assert found.told() == ["ann chat"]
    assert not found.desk.outgoing


def test_where_the_first_contact_fails_the_next_is_used_at_once() -> None:
    found = house()
    found.do(own_rules())
    found.outcome = Outcome.REFUSED
    found.hear(report("A", at=found.now))
    found.outcome = Outcome.DELIVERED
    found.wait(5)
    assert found.told()[:2] == ["ann chat", "ann pager"]


def test_the_next_step_is_taken_when_no_contact_took_it() -> None:
    found = house()
    found.do(own_rules())
    found.outcome = Outcome.REFUSED
    found.hear(report("A", at=found.now))
    found.wait(30)
    assert "chloe pager" in found.told(), "nobody waits ten minutes for somebody who cannot be reached"


def test_a_silence_that_ends_does_not_bring_a_later_contact_forward() -> None:
    found = house()
    found.do(own_rules())
    found.hear(report("A", at=found.now))
    quiet = silence(found.now, 30.0, service="api")
    found.do(SetSilence(quiet))
    found.wait(40)
    assert found.told() == ["ann chat"]
    found.wait(100)
    assert found.told() == ["ann chat", "ann pager"]


def test_what_can_wait_is_told_once_however_many_channels_the_severity_asks_for() -> None:
    found = house()
    found.do(own_rules((), low=(ContactStep("mail"),)))
    found.hear(report("A", severity="page", at=found.now))  # P1: e-mail and chat
    assert sorted(found.told()) == ["- channel", "ann mail"]


def test_an_address_of_ones_own_counts() -> None:
    found = house()
    found.do(own_rules((), low=(ContactStep("mail"),), email="ann@home.example"))
    found.hear(report("A", severity="page", at=found.now))
    assert [one.address for one in found.sent if one.person == "ann"] == ["ann@home.example"]


def test_a_target_that_leaves_the_files_falls_away_and_without_any_the_files_count() -> None:
    found = house()
    found.do(own_rules((ContactStep("inbox"),)))
    found.hear(report("A", at=found.now))
    assert found.told() == ["ann inbox"]
    without = rules()
    targets = {name: one for name, one in without.directory.targets.items() if name != "inbox"}
    object.__setattr__(
        without,
        "directory",
        type(without.directory)(
            **{name: getattr(without.directory, name) for name in ("people", "teams", "schedules", "escalations")},
            targets=targets,
        ),
    )
    take_up(found.desk, without, found.now)
    found.hear(report("B", service="api", at=found.now, zone="x"))
    found.wait(HOUR, 60)
    assert found.desk.directory.people["ann"].steps == {}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (own_rules((ContactStep("pager", 60.0),)), "nothing would tell ann of a page at once"),
        (own_rules((ContactStep("pager"), ContactStep("pager", 60.0))), "stands twice"),
        (own_rules((ContactStep("pager"), ContactStep("chat", 7200.0))), "no delay"),
        (own_rules((ContactStep("elsewhere"),)), "ann has no contact 'elsewhere'"),
        (own_rules(seen=3), "were changed meanwhile"),
        (own_rules(tuple(ContactStep("pager") for _ in range(11))), "too many"),
    ],
)
def test_rules_that_would_not_tell_somebody_are_refused(wrong: Command, why: str) -> None:
    found = house()
    with pytest.raises(Refused, match=why):
        found.do(wrong)
    assert not found.desk.records(ContactRules)


def test_two_who_change_one_persons_contacts_lose_nothing() -> None:
    found = house()
    found.do(own_rules())
    with pytest.raises(Refused, match="changed meanwhile"):
        found.do(own_rules((ContactStep("chat"),)))
    found.do(own_rules((ContactStep("chat"),), seen=1))
    assert found.desk.records(ContactRules)["ann"].revision == 2


# ---------------------------------------------------------------- codes


def digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()


def send(found: House, code: str) -> None:
    found.do(SendCode("ann", "ann", "mail", f"n-{code}", digest(code)))


def enter(found: House, code: str) -> str:
    return found.do(EnterCode("ann", "ann", "mail", digest(code)))


def check(found: House) -> ContactCheck:
    return found.desk.records(ContactCheck)["ann/mail"]


def test_a_code_verifies_the_contact_it_was_sent_to_once() -> None:
    found = house()
    send(found, "1")
    [sent] = [one for one in found.sent if one.purpose is Purpose.TEST]
    assert (sent.current_target, sent.address) == ("mail", "ann@example.org")
    assert sent.notice is not None
    assert "{code}" in sent.notice.text, "the code stands nowhere until it leaves"
    assert enter(found, "1") == "verified"
    assert check(found).is_verified("ann@example.org")
    assert not check(found).is_verified("ann@home.example")
    with pytest.raises(Refused, match="no code waits"):
        enter(found, "1")


def test_five_wrong_answers_make_a_code_void() -> None:
    found = house()
    send(found, "1")
    assert [enter(found, str(number)) for number in range(2, 7)] == ["wrong"] * 5
    with pytest.raises(Refused, match="no code waits"):
        enter(found, "1")


def test_a_code_lives_a_quarter_of_an_hour_and_a_later_one_replaces_it() -> None:
    found = house()
    send(found, "1")
    send(found, "2")
    assert enter(found, "1") == "wrong"
    found.wait(901, 60)
    with pytest.raises(Refused, match="too old"):
        enter(found, "2")


def test_three_codes_an_hour_are_enough() -> None:
    found = house()
    for code in ("1", "2", "3"):
        send(found, code)
    with pytest.raises(Refused, match="3 codes were sent"):
        send(found, "4")
    found.wait(HOUR + 60, 600)
    send(found, "4")
    with pytest.raises(NotFound):
        found.do(SendCode("ann", "ann", "channel-of-others", "n", digest("1")))
    with pytest.raises(NotFound):
        found.do(SendCode("zoe", "zoe", "mail", "n", digest("1")))


def test_what_waits_for_its_time_is_no_backlog() -> None:
    """It is due later: who looks for what is late must not find it."""
    found = house()
    found.do(own_rules())
    found.hear(report("A", at=START))
    [waiting] = [one for one in found.desk.outgoing.values() if one.delivery is Delivery.WAITING]
    assert waiting.due_at == found.now + 120
