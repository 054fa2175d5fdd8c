"""The thread that decides, turn by turn, over a store in memory: what is kept, put aside, taken over and sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from covet_sre.alerting.alert import Cause, Verdict
from covet_sre.alerting.heartbeat import ExpectedHeartbeat, SentHeartbeat
from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.severity import Severity
from covet_sre.engine import desk_commands
from covet_sre.engine.dispatch import Dispatcher, DispatchSettings
from covet_sre.engine.messages import Messages
from covet_sre.errors import CovetSreError, Refused, StoreBusy, StoreError, StoreUnreadable
from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.incident import facts
from covet_sre.incident.changes import Changes
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Delivery, Message, Outcome, Outgoing, Receipt
from covet_sre.ports import Arrival, Disposed
from covet_sre.store.memory import MemoryStore
from tests.incident.house import START, report, rules


def read(body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:
    """Alerts by name; `boom` is what no reader expects, `bang` what nobody who decides does, `no` what it refuses."""
    names = json.loads(body)
    if "bang" in names:
        return Read([report("Slow"), replace(report("bang"), labels=None)])  # type: ignore[arg-type]
    if "boom" in names:
        raise ZeroDivisionError("boom")
    if "no" in names:
        raise Refused("no")
    return Read([report(name) for name in names])


@dataclass
class Line:
    """A sender that delivers at once, and remembers."""

    sent: list[Message] = field(default_factory=list)
    back: list[facts.CameBack] = field(default_factory=list)
    outcome: Outcome | None = Outcome.DELIVERED

    kept_for_urgent = 0

    def free(self) -> int:
        return 100

    def send(self, outgoing: Outgoing, message: Message) -> None:
        self.sent.append(message)
        if self.outcome is not None:
            self.back.append(facts.CameBack(outgoing.key, outgoing.tries, Receipt(self.outcome)))

    def came_back(self) -> Sequence[facts.CameBack]:
        back, self.back = self.back, []
        return back


class Place:
    """A store, a clock and as many dispatchers as a story needs."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store, self.now, self.line = store or MemoryStore(), START, Line()
        self.one = self.dispatcher("one")

    def dispatcher(self, holder: str, *, is_alone: bool = False) -> Dispatcher:
        messages = Messages(
            lambda _service, _slo: [], lambda _service: [], "http://127.0.0.1:8420", lambda _incident, _person: ""
        )
        settings = DispatchSettings(holder, is_alone=is_alone)
        made = Dispatcher(self.store, {"alerts": read}, self.line, messages, lambda: self.now, settings)
        made.take_up(rules())
        return made

    def arrive(self, *names: str) -> int:
        (number,) = self.store.accept([Arrival("alerts", json.dumps(names).encode(), self.now)])
        return number

    def turns(self, dispatcher: Dispatcher, number: int = 5) -> list[CovetSreError | Exception]:
        """Turns as the thread takes them: an error does not end it."""
        errors: list[CovetSreError | Exception] = []
        for _ in range(number):
            try:
                dispatcher.turn()
            except Exception as error:  # noqa: BLE001 - as the thread does
                errors.append(error)
            self.now += 1
        return errors

    def made_of(self, number: int) -> Disposed:
        return self.store.disposed([number])[number]


def test_what_arrived_is_decided_written_and_sent():
    place = Place()
    number = place.arrive("Down")
    place.turns(place.one)
    ((key, disposition),) = place.made_of(number).alerts
    assert disposition.incident == "INC-2026-1118-001"
    assert place.store.find_incident("INC-2026-1118-001") is not None
    assert [one.person for one in place.line.sent] == ["alice"]
    assert key in {alert.key for alert in place.store.kept(place.now).alerts}


def test_what_is_refused_is_disposed_of_with_the_reason():
    place = Place()
    number = place.arrive("no")
    place.turns(place.one)
    assert "no" in place.made_of(number).refusal


def test_poison_is_put_aside_after_three_tries_and_others_are_decided():
    place = Place()
    poison, good = place.arrive("bang"), place.arrive("Down")
    errors = place.turns(place.one, 6)
    assert [type(error) for error in errors] == [TypeError] * 3
    assert "3 times" in place.made_of(poison).quarantined
    assert place.made_of(good).alerts
    assert [one.title for one in place.line.sent if one.service == "api"] == ["Down on api"]
    told = [one for one in place.line.sent if one.service == "unclaimed"]
    assert [one.title for one in told] == [
        f"Nothing could be made of arrival {poison} from alerts: it is kept in the alert inbox; see the log"
    ]


def test_what_cannot_be_read_delays_nobody():
    place = Place()
    poison = [place.arrive("boom") for _ in range(20)]
    good = place.arrive("Down")
    assert place.turns(place.one, 1) == []
    assert place.made_of(good).alerts
    assert place.turns(place.one, 3) == []
    assert all("3 times" in place.made_of(one).quarantined for one in poison)


def test_a_command_is_kept_decided_and_answered():
    place = Place()
    place.arrive("Down")
    place.turns(place.one)
    command = facts.Acknowledge("INC-2026-1118-001", "dora", "test")
    (number,) = place.store.accept([desk_commands.as_arrival(command, place.now)])
    wrong = facts.Acknowledge("INC-2026-1118-999", "dora", "test")
    (other,) = place.store.accept([desk_commands.as_arrival(wrong, place.now)])
    place.turns(place.one)
    assert place.made_of(number).answer == "INC-2026-1118-001"
    assert desk_commands.refusal_in(place.made_of(other).refusal).code == "not-found"
    incident = place.store.find_incident("INC-2026-1118-001")
    assert incident is not None
    assert incident.acknowledged_by == "dora"


class Losing(MemoryStore):
    """A store whose next write fails, before or after it was done."""

    fails_before = fails_after = False

    def write(self, changes: Changes, disposed: Sequence[Disposed], now: float, holder: str) -> None:
        if self.fails_before:
            self.fails_before = False
            raise StoreError("the connection was lost")
        super().write(changes, disposed, now, holder)
        if self.fails_after:
            self.fails_after = False
            raise StoreError("the connection was lost, and what became of the commit is unknown")


@pytest.mark.parametrize("when", ["fails_before", "fails_after"])
def test_a_write_that_fails_or_is_unknown_loses_and_doubles_nothing(when: str):
    store = Losing()
    place = Place(store)
    place.turns(place.one, 1)
    number = place.arrive("Down")
    setattr(store, when, True)
    errors = place.turns(place.one)
    assert [type(error) for error in errors] == [StoreError]
    assert len(place.made_of(number).alerts) == 1
    assert len(place.store.incidents(is_open=True, service="", severity="", before=None, limit=10)) == 1
    # Claimed and perhaps not sent is an unknown outcome: after the claim has run out it is sent with the same key.
    place.now += 40
    place.turns(place.one)
    assert len({one.key for one in place.line.sent}) == 1
    assert 1 <= len(place.line.sent) <= 2


def test_another_server_waits_and_takes_over_when_the_lease_has_run_out():
    place = Place()
    place.turns(place.one, 2)
    two = place.dispatcher("two")
    assert [type(error) for error in place.turns(two, 2)] == [StoreBusy, StoreBusy]
    assert not two.decides
    number = place.arrive("Down")
    place.now += 15
    place.turns(two)
    assert two.decides
    assert place.made_of(number).alerts
    stale = place.arrive("Slow")
    assert any(isinstance(error, StoreBusy) for error in place.turns(place.one, 1))
    place.turns(two)
    assert place.made_of(stale).alerts
    assert len(place.line.sent) == 1


def test_our_own_heartbeat_goes_the_whole_way_once_a_minute():
    place = Place()
    place.one.take_up(replace(rules(), sent_heartbeats=(SentHeartbeat("out", "channel", 60.0),)))
    place.turns(place.one, 185)
    assert len(place.line.sent) == 4
    assert {one.purpose.value for one in place.line.sent} == {"heartbeat"}


def test_an_incident_that_is_over_for_days_can_still_be_closed():
    place = Place()
    place.arrive("Down")
    place.turns(place.one)
    resolve = facts.Resolve("INC-2026-1118-001", "dora", "restarted")
    place.store.accept([desk_commands.as_arrival(resolve, place.now)])
    place.turns(place.one)
    place.now += 5 * 86400
    place.turns(place.one, 2)
    close = facts.Close("INC-2026-1118-001", "dora", "reviewed")
    (number,) = place.store.accept([desk_commands.as_arrival(close, place.now)])
    place.turns(place.one)
    assert place.made_of(number).answer == "INC-2026-1118-001"


def test_what_a_target_said_is_not_lost_with_a_failed_write():
    store = Losing()
    place = Place(store)
    place.arrive("Down")
    place.turns(place.one, 1)
    store.fails_before = True
    assert [type(error) for error in place.turns(place.one, 2)] == [StoreError]
    place.now += 40
    place.turns(place.one)
    (page,) = store.notifications(None, "pager", 10)
    assert page.delivery is Delivery.DELIVERED
    assert len(place.line.sent) == 1


class Flaking(MemoryStore):
    """A store that once does not find anything, and once does not forget anything."""

    fails_to_find = fails_to_forget = False

    def find_incident(self, identity: str) -> Incident | None:
        if self.fails_to_find:
            self.fails_to_find = False
            raise StoreError("the connection was lost")
        return super().find_incident(identity)

    def forget_arrivals(self, before: float) -> int:
        if self.fails_to_forget:
            self.fails_to_forget = False
            raise StoreError("the connection was lost")
        return super().forget_arrivals(before)


def test_a_command_is_not_refused_because_the_store_failed_once():
    store = Flaking()
    place = Place(store)
    place.turns(place.one, 1)
    wrong = facts.Acknowledge("INC-2026-1118-999", "dora", "test")
    (number,) = store.accept([desk_commands.as_arrival(wrong, place.now)])
    store.fails_to_find = True
    place.turns(place.one)
    assert desk_commands.refusal_in(place.made_of(number).refusal).code == "not-found"


def test_what_was_decided_in_a_turn_that_failed_is_not_decided_on_top_of_itself():
    store = Flaking()
    place = Place(store)
    place.turns(place.one, 1)
    place.now += 7200
    declare = facts.Declare("dora", "shop", Severity.P1, "Customers cannot pay")
    store.accept([desk_commands.as_arrival(declare, place.now)])
    store.fails_to_forget = True
    assert [type(error) for error in place.turns(place.one)] == [StoreError]
    assert len(store.incidents(is_open=True, service="", severity="", before=None, limit=10)) == 1


def test_a_server_whose_lease_had_run_out_lays_its_desk_out_anew():
    place = Place()
    place.line.outcome = None
    place.arrive("Down")
    place.turns(place.one, 2)
    two = place.dispatcher("two")
    place.now = START + 28
    place.turns(two, 2)
    assert len(place.line.sent) == 2
    # The second attempt is under way, and the first server knows nothing of it.
    place.now = START + 41
    place.turns(place.one, 1)
    assert len(place.line.sent) == 2


def test_what_a_dead_server_had_on_its_way_is_sent_again_at_once_where_no_other_can_carry_it_out():
    place = Place()
    place.line.outcome = None
    place.arrive("Down")
    place.turns(place.one)
    place.one.give_up()
    (first,) = place.line.sent
    # Another server may still be at it: until its claim has run out nothing is sent again.
    patient = place.dispatcher("two")
    place.turns(patient)
    assert place.line.sent == [first]
    patient.give_up()
    alone = place.dispatcher("three", is_alone=True)
    place.turns(alone)
    assert [message.key for message in place.line.sent] == [first.key, first.key]
    # What it has on its way itself it waits for.
    alone._desk = None
    place.turns(alone)
    assert len(place.line.sent) == 2


def test_attempts_that_died_with_their_servers_do_not_make_the_next_one_wait_longer():
    place = Place()
    place.line.outcome = None
    place.arrive("Down")
    place.turns(place.one)
    dead = place.one
    for number in range(8):
        dead.give_up()
        dead = place.dispatcher(f"server {number}", is_alone=True)
        place.turns(dead, 1)
    place.line.outcome = Outcome.BUSY
    dead.give_up()
    place.turns(place.dispatcher("last", is_alone=True), 2)
    (waiting,) = (one for one in place.store.notifications(None, None, 10) if one.delivery is Delivery.WAITING)
    assert waiting.try_at - place.now <= 2


def test_a_heartbeat_that_stays_away_is_missed_although_the_desk_was_laid_out_anew_meanwhile():
    store = Losing()
    place = Place(store)
    expected = ExpectedHeartbeat("eu", (LabelMatcher("alertname", "Watchdog"),), 180.0, "shop")
    place.one.take_up(replace(rules(), heartbeats=(expected,)))
    place.arrive("Watchdog")
    for _ in range(4):
        place.turns(place.one, 50)
        place.arrive("Slow")
        store.fails_before = True
        assert place.turns(place.one, 1)
    assert "Watchdog" not in {one.title for one in place.line.sent}
    assert any("No heartbeat eu" in one.title for one in place.line.sent)


def test_what_an_old_rule_kept_quiet_speaks_when_a_server_starts_with_other_files():
    place = Place()
    rule = InhibitRule("down", (LabelMatcher("alertname", "Down"),), (LabelMatcher("alertname", "Slow"),))
    place.one.take_up(rules(rule))
    number = place.arrive("Down", "Slow")
    place.turns(place.one)
    assert place.made_of(number).alerts[1][1].cause is Cause.INHIBITION
    place.now += 15
    two = place.dispatcher("two")
    place.turns(two)
    (slow,) = [one for one in place.store.kept(place.now).alerts if one.name == "Slow"]
    assert slow.disposition.verdict is Verdict.ATTACHED


class Older(MemoryStore):
    """As an older server sees a database in which a newer one has written something that it does not know."""

    def kept(self, now: float):
        raise StoreUnreadable("what is kept of a thing of the kind Outgoing cannot be read")


def test_a_server_that_cannot_read_the_desk_lets_another_decide():
    place = Place()
    older = Older()
    older.acquire_desk = place.store.acquire_desk  # type: ignore[method-assign] - one lease for both
    line, store = place.line, place.store
    place.store = older
    one = place.dispatcher("old")
    place.store = store
    other = place.dispatcher("new")
    number = place.arrive("Down")
    assert all(isinstance(error, StoreUnreadable) for error in place.turns(one, 3))
    # The newer one takes over at once, not when a lease has run out that the older one would go on renewing.
    assert place.turns(other, 2) == []
    assert place.made_of(number).alerts
    assert [each.person for each in line.sent] == ["alice"]
    # Alone, the older one tries again.
    place.now += 60
    assert all(isinstance(error, StoreUnreadable | StoreBusy) for error in place.turns(one, 12))
    assert not one.decides
