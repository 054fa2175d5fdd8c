"""After a restore each incident that was open pages at most once, until somebody or the time ends the caution."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from covet_sre.alerting.severity import Severity
from covet_sre.engine import desk_commands
from covet_sre.engine.dispatch import Dispatcher, DispatchSettings
from covet_sre.engine.messages import Messages
from covet_sre.errors import Refused
from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.incident import facts
from covet_sre.incident.outgoing import Message, Outcome, Outgoing, Purpose, Receipt
from covet_sre.incident.reconciling import LASTS_SECONDS, RESTORED, Reconciling
from covet_sre.oncall.target import Channel
from covet_sre.ports import Arrival, Store
from covet_sre.store import open_store
from covet_sre.store.backup import Wish, make_backup, restore
from tests.incident.house import MINUTE, START, report, rules

SERVICES = ("database", "api", "web", "shop")


def read(body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:
    return Read([report(name, service, severity, at=at) for name, service, severity, at in json.loads(body)])


@dataclass
class Line:
    """Targets that take a page, or do not; what they took is in `taken`."""

    chance: random.Random
    is_down: bool = False
    taken: list[Outgoing] = field(default_factory=list)
    attempted: list[Outgoing] = field(default_factory=list)
    back: list[facts.CameBack] = field(default_factory=list)

    kept_for_urgent = 0

    def free(self) -> int:
        return 100

    def send(self, outgoing: Outgoing, message: Message) -> None:
        self.attempted.append(outgoing)
        took = not self.is_down
        if took:
            self.taken.append(outgoing)
        receipt = Receipt(Outcome.DELIVERED if took else Outcome.FAILED)
        self.back.append(facts.CameBack(outgoing.key, outgoing.tries, receipt, outgoing.current_target))

    def came_back(self) -> Sequence[facts.CameBack]:
        back, self.back = self.back, []
        return back

    def pages(self, since: int = 0) -> Counter[str]:
        """How many different pages about each incident were taken."""
        asked = {
            (one.incident, one.key)
            for one in self.taken[since:]
            if one.purpose is Purpose.TRIGGER and one.channel is Channel.PAGE
        }
        return Counter(incident for incident, _ in asked)


class Installation:
    """The thread that decides, over a database file, in virtual time."""

    def __init__(self, path: Path, now: float, line: Line) -> None:
        self.url, self.now, self.line = f"sqlite:///{path}", now, line
        self.store: Store = open_store(self.url)
        messages = Messages(lambda _service, _slo: [], lambda _service: [], "http://localhost", lambda _i, _p: "")
        settings = DispatchSettings("one", is_alone=True)
        self.dispatcher = Dispatcher(self.store, {"alerts": read}, line, messages, lambda: self.now, settings)
        self.dispatcher.take_up(rules())

    def alert(self, *alerts: tuple[str, str, str, float]) -> None:
        self.store.accept([Arrival("alerts", json.dumps(alerts).encode(), self.now)])
        self.turn()

    def do(self, command: facts.Command) -> str:
        (number,) = self.store.accept([desk_commands.as_arrival(command, self.now)])
        self.turn()
        disposed = self.store.disposed([number])[number]
        if disposed.refusal:
            raise desk_commands.refusal_in(disposed.refusal)
        return disposed.answer

    def turn(self) -> None:
        # What comes back of one turn is taken in by the next.
        for _ in range(3):
            self.dispatcher.turn()

    def wait(self, seconds: float, step: float = 20.0) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + step, until)
            self.turn()

    def open_incidents(self) -> set[str]:
        found = self.store.incidents(is_open=True, service="", severity="", before=None, limit=1000)
        return {one.identity for one in found}

    def restored(self, file: Path, path: Path, now: float) -> "Installation":
        restore(file, f"sqlite:///{path}", Wish(now, "ana"))
        return Installation(path, now, Line(self.line.chance))


def story(folder: Path, chance: random.Random) -> tuple[Installation, Path, list[tuple[str, str, str, float]]]:
    """Some hours of alerts; a backup at some moment; then more happens, of which the backup knows nothing."""
    house, file = Installation(folder / "old.db", START, Line(chance)), folder / "backup.tar.gz"
    firing: list[tuple[str, str, str, float]] = []
    moments = chance.randrange(8, 25)
    at_backup = chance.randrange(3, moments - 2)
    for number in range(moments):
        house.line.is_down = chance.random() < 0.3
        severity = chance.choice(("critical", "critical", "page", "warning"))
        firing.append((f"Alert{number}", chance.choice(SERVICES), severity, house.now))
        house.alert(firing[-1])
        if chance.random() < 0.3 and house.open_incidents():
            house.do(facts.Acknowledge(chance.choice(sorted(house.open_incidents())), "alice"))
        house.wait(chance.choice((1.0, 30.0, 200.0, 400.0, 1200.0)))
        if number == at_backup:
            make_backup(house.store.copy_to, file, house.now, "test")  # type: ignore[attr-defined]
    house.store.close()
    return house, file, firing


@pytest.mark.parametrize("seed", range(12))
def test_each_open_incident_pages_at_most_once_after_a_restore(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    old, file, firing = story(tmp_path, chance)
    new = old.restored(file, tmp_path / "new.db", old.now + chance.choice((5.0, 600.0, 7200.0)))
    known = new.open_incidents()
    assert known
    unanswered = {one for one in known if not _incident(new, one).is_acknowledged}
    raised: set[str] = set()
    new.turn()
    for _ in range(int(LASTS_SECONDS // 240) - 1):
        # Senders repeat what still fires; some of it joined incidents that are not in the backup.
        new.alert(*[(name, service, severity, at) for name, service, severity, at in firing])
        if chance.random() < 0.3:
            raised.add(chance.choice(sorted(known)))
            _raise(new, sorted(raised)[-1])
        new.wait(240.0 - 20.0)
    pages = new.line.pages()
    assert max((pages[one] for one in known), default=0) <= 1
    assert {one for one in known if pages[one]} <= unanswered | raised
    # What asks people at all has asked once by now: nothing that was due is lost.
    for one in unanswered:
        incident = _incident(new, one)
        paged_before = any(
            told.purpose is Purpose.TRIGGER and told.channel is Channel.PAGE
            for told in old.line.taken
            if told.incident == one
        )
        wanted = incident.state.is_open and not incident.is_acknowledged and incident.wants_people
        assert not (wanted and not pages[one] and not paged_before and incident.severity is Severity.P0), one
    new.store.close()


def _incident(house: Installation, identity: str):
    found = house.store.find_incident(identity)
    assert found is not None
    return found


def _raise(house: Installation, identity: str) -> None:
    """Somebody finds it worse than it was thought: that begins an episode, which would page."""
    with suppress(Refused):
        house.do(facts.ChangeSeverity(identity, "bob", Severity.P0, "worse"))


def paged_once_and_lost(tmp_path: Path) -> Installation:
    """alice was paged, the backup was made; bob and the catch-all were asked afterwards; restored after two hours."""
    house = Installation(tmp_path / "old.db", START, Line(random.Random(1)))
    house.alert(("HighErrors", "api", "critical", START))
    house.wait(MINUTE)
    make_backup(house.store.copy_to, tmp_path / "a.tar.gz", house.now, "test")  # type: ignore[attr-defined]
    house.wait(120 * MINUTE)
    assert [one.person for one in house.line.taken] == ["alice", "bob", ""]
    house.store.close()
    return house.restored(tmp_path / "a.tar.gz", tmp_path / "new.db", house.now)


def test_what_was_due_is_asked_once_and_then_waits_until_somebody_ends_it(tmp_path: Path) -> None:
    new = paged_once_and_lost(tmp_path)
    new.wait(20 * MINUTE)
    assert [one.person for one in new.line.taken] == ["bob"]
    (identity,) = new.open_incidents()
    assert any("restored from a backup" in str(entry.event) for entry in new.store.timeline(identity))
    new.do(facts.EndReconciling("ana"))
    new.wait(MINUTE)
    assert [one.person for one in new.line.taken] == ["bob", ""]
    with pytest.raises(Refused, match="nothing is held back"):
        new.do(facts.EndReconciling("ana"))
    head = new.store.audit_head()
    assert head is not None and (head.act.kind, head.act.actor) == ("EndReconciling", "ana")
    new.store.close()


def test_the_passage_of_time_ends_it(tmp_path: Path) -> None:
    new = paged_once_and_lost(tmp_path)
    new.wait(LASTS_SECONDS - MINUTE)
    assert [one.person for one in new.line.taken] == ["bob"]
    new.wait(2 * MINUTE)
    assert [one.person for one in new.line.taken] == ["bob", ""]
    new.store.close()


def test_the_caution_begins_when_the_server_starts_and_survives_its_restart(tmp_path: Path) -> None:
    new = paged_once_and_lost(tmp_path)
    found = new.store.find_record(Reconciling, RESTORED)
    assert found is not None and found.until is None
    new.wait(5 * MINUTE)
    began = new.store.find_record(Reconciling, RESTORED)
    assert began is not None and began.until is not None and began.asked == tuple(new.open_incidents())
    new.store.close()
    again = Installation(tmp_path / "new.db", new.now, new.line)
    again.wait(LASTS_SECONDS - 7 * MINUTE)
    assert [one.person for one in again.line.taken] == ["bob"]
    assert again.store.find_record(Reconciling, RESTORED) == began
    again.wait(3 * MINUTE)
    assert [one.person for one in again.line.taken] == ["bob", ""]
    again.store.close()


def test_a_new_incident_is_escalated_as_ever(tmp_path: Path) -> None:
    new = paged_once_and_lost(tmp_path)
    new.alert(("Down", "shop", "critical", new.now))
    new.wait(6 * MINUTE)
    of_shop = [
        one.person for one in new.line.taken if one.incident not in new.open_incidents() or "002" in one.incident
    ]
    assert of_shop == ["alice", "bob"]
    new.store.close()


def test_a_page_that_waited_when_the_backup_was_made_is_the_one_page(tmp_path: Path) -> None:
    house = Installation(tmp_path / "old.db", START, Line(random.Random(1), is_down=True))
    house.alert(("HighErrors", "api", "critical", START))
    make_backup(house.store.copy_to, tmp_path / "a.tar.gz", house.now, "test")  # type: ignore[attr-defined]
    house.store.close()
    new = house.restored(tmp_path / "a.tar.gz", tmp_path / "new.db", START + 30)
    new.wait(LASTS_SECONDS - MINUTE)
    assert [one.person for one in new.line.taken] == ["alice"]
    new.store.close()
