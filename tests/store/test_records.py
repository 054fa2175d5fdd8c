"""Records and the audit record in every store: found, changed whole or not at all, chained."""

import random
from dataclasses import dataclass, replace

import pytest

from covet_sre.access.audit import Act, AuditEntry, broken_at
from covet_sre.errors import Refused
from covet_sre.incident.changes import Changes
from covet_sre.store import Store
from store.desk_story import HOLDER, NOON

TAMPERINGS = 10_000


@dataclass(frozen=True, slots=True)
class Thing:
    identity: str
    text: str = ""
    over_at: float | None = None
    due_at: float | None = None


def act(number: int = 1, **values: str) -> Act:
    return Act(NOON + number, "ana", "PutThing", "thing", values.get("data", "{}"))


def test_a_record_is_found_by_kind_and_identity(store: Store) -> None:
    assert store.find_record(Thing, "a") is None
    store.change_record(Thing, "a", lambda _: Thing("a", "\x00 \ud83d é"), None)
    assert store.find_record(Thing, "a") == Thing("a", "\x00 \ud83d é")
    assert store.audit_head() is None


def test_records_are_listed_by_identity_and_those_that_are_over_left_out(store: Store) -> None:
    for one in (Thing("b", over_at=NOON), Thing("a"), Thing("c", over_at=NOON + 10)):
        store.change_record(Thing, one.identity, lambda _, one=one: one, None)
    assert [one.identity for one in store.records(Thing)] == ["a", "b", "c"]
    assert [one.identity for one in store.records(Thing, NOON + 1)] == ["a", "c"]
    assert store.forget_records(Thing, NOON + 1) == 1
    assert [one.identity for one in store.records(Thing)] == ["a", "c"]


def test_a_change_sees_what_is_there_and_may_delete_it(store: Store) -> None:
    store.change_record(Thing, "a", lambda _: Thing("a", "1"), act())
    changed = store.change_record(
        Thing, "a", lambda found: replace(found, text=found.text + "2") if found else None, act()
    )
    assert changed == store.find_record(Thing, "a") == Thing("a", "12")
    assert store.change_record(Thing, "a", lambda _: None, act()) is None
    assert store.find_record(Thing, "a") is None
    assert len(store.audit_entries(0, 10)) == 3


def test_a_change_that_is_refused_leaves_no_trace(store: Store) -> None:
    store.change_record(Thing, "a", lambda _: Thing("a", "1"), act())

    def refuse(_: Thing | None) -> Thing:
        raise Refused("no")

    with pytest.raises(Refused):
        store.change_record(Thing, "a", refuse, act(2))
    assert store.find_record(Thing, "a") == Thing("a", "1")
    assert len(store.audit_entries(0, 10)) == 1


def test_what_the_desk_changes_is_written_with_its_acts(store: Store) -> None:
    assert store.acquire_desk(HOLDER, NOON, 60)
    store.write(Changes(records={("Thing", "a"): Thing("a", "1")}, acts=[act(1), act(2)]), [], NOON, HOLDER)
    store.write(Changes(records={("Thing", "a"): None}, acts=[act(3)]), [], NOON, HOLDER)
    assert store.find_record(Thing, "a") is None
    assert [entry.position for entry in store.audit_entries(0, 10)] == [1, 2, 3]


def _record_of(store: Store, acts: int) -> list[AuditEntry]:
    for number in range(acts):
        store.audit(act(number, data=f'{{"n": {number}, "text": "\\u00e9 \x00"}}'))
    return list(store.audit_entries(0, acts + 1))


def test_the_audit_record_reads_back_as_one_whole_chain(store: Store) -> None:
    entries = _record_of(store, 30)
    assert len(entries) == 30
    assert broken_at(entries) is None
    assert store.audit_head() == entries[-1]
    assert broken_at(entries[10:], entries[9]) is None
    assert list(store.audit_entries(10, 5)) == entries[10:15]


def test_ten_thousand_random_tamperings_are_all_found(store: Store) -> None:
    """Edits of every field, deletions, insertions and swaps; a cut at the end shows against the kept head."""
    entries = _record_of(store, 25)
    head = entries[-1]
    chance = random.Random(7)
    for _ in range(TAMPERINGS if store.__class__.__name__ == "MemoryStore" else 300):
        forged, place = list(entries), chance.randrange(len(entries))
        entry, said = forged[place], forged[place].act
        match chance.randrange(10):
            case 0:
                forged[place] = replace(entry, act=replace(said, actor=said.actor + "x"))
            case 1:
                forged[place] = replace(entry, act=replace(said, at=said.at + chance.random() + 0.001))
            case 2:
                forged[place] = replace(entry, act=replace(said, kind="DropThing"))
            case 3:
                forged[place] = replace(entry, act=replace(said, subject="other"))
            case 4:
                forged[place] = replace(entry, act=replace(said, data=said.data.replace("text", "test")))
            case 5:
                forged[place] = replace(entry, digest=f"{chance.getrandbits(256):064x}")
            case 6:
                del forged[place]
            case 7:
                other = (place + 1) % len(forged)
                forged[place], forged[other] = forged[other], forged[place]
            case 8:
                forged.insert(place, forged[chance.randrange(len(forged))])
            case _:
                forged = forged[:place]
        assert broken_at(forged) is not None or (forged[-1] if forged else None) != head
