"""What leaves about shifts, and what the doors read of them, over a real store and the thread that decides."""

import re

import pytest

from covet_sre.app.oncall import OnCallWorks
from covet_sre.engine.dispatch import Dispatcher, DispatchSettings
from covet_sre.engine.incidents import Desks
from covet_sre.engine.messages import Messages
from covet_sre.errors import NotFound, Refused
from covet_sre.flows.contact_codes import code_digest
from covet_sre.incident.oncall_facts import AnswerTestPage, EnterCode, RemoveOverride, SendCode, SetOverride
from covet_sre.incident.outgoing import Message, Outgoing, Purpose
from covet_sre.oncall.shift_test import ShiftTest
from covet_sre.store.memory import MemoryStore
from tests.incident.duty_house import HOUR, START, WEEK, directory, house, rules

BASE = "https://sre.example.org"
SECRET = b"a secret of at least sixteen bytes"


class Sent:
    """A sender that delivers nothing, and keeps what it was given."""

    kept_for_urgent = 0

    def __init__(self) -> None:
        self.messages: list[tuple[Outgoing, Message]] = []

    def free(self) -> int:
        return 100

    def send(self, outgoing: Outgoing, message: Message) -> None:
        self.messages.append((outgoing, message))

    def came_back(self) -> tuple[()]:
        return ()


class Server:
    """A dispatcher over a store, on a clock that the test moves; its doors, and what it sent."""

    def __init__(self, store: MemoryStore, at: float = START) -> None:
        self.at = at
        self.sent = Sent()
        works = OnCallWorks(store, lambda: self.at, SECRET)
        self.rosters = works.rosters
        messages = Messages(lambda *_: [], lambda _: (), BASE, lambda *_: "", works.written)
        self.dispatcher = Dispatcher(
            store,
            {},
            self.sent,
            messages,
            lambda: self.at,
            DispatchSettings(is_alone=True),  # type: ignore[arg-type]
        )
        self.desks = Desks(store, self.dispatcher, lambda: self.at, lambda *_: None, lambda *_: [], lambda *_: None)  # type: ignore[arg-type, return-value]
        files = rules(tells_at_start=True, test_page_seconds=600.0)
        for one in (self.rosters, self.dispatcher, self.desks):
            one.take_up(files)
        self.dispatcher.turn()

    def decide(self, command) -> str:
        """As a door does, with a turn of the desk in between."""
        from covet_sre.engine import desk_commands

        (number,) = self.desks.accept([desk_commands.as_arrival(command, self.at)])
        self.dispatcher.turn()
        disposed = self.desks._store.disposed([number])[number]
        if disposed.refusal:
            raise desk_commands.refusal_in(disposed.refusal)
        return disposed.answer

    def wait(self, seconds: float, step: float = HOUR) -> None:
        end = self.at + seconds
        while self.at < end:
            self.at = min(self.at + step, end)
            self.dispatcher.turn()


def test_an_override_holds_for_every_door_at_once_and_over_a_restart() -> None:
    store = MemoryStore()
    server = Server(store)
    server.decide(SetOverride("o", "ann", "primary", START, START + 5 * HOUR, "ann", "ben", "a walk"))
    for one in (server, Server(store, START + HOUR)):
        assert [duty.person for duty in one.desks.on_call()] == ["ben"]
        assert one.rosters.roster().schedules["primary"].on_call(one.at) == ("ben",)
    again = Server(store, START + 2 * HOUR)
    again.decide(RemoveOverride("o", "ann"))
    assert [duty.person for duty in again.desks.on_call()] == ["ann"]
    with pytest.raises(NotFound):
        again.decide(RemoveOverride("o", "ann"))
    acts = [entry.act for entry in store.audit_entries(0, 100)]
    assert [(act.actor, act.kind, act.subject) for act in acts] == [
        ("ann", "SetOverride", "o"),
        ("ann", "RemoveOverride", "o"),
    ]


def test_the_code_stands_in_what_leaves_and_nowhere_else() -> None:
    store = MemoryStore()
    server = Server(store)
    nonce, digest = server.rosters.new_code()
    server.decide(SendCode("ann", "ann", "mail", nonce, digest))
    [(outgoing, message)] = [one for one in server.sent.messages if one[0].purpose is Purpose.TEST]
    found = re.search(r"The code is (\d{4} \d{4})\.", message.summary)
    assert found
    assert code_digest(found[1], nonce) == digest
    plain = found[1].replace(" ", "")
    kept = (
        repr(store.kept(server.at))
        + repr(store.audit_entries(0, 100))
        + repr(store.arrivals(None, 100))
        + repr(outgoing)
    )
    assert plain not in kept
    assert found[1] not in kept
    assert message.address == f"{BASE}/oncall/people/ann#contacts"
    assert server.decide(EnterCode("ann", "ann", "mail", code_digest(plain, nonce))) == "verified"
    assert server.rosters.roster().is_verified("ann", "mail")


def test_a_test_page_carries_a_link_that_answers_it_and_nothing_else_does() -> None:
    store = MemoryStore()
    server = Server(store)
    server.wait(WEEK + 60)
    # Nothing came back of it, so that it is sent again: with a link that is as good.
    _, message = [one for one in server.sent.messages if one[0].purpose is Purpose.TEST][-1]
    token = message.address.removeprefix(f"{BASE}/oncall-test/")
    [test] = store.records(ShiftTest)
    assert server.rosters.test_page(token) == (test.identity, "ben")
    with pytest.raises(Refused):
        server.rosters.test_page(token[:-2] + "AA")
    server.wait(700, 60)
    assert server.rosters.roster().unreachable("ben") == "The test page of primary was not answered"
    server.decide(AnswerTestPage(*server.rosters.test_page(token), "link"))
    assert server.rosters.roster().unreachable("ben") == ""


def test_pages_that_were_delivered_are_counted_once_a_step() -> None:
    """However many contacts took one, and whatever else was sent."""
    from dataclasses import replace

    from covet_sre.flows.oncall import pages_told
    from covet_sre.incident.oncall_facts import SetContactRules
    from covet_sre.incident.outgoing import Delivery
    from covet_sre.oncall.contact_rules import ContactStep
    from tests.incident.house import report

    found = house()
    found.do(SetContactRules("ann", "ann", (ContactStep("chat"), ContactStep("pager", 60.0)), (), "", "", 0))
    found.hear(report("A", at=found.now))
    found.wait(120)
    delivered = [replace(one, delivery=Delivery.DELIVERED) for one in found.sent]
    assert sorted(one.current_target for one in delivered if one.person == "ann") == ["chat", "pager"]
    [page] = pages_told(delivered)
    assert (page.person, page.at) == ("ann", START + 1)
    assert directory().people["ann"].name == page.person
