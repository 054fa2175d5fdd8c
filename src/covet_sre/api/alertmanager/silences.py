"""Silences, set and changed as at an Alertmanager."""

from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.silence import Silence, SilenceState, check_silence
from covet_sre.errors import NotFound, Refused
from covet_sre.flows.incidents import Incidents
from covet_sre.incident.facts import ExpireSilence, SetSilence

NewIdentity = Callable[[], str]
"""Gives a UUID that no other silence has."""

_Text = Annotated[str, Field(max_length=4096, pattern=r"^[^\x00]*$")]
_Name = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00]*$")]


class PostedMatcher(BaseModel):
    """As Alertmanager's API has it."""

    model_config = ConfigDict(strict=True, frozen=True)

    name: _Name
    value: _Text
    isRegex: bool
    isEqual: bool = True


class PostedSilence(BaseModel):
    """As Alertmanager's API has it."""

    model_config = ConfigDict(strict=True, frozen=True)

    id: str | None = None
    matchers: Annotated[list[PostedMatcher], Field(min_length=1, max_length=64)]
    startsAt: AwareDatetime
    endsAt: AwareDatetime
    createdBy: _Text
    comment: _Text


def posted_silence(body: bytes) -> PostedSilence:
    """Raises Refused, with every field that is wrong."""
    try:
        return PostedSilence.model_validate_json(body)
    except ValidationError as error:
        told = [
            f"{'.'.join(map(str, each['loc'])) or '$'}: {each['msg']}" for each in error.errors(include_input=False)
        ]
        raise Refused("; ".join(told[:20])) from error


def found_silence(silences: Sequence[Silence], identity: str) -> Silence:
    """Raises NotFound."""
    for silence in silences:
        if silence.identity == identity:
            return silence
    raise NotFound(f"there is no silence {identity[:64]}", remedy="see the list of silences")


def put_silence(incidents: Incidents, posted: PostedSilence, new_identity: NewIdentity) -> str:
    """Make a silence, or change one: it keeps its identity while only its end and comment change. Its identity.

    Raises NotFound for an identity that no silence has, Refused, and what Incidents.decide raises.
    """
    now = incidents.now()
    starts_at, ends_at = posted.startsAt.timestamp(), posted.endsAt.timestamp()
    matchers = tuple(
        LabelMatcher(matcher.name, matcher.value, matcher.isRegex, matcher.isEqual) for matcher in posted.matchers
    )
    before = found_silence(incidents.silences(), posted.id) if posted.id else None
    keeps = before is not None and _may_change(before, matchers, starts_at, now)
    if before is None or not keeps:
        identity, starts_at = new_identity(), max(starts_at, now)
    else:
        identity, starts_at = before.identity, before.starts_at if before.starts_at <= now else starts_at
    silence = Silence(identity, matchers, starts_at, ends_at, posted.createdBy, posted.comment, now)
    check_silence(silence, now)
    incidents.decide(SetSilence(silence))
    if before is not None and not keeps and before.state(now) is not SilenceState.EXPIRED:
        # After the new one holds, so that nothing is told of between the two.
        incidents.decide(ExpireSilence(before.identity, posted.createdBy))
    return identity


def end_silence(incidents: Incidents, identity: str, actor: str) -> None:
    """End one now; one that has ended stays as it is. Raises NotFound."""
    silence = found_silence(incidents.silences(), identity)
    if silence.state(incidents.now()) is not SilenceState.EXPIRED:
        incidents.decide(ExpireSilence(identity, actor))


def _may_change(before: Silence, matchers: tuple[LabelMatcher, ...], starts_at: float, now: float) -> bool:
    if set(before.matchers) != set(matchers):
        return False
    match before.state(now):
        case SilenceState.ACTIVE:
            return int(before.starts_at) == int(starts_at)
        case SilenceState.PENDING:
            return starts_at >= now
        case SilenceState.EXPIRED:
            return False
