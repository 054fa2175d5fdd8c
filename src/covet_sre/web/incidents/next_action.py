"""What is to be done about an incident: the one next thing, and everything that is possible."""

from dataclasses import dataclass

from covet_sre.incident.incident import Incident, State


@dataclass(frozen=True, slots=True)
class NextAction:
    """The biggest button. `field` is what must be written with it, empty for nothing; `done` goes with mitigating."""

    action: str
    button: str
    headline: str
    field: str = ""
    label: str = ""
    is_required: bool = False
    done: str = ""


def next_action(incident: Incident) -> NextAction | None:
    """The next step of the handbook's graph; None where nothing is left to do."""
    if not incident.state.is_open:
        if incident.state not in (State.RESOLVED, State.REVIEW_PENDING):
            return None
        headline = "Resolved. Write down what was learned, then close it."
        return NextAction("close", "Close", headline, "why", "Why is nothing more to be done?")
    if not incident.is_acknowledged:
        return NextAction("acknowledge", "Acknowledge", "Nobody takes care of this yet")
    who = incident.assigned_to or incident.acknowledged_by
    if incident.state is not State.MITIGATING:
        return NextAction("mitigate", "Start mitigating", f"{who} takes care", done="0")
    if incident.times.mitigated is None:
        headline = f"{who} works on it: are users still hurt?"
        return NextAction("mitigate", "Users are no longer hurt", headline, "how", "What helped?", done="1")
    headline = "Users are no longer hurt. Is the service well again?"
    return NextAction("resolve", "Resolve", headline, "how", "What resolved it?", is_required=True)


def possible(incident: Incident) -> frozenset[str]:
    """The forms that make sense in a state; the desk has the last word."""
    if incident.state is State.MERGED:
        return frozenset({"notes"})
    if incident.state.is_open:
        both = frozenset({"notes", "severity", "assign", "times", "mitigate", "resolve", "false-alarm", "merge"})
        return both | ({"split"} if incident.alerts else frozenset[str]())
    ended = frozenset({"notes", "times", "reopen"})
    return ended | ({"close"} if incident.state in (State.RESOLVED, State.REVIEW_PENDING) else frozenset[str]())
