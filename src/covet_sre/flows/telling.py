"""What a line of a timeline says, and how it is to be read."""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How a line is to be read: trouble, a turn for the better, somebody's words, or one more detail."""

    BAD = "bad"
    GOOD = "good"
    PEOPLE = "people"
    DETAIL = "detail"


@dataclass(frozen=True, slots=True)
class Telling:
    """`text` is one sentence without its full stop, `said` what somebody wrote. `in_story`: it belongs to the story
    that is told afterwards; the others are for those who ask exactly.
    """

    text: str
    said: str = ""
    tone: Tone = Tone.DETAIL
    in_story: bool = False
