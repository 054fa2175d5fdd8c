"""The page behind the link of a test page: one big button. Opening it changes nothing."""

from dataclasses import dataclass

from covet_sre.errors import NotFound
from covet_sre.flows.oncall import OnCall
from covet_sre.flows.reading import Reliability
from covet_sre.web.shell import Shell, shell


@dataclass(frozen=True, slots=True)
class AnswerTestView:
    """`is_answered`: it is known that pages reach the person."""

    shell: Shell
    token: str
    person: str
    schedule: str
    is_answered: bool


def answered_page(reliability: Reliability, on_call: OnCall, token: str) -> AnswerTestView:
    """Raises Refused for a link that is none of ours, and NotFound where the shift is over."""
    identity, person = on_call.test_page(token)
    test = next((one for one in on_call.roster().kept.tests if one.identity == identity), None)
    if test is None:
        raise NotFound("the shift of this test page is over", remedy="nothing to do")
    frame = shell(reliability, "Test page", "oncall")
    return AnswerTestView(frame, token, person, test.schedule, test.answered_at is not None)
