"""Whatever valid files say: a plan can be made for every service and severity, and everybody in it can be looked up."""

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.spec.conftest import Document, as_yaml, ours, service

from covet_sre.alerting.severity import Severity
from covet_sre.errors import InvalidFiles
from covet_sre.incident.plan import make_plan
from covet_sre.oncall.target import Channel
from covet_sre.spec import read_documents

NAMES = ["one", "two", "three"]
PEOPLE = ["ann", "ben", "chloe"]
CHANNELS = ["page", "email", "slack", "ticket"]
TIMES = ["2026-01-05 09:00", "2026-03-29 02:30", "2026-10-25 02:30", "2030-02-28 00:00"]
ZONES = ["UTC", "Europe/Rome", "Australia/Lord_Howe"]

names = st.sampled_from(NAMES)
people = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4)
targets = st.lists(st.sampled_from([*NAMES, "inbox"]), max_size=3, unique=True)
by_channel = st.fixed_dictionaries({}, optional=dict.fromkeys(CHANNELS, targets))
channels = st.lists(st.sampled_from(CHANNELS), max_size=4)
delays = st.sampled_from(["1s", "5m", "1h", "30d"])


def document(kind: str, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[list[Document]]:
    """One document of the kind for each name."""
    spec = st.fixed_dictionaries(fields)
    return st.tuples(*[spec for _ in NAMES]).map(
        lambda specs: [ours(kind, name, **written) for name, written in zip(NAMES, specs, strict=True)]
    )


members = st.just([{"name": person, "email": f"{person}@example.com"} for person in PEOPLE])
layer = st.fixed_dictionaries(
    {"people": people, "starts": st.sampled_from(TIMES), "handOver": st.sampled_from(["1h", "1d", "1w", "1M", "7d"])},
    optional={"only": st.just([{"days": ["monday"], "from": "22:00", "to": "06:00"}])},
)
override = st.fixed_dictionaries(
    {"add": st.sampled_from(PEOPLE), "from": st.just(TIMES[0]), "to": st.sampled_from(TIMES[1:])}
)
recipient = st.sampled_from(["schedule", "team", "target"]).flatmap(lambda kind: names.map(lambda name: {kind: name}))
recipient |= st.sampled_from(PEOPLE).map(lambda person: {"person": person})
step = st.fixed_dictionaries({"after": delays, "notify": st.lists(recipient, min_size=1, max_size=3)})
level = st.fixed_dictionaries(
    {
        "respondWithin": st.sampled_from(["immediately", "next business day"]) | delays,
        "notify": channels.filter(bool),
        "ifMissed": channels,
    }
)
files = st.tuples(
    document("Team", members=members, targets=by_channel, escalationPolicy=names),
    document(
        "Schedule",
        timeZone=st.sampled_from(ZONES),
        layers=st.lists(layer, min_size=1, max_size=2),
        overrides=st.lists(override, max_size=2),
    ),
    document(
        "EscalationPolicy",
        steps=st.lists(step, min_size=1, max_size=3),
        repeat=st.integers(0, 9),
        repeatAfter=delays,
        catchAll=targets.filter(bool),
    ),
    document("NotificationTarget", type=st.just("tickets")),
    document(
        "BusinessHours", timeZone=st.sampled_from(ZONES), days=st.sampled_from([["sunday"], ["monday", "friday"]])
    ),
    st.fixed_dictionaries({}, optional={severity.value: level for severity in Severity}).map(
        lambda levels: [ours("SeverityPolicy", "any", levels=levels, businessHours="one")]
    ),
    st.lists(st.booleans(), min_size=3, max_size=3).map(
        lambda has_team: [_service(*one) for one in enumerate(has_team)]
    ),
)


def _service(number: int, has_team: bool) -> Document:
    made = service(f"service-{number}")
    made["metadata"]["annotations"] = {"covet-sre/team": NAMES[number]} if has_team else {}
    return made


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files, st.integers(0, 4_000_000_000))
def test_valid_files_give_a_plan_for_every_service_and_severity(written: tuple[list[Document], ...], now: int) -> None:
    documents = [document for kind in written for document in kind]
    try:
        rules = read_documents({"a.yaml": as_yaml(documents)}).rules
    except InvalidFiles as invalid:
        # Two people of one name in three teams say the same of themselves; nothing else may be wrong.
        raise AssertionError([str(finding) for finding in invalid.findings]) from invalid
    assume(rules.services)
    for name in [*rules.services, "unclaimed"]:
        team, rule = rules.team_of(name), rules.services.get(name)
        policy = rules.directory.escalations.get((rule.escalation if rule else "") or (team.escalation if team else ""))
        for severity in Severity:
            response = rules.response_to(name, severity)
            seconds = response.deadline_seconds
            if seconds is None:
                seconds = rules.business_hours_of(name).next_business_day(now) - now
                assert 0 < seconds < 12 * 86_400
            plan = make_plan(response, seconds, policy, team)
            due = [step.due_seconds for step in plan.steps]
            assert due == sorted(due)
            assert plan.steps[-1].is_catch_all
            for planned in plan.steps:
                for channel in planned.channels:
                    for one in planned.recipients:
                        reached = rules.directory.reach(one, channel, now + planned.due_seconds, team)
                        assert all(reach.targets for reach in reached)
            last = plan.steps[-1].recipients
            assert any(rules.directory.reach(one, Channel.PAGE, now, team) for one in last)
