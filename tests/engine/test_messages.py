"""What a page says to somebody who was just woken."""

from dataclasses import replace

from covet_sre.engine.messages import Messages
from covet_sre.errors import StoreError
from covet_sre.incident import facts
from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Line, Message, Notice, Outgoing, Purpose
from covet_sre.oncall.target import Channel
from tests.incident.house import START, House, report, rules

BASE = "https://sre.example.org"


def _house() -> House:
    known = rules()
    api = replace(
        known.services["api"],
        runbook="https://wiki/api",
        first_step="Look at the last release.",
        links=(("Logs", "https://logs?from={start}&to={end}"),),
    )
    return House(Desk(replace(known, services={**known.services, "api": api})))


def _message(house: House, outgoing: Outgoing, past: tuple[Incident, ...] = ()) -> Message:
    messages = Messages(
        lambda service, slo: [Line("Burns", f"{service} {slo}")],
        lambda _service: past,
        BASE + "/",
        lambda incident, person: f"{BASE}/ack/{incident}-{person}",
    )
    return messages(house.desk, outgoing, house.now)


def _texts(message: Message, label: str) -> list[str]:
    return [line.text for line in message.lines if line.label == label]


def test_a_page_tells_what_fires_what_it_costs_and_the_first_thing_to_do():
    house = _house()
    house.hear(report("ErrorBudgetBurn1h", slo="api-availability"), report("Slow", severity="warning"))
    message = _message(house, house.sent[0])
    assert message.summary == "[P0 Critical] api: ErrorBudgetBurn1h on api"
    assert len(_texts(message, "Fires")) == 2
    assert "api api-availability" in _texts(message, "Burns")
    assert _texts(message, "First") == ["Look at the last release."]
    assert message.address == f"{BASE}/incidents/{house.only.identity}"
    assert message.acknowledge_address == f"{BASE}/ack/{house.only.identity}-alice"


def test_links_lead_to_half_an_hour_before_the_impact():
    house = _house()
    house.hear(report())
    house.wait(60)
    links = {line.label: line.address for line in _message(house, house.sent[0]).links}
    assert links["Runbook"] == "https://wiki/api"
    assert links["Logs"] == f"https://logs?from={(START - 1800) * 1000:.0f}&to={(START + 60) * 1000:.0f}"


def test_of_many_alerts_a_few_are_named_the_most_urgent_first():
    house = _house()
    house.hear(*(report(f"Slow{number}", severity="warning") for number in range(40)), report("Down"))
    fires = _texts(_message(house, house.sent[0]), "Fires")
    assert len(fires) == 6
    assert fires[0] == "Down"
    assert fires[-1] == "and 36 more alerts"


def test_what_resolved_incidents_like_it_is_told_the_same_title_first():
    past = _house()
    for name in ("Other", "HighErrors", "Third"):
        past.hear(report(name))
        past.do(facts.Resolve(past.incidents[-1].identity, "alice", f"how {name} ended"))
        past.hear(report(name, resolved=True))
        past.wait(3600, step=600)
    house = _house()
    house.now = past.now
    house.desk.open_of.clear()
    house.hear(report(at=house.now))
    renamed = tuple(replace(one, identity=f"{one.identity}0") for one in past.incidents)
    earlier = _texts(_message(house, house.sent[0], renamed), "Earlier")
    assert "how HighErrors ended" in earlier[0]
    assert len(earlier) == 3


def test_who_hears_how_it_went_on_is_not_asked_to_acknowledge():
    house = _house()
    house.hear(report())
    house.do(facts.Acknowledge(house.only.identity, "alice"))
    (told,) = [one for one in house.sent if one.purpose.value == "acknowledge"]
    message = _message(house, told)
    assert message.acknowledge_address == ""
    assert message.thread == house.sent[0].key
    assert message.summary.endswith("(acknowledged by alice)")


def test_a_page_leaves_although_earlier_incidents_cannot_be_read():
    house = _house()
    house.hear(report())

    def broken(_service: str) -> tuple[Incident, ...]:
        raise StoreError("the connection was lost")

    messages = Messages(lambda _service, _slo: [], broken, BASE, lambda _incident, _person: "")
    message = messages(house.desk, house.sent[0], house.now)
    assert _texts(message, "Earlier") == []
    assert _texts(message, "Fires")


def test_a_notice_says_its_own_words_and_needs_no_incident():
    house = _house()
    notice = Notice("Swap asked for", "Ana asks you to take Friday.", f"{BASE}/oncall", f"{BASE}/stop")
    row = Outgoing(
        "n/1", "", 0, 0, Channel.EMAIL, Purpose.NOTICE, ("mail",), START, START, address="bo@example.org", notice=notice
    )
    message = _message(house, row)
    assert (message.title, message.summary, message.address) == (notice.subject, notice.text, notice.link)
    assert (message.recipient, message.unsubscribe_address) == ("bo@example.org", notice.unsubscribe)
    assert message.lines == ()
