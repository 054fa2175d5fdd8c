"""A timeline tells the incident whole, and tells when anybody changed a line of it."""

import random
from dataclasses import replace

from covet_sre.alerting.severity import Severity
from covet_sre.incident import facts
from covet_sre.incident.events import Entry, NoteAdded
from covet_sre.incident.identity import incident_identity
from covet_sre.incident.incident import folded
from covet_sre.incident.timeline import broken_at
from tests.incident.house import MINUTE, House, report

TAMPERINGS = 2_000


def _told() -> House:
    house = House()
    house.hear(report("One", severity="page"), report("Two", "web", "page"))
    house.wait(16 * MINUTE)
    identity = house.only.identity
    house.do(facts.Acknowledge(identity, "bob"))
    house.do(facts.AddNote(identity, "bob", "it is the connection pool"))
    house.do(facts.ChangeSeverity(identity, "bob", Severity.P0, "nobody can sign in"))
    house.do(facts.Acknowledge(identity, "alice"))
    house.do(facts.Mitigate(identity, "alice", "restarted it"))
    house.do(facts.Resolve(identity, "alice", "the pool is larger"))
    house.do(facts.Close(identity, "alice"))
    return house


def _entries(house: House) -> list[Entry]:
    return [entry for entry in house.desk.changes.entries if entry.incident == "INC-2026-1118-001"]


def test_an_incident_is_the_fold_of_its_timeline():
    house = _told()
    assert folded(_entries(house)) == house.desk.incident("INC-2026-1118-001")


def test_the_chain_of_an_untouched_timeline_is_whole():
    entries = _entries(_told())
    assert len(entries) > 20
    assert broken_at(entries) is None


def test_every_tampering_is_found():
    """Edits, deletions, insertions and swaps at random places; a cut at the end shows against the kept head."""
    entries = _entries(_told())
    chance = random.Random(5)
    for _ in range(TAMPERINGS):
        forged, place = list(entries), chance.randrange(len(entries) - 1)
        match chance.randrange(5):
            case 0:
                forged[place] = replace(forged[place], actor=forged[place].actor + "x")
            case 1:
                forged[place] = replace(forged[place], at=forged[place].at + chance.random() + 0.001)
            case 2:
                forged[place] = replace(forged[place], event=NoteAdded(f"nothing happened {chance.random()}"))
            case 3:
                del forged[place]
            case _:
                forged[place], forged[place + 1] = forged[place + 1], forged[place]
        assert broken_at(forged) is not None


def test_the_days_numbers_grow_past_999():
    assert incident_identity("2026-1126", 7) == "INC-2026-1126-007"
    assert incident_identity("2026-1126", 1000) == "INC-2026-1126-1000"
