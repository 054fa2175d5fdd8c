"""What a GET asks for, in Alertmanager's words: matchers, states, a receiver."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from covet_sre.alerting.labels import Labels
from covet_sre.alerting.matcher_text import read_matcher
from covet_sre.alerting.matchers import LabelMatcher, matches_all, problem_of
from covet_sre.errors import Refused

_RECEIVER = "receiver"
_LONGEST = 1024
_MOST_MATCHERS = 64

_TRUE, _FALSE = ("true", "1", "t"), ("false", "0", "f")


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts a list shows."""

    matchers: tuple[LabelMatcher, ...] = ()
    receiver: LabelMatcher | None = None
    active: bool = True
    silenced: bool = True
    inhibited: bool = True

    def wants(self, labels: Labels) -> bool:
        return matches_all(self.matchers, labels)

    def wants_state(self, *, silenced: bool, inhibited: bool) -> bool:
        """Whether alerts in that state are shown."""
        if silenced or inhibited:
            return (self.silenced or not silenced) and (self.inhibited or not inhibited)
        return self.active

    def wants_receiver(self, name: str) -> bool:
        return self.receiver is None or self.receiver.matches(((_RECEIVER, name),))


def alert_filter(query: QueryParams) -> AlertFilter:
    """Raises Refused for what is no matcher, no expression, or neither true nor false."""
    # None of ours is ever unprocessed: what is shown is disposed of. So `unprocessed` chooses among none.
    truth(query, "unprocessed")
    return AlertFilter(
        matchers_of(query.getlist("filter")),
        _receiver(query.get("receiver", "")),
        truth(query, "active"),
        truth(query, "silenced"),
        truth(query, "inhibited"),
    )


def matchers_of(texts: Sequence[str]) -> tuple[LabelMatcher, ...]:
    """Raises Refused."""
    if len(texts) > _MOST_MATCHERS:
        raise Refused(f"more than {_MOST_MATCHERS} matchers", where="filter")
    return tuple(read_matcher(text, "filter") for text in texts)


def truth(query: QueryParams, name: str, default: bool = True) -> bool:
    """Raises Refused for what is neither."""
    word = query.get(name, "").lower()
    if word and word not in _TRUE + _FALSE:
        raise Refused(f"{word[:20]} is neither true nor false", where=name, remedy="write true or false")
    return word in _TRUE if word else default


def _receiver(text: str) -> LabelMatcher | None:
    if not text:
        return None
    matcher = LabelMatcher(_RECEIVER, text[:_LONGEST], is_regex=True)
    if problem := problem_of(matcher):
        raise Refused(f"failed to parse receiver param: {problem}", where=_RECEIVER)
    return matcher
