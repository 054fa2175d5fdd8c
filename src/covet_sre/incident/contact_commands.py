"""Contacts: a person's own rules, codes that verify them, and answers to test pages."""

import hmac
from dataclasses import replace

from covet_sre.errors import NotFound, Refused
from covet_sre.incident import oncall_facts as facts
from covet_sre.incident.desk import Desk
from covet_sre.incident.outgoing import Notice, Purpose
from covet_sre.incident.telling import send_notice
from covet_sre.oncall.contact_check import (
    CODE_LIVES_SECONDS,
    CODES_WITHIN_SECONDS,
    MOST_CODES,
    ContactCheck,
    check_identity,
)
from covet_sre.oncall.contact_rules import ContactRules, ContactStep
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.escalation import Reach
from covet_sre.oncall.shift_test import ShiftTest
from covet_sre.oncall.target import Channel

CODE_PLACE = "{code}"
"""Where the code goes when the notice leaves: until then it stands nowhere."""

LONGEST_DELAY_SECONDS = 1800.0
MOST_CONTACTS = 10


def set_contact_rules(desk: Desk, command: facts.SetContactRules, now: float) -> str:
    """Keep a person's own rules. Without any step, and without addresses, the files count again."""
    directory = desk.directory
    _check_person(directory, command.person)
    before = desk.records(ContactRules).get(command.person)
    revision = before.revision if before else 0
    if revision != command.seen:
        raise Refused(
            f"the contacts of {command.person} were changed meanwhile; what you chose was not kept",
            remedy="look at what is there now, and choose again",
        )
    for what, steps in (("a page", command.page), ("what can wait", command.low)):
        _check_steps(directory, command.person, steps, what)
    addresses = {kind: value for kind, value in (("email", command.email), ("slack", command.slack)) if value}
    desk.put_record(ContactRules(command.person, command.page, command.low, addresses, now, revision + 1))
    return command.person


def usable_targets(directory: Directory, person: str) -> tuple[str, ...]:
    """What a person may choose among: their own targets, those of their teams, and the inbox."""
    known = directory.people.get(person)
    own = [name for names in known.contacts.values() for name in names] if known else []
    teams = [team for team in directory.teams.values() if any(one.name == person for one in team.members)]
    shared = [
        name
        for team in teams
        for channel in (Channel.PAGE, Channel.EMAIL, Channel.SLACK)
        for name in team.targets.get(channel, ())
    ]
    return tuple(name for name in dict.fromkeys([*own, *shared, "inbox"]) if name in directory.targets)


def _check_steps(directory: Directory, person: str, steps: tuple[ContactStep, ...], what: str) -> None:
    usable = usable_targets(directory, person)
    if len(steps) > MOST_CONTACTS:
        raise Refused(f"{len(steps)} contacts for {what} are too many", remedy=f"choose {MOST_CONTACTS} at most")
    for step in steps:
        if step.target not in usable:
            known = ", ".join(usable)
            raise Refused(f"{person} has no contact {step.target!r}", remedy=f"choose among {known}")
        if not 0 <= step.after_seconds <= LONGEST_DELAY_SECONDS:
            raise Refused(f"{step.after_seconds:g} s is no delay for a contact", remedy="give 0 to 30 minutes")
    if len({step.target for step in steps}) < len(steps):
        raise Refused(f"a contact stands twice under {what}", remedy="leave one of them out")
    if steps and min(step.after_seconds for step in steps) > 0:
        raise Refused(f"nothing would tell {person} of {what} at once", remedy="give one contact no delay")


def send_code(desk: Desk, command: facts.SendCode, now: float) -> str:
    """Send a code to a contact; an earlier one is void."""
    directory = desk.directory
    _check_person(directory, command.person)
    if command.target not in usable_targets(directory, command.person):
        raise NotFound(f"{command.person} has no contact {command.target}", remedy="see their contacts")
    identity = check_identity(command.person, command.target)
    before = desk.records(ContactCheck).get(identity) or ContactCheck(command.person, command.target)
    sent = tuple(at for at in before.sent if now - at < CODES_WITHIN_SECONDS)
    if len(sent) >= MOST_CODES:
        raise Refused(f"{MOST_CODES} codes were sent there within an hour", remedy="enter the last one, or wait")
    address = directory.address(command.person, command.target)
    desk.put_record(
        replace(
            before,
            code_hash=command.code_hash,
            nonce=command.nonce,
            code_address=address,
            expires_at=now + CODE_LIVES_SECONDS,
            wrong=0,
            sent=(*sent, now),
        )
    )
    notice = Notice(
        "Your code for Covet SRE",
        f"The code is {CODE_PLACE}. Enter it on your contacts' page within 15 minutes: then it is known that what goes "
        f"to {command.target} reaches {command.person}.",
        f"/oncall/people/{command.person}#contacts",
    )
    reach = Reach(Channel.EMAIL, (command.target,), command.person, address)
    send_notice(desk, "", reach, notice, f"code/{identity}/{command.nonce}", now, Purpose.TEST)
    return identity


def enter_code(desk: Desk, command: facts.EnterCode, now: float) -> str:
    """Verify a contact. A code is good once, for a quarter of an hour, and for five tries.

    A wrong one is an answer, and no refusal: that it was tried must be kept.
    """
    check = desk.records(ContactCheck).get(check_identity(command.person, command.target))
    if check is None or not check.awaits_code(now):
        raise Refused("no code waits there, or it is too old", remedy="have another one sent")
    if hmac.compare_digest(check.code_hash, command.code_hash):
        address = check.code_address
        desk.put_record(replace(check, address=address, verified_at=now, code_hash="", nonce="", wrong=0))
        return "verified"
    desk.put_record(replace(check, wrong=check.wrong + 1))
    return "wrong"


def answer_test_page(desk: Desk, command: facts.AnswerTestPage, now: float) -> str:
    """Somebody answers a test page: they can be reached. An answer that comes late counts from now on."""
    test = desk.records(ShiftTest).get(command.identity)
    if test is None:
        raise NotFound("there is no such test page", remedy="its shift may be over")
    if not desk.directory.is_person(command.actor, test.person):
        raise Refused(f"only {test.person} can answer, and you are {command.actor}", remedy="ask them to")
    if test.answered_at is None:
        desk.put_record(replace(test, answered_at=now, via=command.via))
    return test.identity


def _check_person(directory: Directory, name: str) -> None:
    if name not in directory.people:
        raise NotFound(f"nobody in any team is called {name}", remedy="see the list of people")
