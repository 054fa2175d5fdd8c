"""What every notifier promises, on each kind of target: outcomes, keys, quoting, quiet about secrets."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covet_sre.incident.outgoing import Line, Message, Outcome, Purpose, Receipt
from covet_sre.integrations.fakes import Answer, Turn
from covet_sre.integrations.notifying import make_notifiers, unroutable
from covet_sre.integrations.notifying.guarded import Guarded
from covet_sre.oncall.target import NotificationTarget, TargetKind
from servers.prometheus import free_port
from tests.notifying.messages import HOSTILE, INCIDENT, NOTICE, TRIGGER, following, hostile
from tests.notifying.targets import OUTCOMES, SECRETS, Double, declared, double, opened

KINDS = list(TargetKind)
ABROAD = [kind for kind in KINDS if kind not in (TargetKind.TICKETS, TargetKind.INBOX)]
NO_BEATS = {TargetKind.PAGERDUTY, TargetKind.TICKETS, TargetKind.GITHUB, TargetKind.JIRA}
WITHHELD = {Turn.HANG}


@pytest.fixture(params=KINDS, ids=lambda kind: kind.value)
def target(request: pytest.FixtureRequest) -> Iterator[Double]:
    with double(request.param) as made:
        yield made


@pytest.mark.parametrize(
    ("kind", "turn"), [(kind, turn) for kind in KINDS for turn in OUTCOMES[kind]], ids=lambda one: one.name.lower()
)
def test_each_answer_is_sorted_into_its_outcome(kind: TargetKind, turn: Turn) -> None:
    with double(kind, attempt_seconds=0.5 if turn in WITHHELD else 10.0) as target:
        target.next_is(turn)
        receipt = target.notifier.send(TRIGGER)
        assert receipt.outcome is OUTCOMES[kind][turn], receipt
        assert receipt.detail or receipt.outcome is Outcome.DELIVERED
        assert not target.breaches


@pytest.mark.parametrize("kind", [kind for kind in ABROAD if kind is not TargetKind.EMAIL])
@pytest.mark.parametrize("turn", [Turn.TOO_MANY, Turn.UNAVAILABLE], ids=lambda turn: turn.name.lower())
def test_a_provider_says_when_to_come_again(kind: TargetKind, turn: Turn) -> None:
    with double(kind) as target:
        target.next_is(turn)
        assert target.notifier.send(TRIGGER).retry_after_seconds == 7.0


@pytest.mark.parametrize("kind", ABROAD)
def test_where_nothing_listens_nothing_was_sent(kind: TargetKind) -> None:
    port = free_port()
    receipt = opened(declared(kind, f"http://127.0.0.1:{port}", port)).send(TRIGGER)
    assert receipt.outcome is Outcome.FAILED
    assert "nothing listens there" in receipt.detail


@pytest.mark.parametrize("kind", ABROAD)
def test_a_host_without_an_address_is_a_failure(kind: TargetKind) -> None:
    target = declared(kind, "http://no-such-host.invalid", 25)
    if kind is TargetKind.EMAIL:
        target = replace(target, settings={**target.settings, "host": "no-such-host.invalid"})
    receipt = opened(target).send(TRIGGER)
    assert receipt.outcome is Outcome.FAILED
    assert "not known" in receipt.detail


@pytest.mark.parametrize("host", ["169.254.169.254", "168.63.129.16", "169.254.1.1"])
@pytest.mark.parametrize("kind", ABROAD)
def test_no_target_leads_to_a_clouds_metadata_or_a_link_local_address(
    kind: TargetKind, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files name targets, and files are reviewed: but these are never meant."""
    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _sock, place: asked.append(place))
    target = declared(kind, f"http://{host}", 80)
    if kind is TargetKind.EMAIL:
        target = replace(target, settings={**target.settings, "host": host})
    receipt = opened(target).send(TRIGGER)
    assert receipt.outcome is Outcome.REFUSED
    assert "metadata" in receipt.detail or "link-local" in receipt.detail
    assert not asked


@pytest.mark.parametrize("kind", ABROAD)
def test_every_attempt_carries_the_same_key_and_makes_one_thing(kind: TargetKind) -> None:
    """The first attempt was carried out and its answer lost: nobody may be told of two."""
    with double(kind) as target:
        target.next_is(Turn.RESET_DONE)
        assert target.notifier.send(TRIGGER).outcome is Outcome.UNKNOWN
        target.script.clear()
        receipt = target.notifier.send(TRIGGER)
        assert receipt.outcome is Outcome.DELIVERED
        assert receipt.reference
        keys = target.keys()
        assert len(keys) >= (1 if kind in (TargetKind.GITHUB, TargetKind.JIRA) else 2)
        assert len(set(keys)) == 1
        assert target.made() == 1
        assert not target.breaches


@pytest.mark.parametrize("kind", ABROAD)
def test_two_notifications_have_two_keys(kind: TargetKind) -> None:
    other = replace(TRIGGER, key=f"{TRIGGER.key}2", thread=f"{TRIGGER.key}2")
    with double(kind) as target:
        for message in (TRIGGER, other):
            assert target.notifier.send(message).outcome is Outcome.DELIVERED
        assert len(set(target.keys())) == 2
        assert target.made() == 2


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_purpose_is_delivered_first_and_after_a_trigger(target: Double, purpose: Purpose) -> None:
    first = target.notifier.send(TRIGGER)
    assert first.outcome is Outcome.DELIVERED
    is_none_of_theirs = purpose in (Purpose.HEARTBEAT, Purpose.NOTICE) and target.kind in NO_BEATS
    expected = {Outcome.REFUSED} if is_none_of_theirs else {Outcome.DELIVERED}
    for reference in (first.reference, ""):
        receipt = target.notifier.send(following(purpose, reference))
        assert receipt.outcome in expected, receipt
    assert not target.breaches


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NO_BEATS])
def test_a_notice_says_what_stands_in_it_and_asks_nothing(kind: TargetKind) -> None:
    with double(kind) as target:
        receipt = target.notifier.send(NOTICE)
        assert (receipt.outcome, target.breaches) == (Outcome.DELIVERED, [])
        said = target.said()
        if kind is not TargetKind.INBOX:
            for text in (NOTICE.title, "Next news at 14:00 UTC.", NOTICE.address):
                assert text in said
        assert "Acknowledge" not in said
        assert "Since" not in said


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_quoted_and_delivered(target: Double, name: str) -> None:
    first = target.notifier.send(hostile(HOSTILE[name]))
    assert (first.outcome, target.breaches) == (Outcome.DELIVERED, [])
    for purpose in (Purpose.UPDATE, Purpose.ACKNOWLEDGE, Purpose.RESOLVE, Purpose.TRIGGER):
        receipt = target.notifier.send(hostile(HOSTILE[name], purpose, first.reference))
        assert (receipt.outcome, target.breaches) == (Outcome.DELIVERED, [])


TEXT = st.text(st.characters(), max_size=200) | st.sampled_from(sorted(HOSTILE.values(), key=len)[:12])
LINES = st.lists(st.builds(Line, TEXT, TEXT, TEXT | st.just("https://example.org/?a=1&b=<2>")), max_size=30).map(tuple)
MESSAGES = st.builds(
    Message,
    key=TEXT.map(lambda text: f"{INCIDENT}/1/0/{text}"),
    purpose=st.sampled_from([one for one in Purpose if one not in (Purpose.HEARTBEAT, Purpose.NOTICE)]),
    incident=st.just(INCIDENT),
    thread=TEXT.map(lambda text: f"{INCIDENT}/1/0/{text}"),
    title=TEXT,
    service=TEXT,
    severity=st.sampled_from(["P0", "P1", "P2", "P3", "", "high"]),
    state=st.sampled_from(["paged", "team-formed", "resolved", "", "no state"]),
    summary=TEXT,
    at=st.floats(0, 4e9) | st.sampled_from([-1e18, 1e18, 0.0]),
    started_at=st.floats(0, 4e9) | st.sampled_from([-1e18, 1e18, 0.0]),
    lines=LINES,
    links=LINES,
    address=TEXT,
    acknowledge_address=TEXT,
    person=TEXT,
    reference=TEXT,
    others=st.integers(-1, 10**6),
    labels=st.dictionaries(TEXT, TEXT, max_size=70),
)


@pytest.mark.parametrize("kind", ABROAD, ids=lambda kind: kind.value)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_message_is_delivered_as_the_provider_wants_it(kind: TargetKind, data: st.DataObject) -> None:
    with double(kind) as target:
        message = data.draw(MESSAGES)
        receipt = target.notifier.send(message)
        assert (receipt.outcome, target.breaches) == (Outcome.DELIVERED, [])


@pytest.mark.parametrize("kind", ABROAD)
@pytest.mark.parametrize("turn", [Turn.ECHO, Turn.REDIRECT], ids=lambda turn: turn.name.lower())
def test_no_secret_is_in_a_receipt_or_a_representation(kind: TargetKind, turn: Turn) -> None:
    with double(kind) as target:
        target.next_is(turn)
        told = f"{target.notifier.send(TRIGGER)!r} {target.notifier!r}"
        assert not [secret for secret in SECRETS if secret in told]
        assert not [secret for secret in SECRETS if secret in repr(vars(target.notifier)["_inner"])]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if declared(kind).secrets])
def test_a_missing_secret_makes_a_target_unroutable_and_names_the_variable(kind: TargetKind) -> None:
    target = declared(kind, "http://127.0.0.1:9")
    missing = replace(target, secrets=dict.fromkeys(target.secrets, "NOWHERE_SET"))
    receipt = opened(missing).send(TRIGGER)
    assert receipt == Receipt(Outcome.REFUSED, "unroutable: environment variable NOWHERE_SET is not set")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if declared(kind).secrets])
def test_a_file_that_cannot_be_read_makes_a_target_unroutable(kind: TargetKind) -> None:
    target = declared(kind, "http://127.0.0.1:9")
    missing = replace(target, secrets={f"{role}_file": "/run/secrets/none" for role in target.secrets})
    detail = opened(missing).send(TRIGGER).detail
    assert detail == "unroutable: file /run/secrets/none cannot be read: No such file or directory"


@pytest.mark.parametrize("kind", [kind for kind in ABROAD if kind is not TargetKind.EMAIL])
@pytest.mark.parametrize("url", ["ftp://example.org", "no address", "http://user:pa ss@[x"])
def test_an_address_that_is_none_makes_a_target_unroutable(kind: TargetKind, url: str) -> None:
    name = "api_url" if kind in (TargetKind.SLACK, TargetKind.GITHUB) else "url"
    target = declared(kind)
    receipt = opened(replace(target, settings={**target.settings, name: url})).send(TRIGGER)
    assert receipt.outcome is Outcome.REFUSED
    assert receipt.detail.startswith(f"unroutable: the setting {name}: ")
    assert "pa ss" not in receipt.detail


@pytest.mark.parametrize("kind", ABROAD)
@pytest.mark.parametrize(
    ("count", "said"), [(7, "7 more incidents are bundled"), (1, "1 more incident is bundled"), (0, "")]
)
def test_bundled_incidents_are_told_of(kind: TargetKind, count: int, said: str) -> None:
    with double(kind) as target:
        assert target.notifier.send(replace(TRIGGER, others=count)).outcome is Outcome.DELIVERED
        assert said in target.said()
        assert ("bundled into" in target.said()) is (count > 0)


class _Broken:
    def send(self, message: Message) -> Receipt:
        raise RuntimeError("canary-in-an-error")

    def close(self) -> None: ...


def test_an_error_of_ours_is_a_receipt_and_its_text_stays_here() -> None:
    receipt = Guarded(_Broken(), []).send(TRIGGER)
    assert receipt.outcome is Outcome.UNKNOWN
    assert "RuntimeError" in receipt.detail
    assert "canary" not in receipt.detail


def test_a_secret_out_of_a_file_is_read_without_its_line_break() -> None:
    target = NotificationTarget("t", TargetKind.SLACK, {"channel": "#sre"}, {"token_file": "/run/token"})
    read = {"/run/token": "xoxb-1\n"}
    made = make_notifiers({"t": target, "u": replace(target, secrets={})}, {}, read.__getitem__, lambda: 0.0)
    assert unroutable(made) == {"u": "the secret token is not declared"}


WHERE_TO = ["http://[", "/relative", "", "javascript:x", "https://user:hunter2@elsewhere.example/?token=hunter2"]


@pytest.mark.parametrize("location", WHERE_TO)
def test_a_redirect_is_refused_wherever_it_leads(location: str) -> None:
    with double(TargetKind.PAGERDUTY) as target:
        target.next_is(Answer(302, None, {"Location": location}))
        receipt = target.notifier.send(TRIGGER)
        assert receipt.outcome is Outcome.REFUSED
        assert "it redirects (302)" in receipt.detail and "hunter2" not in receipt.detail


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("99999", 3600.0),
        ("Wed, 26 Nov 2025 09:40:30 GMT", 30.0),
        ("Wed, 26 Nov 2025 09:00:00 GMT", 0.0),
        ("Wed, 26 Nov 9999 09:00:00 GMT", 3600.0),
        ("-5", None),
        ("1e9", None),
        ("soon", None),
        ("9" * 500, None),
    ],
)
def test_when_to_come_again_is_read_in_both_forms(said: str, seconds: float | None) -> None:
    with double(TargetKind.PAGERDUTY) as target:
        target.next_is(Answer(429, {}, {"Retry-After": said}))
        receipt = target.notifier.send(TRIGGER)
        assert (receipt.outcome, receipt.retry_after_seconds) == (Outcome.BUSY, seconds)
