"""A timeline's entries in words: every kind has a sentence, whatever stands in it."""

from dataclasses import fields
from typing import Any, get_type_hints

import pytest

from covet_sre.alerting.severity import Severity
from covet_sre.flows.narration import span, telling
from covet_sre.flows.telling import Telling
from covet_sre.incident.events import KINDS, AlertEnded, AlertJoined, Moment, NotTold, SeverityChanged, StepsMissed
from covet_sre.incident.plan import NO_PLAN, Plan
from covet_sre.incident.roles import Role
from covet_sre.incident.templates import MessageKind

OF_TYPES: dict[object, Any] = {
    str: "words",
    int: 3,
    float: 1795426800.0,
    bool: True,
    float | None: None,
    Severity: Severity.P1,
    Moment: Moment.IMPACT,
    Role: Role.EXPERT,
    MessageKind: MessageKind.UPDATE,
    Plan: NO_PLAN,
    tuple[str, ...]: ("ana by pager",),
}


def made_up(kind: type[Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(**{field.name: OF_TYPES[hints[field.name]] for field in fields(kind)})


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_kind_of_entry_is_one_sentence_without_its_full_stop(kind: type[Any]) -> None:
    told = telling(made_up(kind))
    assert told.text
    # One that begins with a name begins as the name does.
    assert told.text[0].isupper() or told.text.startswith("words ")
    assert not told.text.endswith((".", " "))
    assert "\n" not in told.text


def test_reasons_and_somebodys_own_words_stand_apart_from_the_sentence() -> None:
    changed = SeverityChanged(Severity.P2, Severity.P0, "nobody can pay")
    assert telling(changed).text == "The severity went from P2 to P0"
    assert telling(changed).said == "nobody can pay"


def test_the_story_leaves_out_what_only_the_machinery_did() -> None:
    joined = AlertJoined("k", "SearchSlow", Severity.P2, "why", 7)
    assert not telling(joined).in_story
    assert not telling(AlertEnded("k", "SearchSlow", 2)).in_story
    assert telling(AlertEnded("k", "SearchSlow", 0)).in_story
    failed = NotTold("k", "pager", "ana", "trigger", "failed", "401")
    assert telling(failed).in_story
    assert not telling(NotTold("k", "pager", "ana", "trigger", "cancelled", "")).in_story


def test_one_step_and_several_are_told_apart() -> None:
    assert telling(StepsMissed(1, 2, 2)).text.startswith("Step 3 fell due")
    assert telling(StepsMissed(1, 0, 2)).text.startswith("Steps 1 to 3 fell due")
    assert isinstance(telling(StepsMissed(1, 0, 2)), Telling)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (5400, "1.5 h"),
        (7200, "2 h"),
        (90_000, "25 h"),
        (259_200, "3 d"),
    ],
)
def test_spans_are_written_in_their_largest_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words
