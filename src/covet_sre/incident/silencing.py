"""Silences made, changed and ended; what they kept quiet is looked at again."""

from dataclasses import replace

from covet_sre.alerting.silence import Silence, check_silence
from covet_sre.errors import NotFound
from covet_sre.incident.asking import let_leave, release
from covet_sre.incident.desk import Desk
from covet_sre.incident.reports import look_again


def set_silence(desk: Desk, silence: Silence, now: float) -> str:
    """Make a silence or change it. Raises Refused.

    Alerts that it keeps quiet are looked at again when it ends; steps of incidents are held while everything that fires
    in them is silenced.
    """
    check_silence(silence, now)
    is_known = silence.identity in desk.silences
    desk.put_silence(replace(silence, updated_at=now))
    if is_known:
        silence_turned(desk, silence.identity, now)
    return silence.identity


def expire_silence(desk: Desk, identity: str, now: float) -> str:
    """End it now. Raises NotFound."""
    silence = desk.silences.get(identity)
    if silence is None:
        raise NotFound(f"there is no silence {identity}", remedy="see the list of silences")
    if silence.ends_at > now:
        starts_at = min(silence.starts_at, now)
        desk.put_silence(replace(silence, starts_at=starts_at, ends_at=now, updated_at=now))
        silence_turned(desk, identity, now)
    return identity


def silence_turned(desk: Desk, identity: str, now: float) -> None:
    """A silence ended, or now says something else: what it kept quiet is looked at again."""
    for key in sorted(desk.suppressed.get(identity, set())):
        look_again(desk, desk.alerts[key], now)
    for _, incident in sorted(desk.incidents.items()):
        if incident.state.is_open:
            release(desk, incident, "a silence ended", now)
            let_leave(desk, incident, now)
