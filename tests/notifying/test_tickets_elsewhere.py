"""Tickets in GitHub and Jira: made once, commented once, closed with the incident."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from covet_sre.incident.outgoing import Line, Outcome, Purpose
from covet_sre.integrations.fakes import Answer, ScriptedProvider, Turn
from covet_sre.integrations.fakes.github_contract import GitHubContract
from covet_sre.integrations.fakes.jira_contract import JiraContract
from covet_sre.oncall.target import TargetKind
from tests.notifying.messages import TRIGGER, following
from tests.notifying.targets import ENVIRONMENT, declared, opened


@pytest.fixture
def github() -> Iterator[tuple[GitHubContract, ScriptedProvider]]:
    contract = GitHubContract(ENVIRONMENT["GITHUB_TOKEN"])
    with ScriptedProvider(contract) as provider:
        yield contract, provider


@pytest.fixture(params=[True, False], ids=["cloud", "data center"])
def jira(request: pytest.FixtureRequest) -> Iterator[tuple[JiraContract, ScriptedProvider]]:
    contract = JiraContract("sre@example.org", ENVIRONMENT["JIRA_TOKEN"], is_cloud=request.param)
    with ScriptedProvider(contract) as provider:
        yield contract, provider


def test_an_issue_is_made_commented_and_closed(github: tuple[GitHubContract, ScriptedProvider]) -> None:
    contract, provider = github
    notifier = opened(declared(TargetKind.GITHUB, provider.url))
    made = notifier.send(TRIGGER)
    reference = made.reference
    assert (reference, made.detail) == ("acme/api#1", "https://github.com/acme/api/issues/1")
    assert contract.issues[0]["labels"] == ["incident", "covet-sre"]
    for purpose in (Purpose.ACKNOWLEDGE, Purpose.RESOLVE):
        assert notifier.send(following(purpose, reference)).outcome is Outcome.DELIVERED
    assert len(contract.comments[1]) == 2
    assert (contract.issues[0]["state"], contract.issues[0]["state_reason"]) == ("closed", "completed")


def test_a_comment_whose_answer_was_lost_is_not_written_twice(github: tuple[GitHubContract, ScriptedProvider]) -> None:
    contract, provider = github
    notifier = opened(declared(TargetKind.GITHUB, provider.url))
    resolved = following(Purpose.RESOLVE, notifier.send(TRIGGER).reference)
    provider.script.extend([Turn.AS_PUBLISHED, Turn.RESET_DONE])
    assert notifier.send(resolved).outcome is Outcome.UNKNOWN
    assert notifier.send(resolved).outcome is Outcome.DELIVERED
    assert len(contract.comments[1]) == 1
    assert contract.issues[0]["state"] == "closed"


def test_what_others_wrote_cannot_leave_its_block_of_code(github: tuple[GitHubContract, ScriptedProvider]) -> None:
    contract, provider = github
    text = "````\n@everyone\n`````\n closes #1 -->"
    message = replace(TRIGGER, summary=text, lines=(Line("x", f"a\n   ``````\n{text}"),))
    opened(declared(TargetKind.GITHUB, provider.url)).send(message)
    body = contract.issues[0]["body"]
    mark, fence, *inside, last = body.rstrip("\n").split("\n")
    assert re.fullmatch(r"<!-- [^<>]+ -->", mark)
    assert fence.removesuffix("text") == last == "`" * 7
    assert not [line for line in inside if line.strip().startswith(last)]


def test_a_ticket_is_not_looked_for_in_vain(github: tuple[GitHubContract, ScriptedProvider]) -> None:
    """Looking changes nothing: when it fails, nothing was made."""
    _, provider = github
    notifier = opened(declared(TargetKind.GITHUB, provider.url))
    provider.script.extend([Turn.RESET_DONE, Turn.GARBAGE, Turn.TOO_MANY])
    outcomes = [notifier.send(TRIGGER).outcome for _ in range(3)]
    assert outcomes == [Outcome.FAILED, Outcome.FAILED, Outcome.BUSY]


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"X-RateLimit-Remaining": "0"}, 60.0), ({"Retry-After": "30"}, 30.0)]
)
def test_githubs_403_for_too_many_requests_is_busy(
    github: tuple[GitHubContract, ScriptedProvider], headers: dict[str, str], seconds: float
) -> None:
    _, provider = github
    provider.script.extend([Turn.AS_PUBLISHED, Answer(403, {"message": "secondary"}, headers)])
    receipt = opened(declared(TargetKind.GITHUB, provider.url)).send(TRIGGER)
    assert (receipt.outcome, receipt.retry_after_seconds) == (Outcome.BUSY, seconds)


def test_a_jira_issue_is_made_commented_and_done(jira: tuple[JiraContract, ScriptedProvider]) -> None:
    contract, provider = jira
    notifier = opened(declared(TargetKind.JIRA, provider.url))
    made = notifier.send(TRIGGER)
    reference = made.reference
    assert (reference, made.detail) == ("OPS-1", f"{provider.url}/browse/OPS-1")
    for purpose in (Purpose.ACKNOWLEDGE, Purpose.RESOLVE):
        assert notifier.send(following(purpose, reference)).outcome is Outcome.DELIVERED
    assert contract.issues["OPS-1"]["status"] == "done"
    assert len(contract.issues["OPS-1"]["comments"]) == 2
    again = notifier.send(following(Purpose.RESOLVE, reference))
    assert again.outcome is Outcome.DELIVERED
    assert "no step to done" in again.detail
    assert len(contract.issues["OPS-1"]["comments"]) == 2
    assert not provider.breaches


def test_a_jira_issue_whose_answer_was_lost_is_found(jira: tuple[JiraContract, ScriptedProvider]) -> None:
    contract, provider = jira
    looks = 2 if contract._search == "search/jql" else 1
    notifier = opened(declared(TargetKind.JIRA, provider.url))
    provider.script.extend([*[Turn.AS_PUBLISHED] * looks, Turn.RESET_DONE])
    assert notifier.send(TRIGGER).outcome is Outcome.UNKNOWN
    receipt = notifier.send(TRIGGER)
    assert (receipt.outcome, receipt.reference) == (Outcome.DELIVERED, "OPS-1")
    assert list(contract.issues) == ["OPS-1"]


def test_jiras_markup_cannot_leave_its_block(jira: tuple[JiraContract, ScriptedProvider]) -> None:
    contract, provider = jira
    opened(declared(TargetKind.JIRA, provider.url)).send(replace(TRIGGER, summary="{noformat}[~admin]{noformat:x}"))
    description = contract.issues["OPS-1"]["fields"]["description"]
    assert description.count("{noformat") == 2
    assert description.startswith("{noformat}\n") and description.endswith("\n{noformat}")


@pytest.mark.parametrize("kind", [TargetKind.GITHUB, TargetKind.JIRA])
@pytest.mark.parametrize("reference", ["", "C0SRE00001:1.2:INC-1", "javascript:alert(1)", "../../x#y", "ops-1 "])
def test_who_may_have_been_told_hears_on_by_the_mark_and_else_nothing_is_made(kind: TargetKind, reference: str) -> None:
    """The asking notification's answer was lost, so that its reference is not known, or is another target's."""
    contract = (
        GitHubContract(ENVIRONMENT["GITHUB_TOKEN"])
        if kind is TargetKind.GITHUB
        else JiraContract("sre@example.org", ENVIRONMENT["JIRA_TOKEN"])
    )
    with ScriptedProvider(contract) as provider:
        notifier = opened(declared(kind, provider.url))
        receipt = notifier.send(following(Purpose.RESOLVE, reference))
        assert (receipt.outcome, len(contract.issues)) == (Outcome.DELIVERED, 0)
        assert "no ticket was made there" in receipt.detail
        made = notifier.send(TRIGGER)
        receipt = notifier.send(following(Purpose.RESOLVE, reference))
        assert (receipt.outcome, receipt.reference) == (Outcome.DELIVERED, made.reference)
        assert len(contract.issues) == 1
        if isinstance(contract, GitHubContract):
            assert contract.issues[0]["state"] == "closed"
        else:
            assert contract.issues["OPS-1"]["status"] == "done"
