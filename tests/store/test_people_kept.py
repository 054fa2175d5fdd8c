"""Roles, messages, drafts, promises and subscriptions in every store: kept as they were, and as commands."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.alerting.severity import Severity
from covet_sre.engine.desk_commands import as_arrival, command_in
from covet_sre.incident.channel_end import ChannelEnd
from covet_sre.incident.desk import Desk
from covet_sre.incident.drafts import Draft
from covet_sre.incident.facts import Acknowledge, Declare
from covet_sre.incident.incident import folded
from covet_sre.incident.message_facts import (
    MessageCommand,
    PromiseUpdate,
    SaveDraft,
    SendMessage,
    SubscribeToMessages,
    SubscriptionCommand,
)
from covet_sre.incident.role_facts import AskForRole, AssignRole, RoleCommand, TickDuty
from covet_sre.incident.roles import Role
from covet_sre.incident.stakeholders import Interest, Subscription
from covet_sre.incident.templates import TEMPLATES, MessageKind
from covet_sre.incident.timeline import broken_at
from covet_sre.store import Store
from store.desk_story import HOLDER
from tests.incident.house import MINUTE, House, rules

STRANGE = "\x00 \\u0041 \ud83d é <!channel> \U0001f525\nnext"
UUID = "0b8f4c1e-2c39-4a6d-9a55-1f2e3d4c5b6a"


def written(house: House, store: Store) -> None:
    store.write(house.desk.take_changes(), (), house.now, HOLDER)


def test_everything_about_people_is_laid_out_as_it_was(store: Store) -> None:
    house = House()
    store.acquire_desk(HOLDER, house.now, 1e9)
    incident = house.do(Declare("dora", "shop", Severity.P1, "Orders are saved twice"))
    house.do(Acknowledge(incident, "alice"))
    house.do(AssignRole(incident, "alice", Role.EXPERT, STRANGE, "database"))
    house.do(AskForRole(incident, "alice", Role.COMMUNICATIONS, "bob", note=STRANGE))
    house.do(TickDuty(incident, "alice", Role.COMMANDER, "Decision making authority"))
    house.do(SaveDraft(incident, "bob", MessageKind.UPDATE, (("status", STRANGE),), 0))
    house.do(SubscribeToMessages(UUID, "erin", "erin", Interest(("shop",), Severity.P1), "channel"))
    fields = {one.name: "words" for one in TEMPLATES[MessageKind.INITIAL].fields} | {"eta": "30m"}
    house.do(SendMessage(incident, "bob", MessageKind.INITIAL, tuple(fields.items()), 0, ("subscribers",)))
    house.desk.put_record(ChannelEnd(incident, "channel", "C0NEW", house.now + MINUTE))
    house.wait(32 * MINUTE)
    written(house, store)

    again = Desk(rules(), store.kept(house.now))
    # A character that is half of one is kept as such, everywhere.
    assert again.incident(incident) == house.desk.incident(incident)
    for kind in (Draft, Subscription, ChannelEnd):
        assert again.records(kind) == house.desk.records(kind)
    entries = list(store.timeline(incident))
    assert broken_at(entries) is None
    assert folded(entries) == again.incident(incident)
    assert again.incident(incident).said.promise == house.only.said.promise
    assert house.only.said.promise is not None
    assert house.only.said.promise.reminded == ("alice",)


KINDS = [kind for union in (RoleCommand, MessageCommand, SubscriptionCommand) for kind in get_args(union)]
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(st.data())
def test_a_command_is_kept_and_read_back_as_it_was(kind: type, data: st.DataObject) -> None:
    st.register_type_strategy(str, words)
    command = data.draw(st.builds(kind))
    assert command_in(as_arrival(command, 0.0).body) == command


def test_a_command_of_before_is_read_without_the_fields_that_came_later() -> None:
    body = b'{"kind": "PromiseUpdate", "command": {"incident": "INC-1", "actor": "ana", "at": "30m"}}'
    assert command_in(body) == PromiseUpdate("INC-1", "ana", "30m")
