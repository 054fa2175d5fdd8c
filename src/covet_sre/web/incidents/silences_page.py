"""Silences: what is kept quiet, until when, by whom and why; and what a new one would keep quiet."""

from collections.abc import Mapping
from dataclasses import dataclass

from covet_sre.alerting.matcher_text import read_matcher, written
from covet_sre.alerting.matchers import matches_all
from covet_sre.alerting.silence import Silence, SilenceKind, SilenceState, check_silence
from covet_sre.errors import Refused
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.web.incidents import words
from covet_sre.web.incidents.alert_rows import AlertRow, alert_row
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.incidents.words import Badge
from covet_sre.web.shell import Shell, shell
from covet_sre.web.words import form_time

DURATIONS = {
    "30m": ("30 minutes", 1800.0),
    "1h": ("1 hour", 3600.0),
    "2h": ("2 hours", 7200.0),
    "4h": ("4 hours", 14_400.0),
    "8h": ("8 hours", 28_800.0),
    "1d": ("1 day", 86_400.0),
    "3d": ("3 days", 259_200.0),
    "1w": ("1 week", 604_800.0),
}
_DEFAULT_DURATION = "2h"
_MOST_LOOKED_AT, _SHOWN = 10_000, 10


@dataclass(frozen=True, slots=True)
class SilenceRow:
    identity: str
    state: Badge
    what: str
    matchers: tuple[str, ...]
    ends: str
    ends_machine: str
    left: str
    author: str
    reason: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a new silence would keep quiet now. `number` may be only the first so many."""

    matchers: tuple[str, ...]
    number: int
    looked_at: int
    alerts: tuple[AlertRow, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class SilencesPage:
    shell: Shell
    rows: tuple[SilenceRow, ...]
    durations: tuple[tuple[str, str], ...]
    form: Mapping[str, str]
    is_filled: bool
    actor: str
    preview: Preview | None
    trouble: Trouble | None


def silences_page(
    reliability: Reliability,
    incidents: Incidents,
    fields: Mapping[str, str],
    actor: str,
    trouble: Trouble | None = None,
) -> SilencesPage:
    """`fields` are what stands in the form: from an alert's link, from a preview, or from what could not be done."""
    frame = shell(reliability, "Silences", "alerts")
    now = incidents.now()
    known = sorted(incidents.silences(), key=lambda each: (each.state(now) is SilenceState.EXPIRED, each.ends_at))
    form = {
        "matchers": "",
        "duration": _DEFAULT_DURATION,
        "until": form_time(int(now // 60) + 120),
        "reason": "",
        "kind": SilenceKind.SILENCE.value,
    }
    form |= {name: value for name, value in fields.items() if name in form}
    return SilencesPage(
        shell=frame,
        rows=tuple(_row(each, now) for each in known),
        durations=tuple((name, title) for name, (title, _) in DURATIONS.items()),
        form=form,
        is_filled=bool(form["matchers"].strip()),
        actor=actor,
        preview=_preview(incidents, form["matchers"], now) if form["matchers"].strip() else None,
        trouble=trouble,
    )


def _row(silence: Silence, now: float) -> SilenceRow:
    state = silence.state(now)
    badges = {
        SilenceState.ACTIVE: Badge("Active", "low_traffic"),
        SilenceState.PENDING: Badge("To come", "warning"),
        SilenceState.EXPIRED: Badge("Over", "unknown"),
    }
    left = {
        SilenceState.ACTIVE: f"{words.lasted(silence.ends_at - now)} left",
        SilenceState.PENDING: f"begins in {words.lasted(silence.starts_at - now)}",
        SilenceState.EXPIRED: words.ago(silence.ends_at, now),
    }
    return SilenceRow(
        silence.identity,
        badges[state],
        "Maintenance" if silence.kind is SilenceKind.MAINTENANCE else "Silence",
        tuple(written(matcher) for matcher in silence.matchers),
        words.moment(silence.ends_at),
        words.machine(silence.ends_at),
        left[state],
        silence.author,
        silence.reason,
        state is SilenceState.EXPIRED,
    )


def _preview(incidents: Incidents, text: str, now: float) -> Preview:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        matchers = tuple(read_matcher(line) for line in lines)
        check_silence(Silence("", matchers, now, now + 1, "somebody", "to look", now), now)
    except Refused as error:
        return Preview(tuple(lines), 0, 0, (), str(error))
    firing = incidents.alerts(firing=True, limit=_MOST_LOOKED_AT)
    quiet = [alert for alert in firing if matches_all(matchers, alert.labels)]
    return Preview(
        tuple(written(matcher) for matcher in matchers),
        len(quiet),
        len(firing),
        tuple(alert_row(alert, now) for alert in quiet[:_SHOWN]),
        "",
    )
