"""Watching burn rates: judge every alert after a tick and record each change of state once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from covet_sre.engine.plan import Plan
from covet_sre.ports import AlertStore, AlertTransition
from covet_sre.slo.alert_states import FIRING, INACTIVE, PENDING, AlertStates
from covet_sre.slo.verdict import Judge, Verdicts

NAMES = {INACTIVE: "inactive", PENDING: "pending", FIRING: "firing"}
_NUMBERS = {name: number for number, name in NAMES.items()}


class Watcher:
    """Holds the states of all alerts. They come from the store at the start: a restart repeats nothing."""

    def __init__(self, plan: Plan, store: AlertStore, minute: int) -> None:
        self._plan, self._store = plan, store
        self._judge = Judge(plan.watches)
        self._keys = [(plan.declaration.objectives[w.objective].name, w.alert.name) for w in plan.watches]
        self._episodes: dict[int, str] = {}
        last = store.alert_states()
        self.last = {key: one for key, one in last.items() if key[1] != SilenceWatch.ALERT}
        """The last transition of every alert, also of those that nobody declares any more."""
        self.states = self._restored(last, minute)
        self._end_undeclared(last, minute)

    def watch(self, values: NDArray[np.int64], end: int) -> Verdicts:
        """Judge at minute `end` and record what changed. Raises StoreError, and then no state has changed."""
        verdicts = self._judge.judge(values)
        after = self.states.after(verdicts, self._judge.for_minutes, end)
        changed = after.changed_from(self.states).tolist()
        if changed:
            transitions = [self._transition(n, after, verdicts, end) for n in changed]
            self._store.record_transitions(transitions)
            self.last |= {(one.objective, one.alert): one for one in transitions}
        self.states = after
        return verdicts

    def _transition(self, number: int, after: AlertStates, verdicts: Verdicts, end: int) -> AlertTransition:
        objective, alert = self._keys[number]
        state = int(after.state[number])
        if self.states.state[number] == INACTIVE:
            self._episodes[number] = f"{objective}/{alert}/{end}"
        return AlertTransition(
            objective=objective,
            alert=alert,
            severity=self._plan.watches[number].alert.severity.value,
            state=NAMES[state],
            at_minute=end,
            episode=self._episodes.get(number, f"{objective}/{alert}/{end}"),
            detail={
                "long_burn": _known(verdicts.long_burn[number]),
                "short_burn": _known(verdicts.short_burn[number]),
                "threshold": self._plan.watches[number].alert.threshold,
                "from": NAMES[int(self.states.state[number])],
            },
        )

    def _end_undeclared(self, last: Mapping[tuple[str, str], AlertTransition], minute: int) -> None:
        """What nobody declares any more fires no longer."""
        declared = set(self._keys)
        ended = [
            replace(one, state=NAMES[INACTIVE], at_minute=minute, detail={"reason": "no longer declared"})
            for key, one in last.items()
            if key not in declared and one.alert != SilenceWatch.ALERT and one.state != NAMES[INACTIVE]
        ]
        if ended:
            self._store.record_transitions(ended)
            self.last |= {(one.objective, one.alert): one for one in ended}

    def _restored(self, last: Mapping[tuple[str, str], AlertTransition], minute: int) -> AlertStates:
        states = AlertStates.inactive(len(self._keys), minute)
        for number, key in enumerate(self._keys):
            transition = last.get(key)
            if transition is not None and transition.state != NAMES[INACTIVE]:
                states.state[number] = _NUMBERS[transition.state]
                states.since[number] = transition.at_minute
                self._episodes[number] = transition.episode
        return states


class SilenceWatch:
    """Our own alert on sources that say nothing: on the service `covet-sre`, one per source."""

    SERVICE = "covet-sre"
    ALERT = "SourceSilent"

    def __init__(self, store: AlertStore) -> None:
        self._store = store
        self.last = {key: one for key, one in store.alert_states().items() if key[1] == self.ALERT}
        self._episodes = {
            key[0]: transition.episode for key, transition in self.last.items() if transition.state == NAMES[FIRING]
        }

    @classmethod
    def objective_name(cls, source: str) -> str:
        """What stands in an objective's place in the alert's records."""
        return f"{cls.SERVICE}/source/{source}"

    def is_firing(self, source: str) -> bool:
        """Whether the source was silent when it was looked at last, in this run or an earlier one."""
        return self.objective_name(source) in self._episodes

    def watch(self, silent: Mapping[str, bool], end: int) -> None:
        """`silent` by source name. Raises StoreError, and then nothing was recorded."""
        transitions: list[AlertTransition] = []
        by_name = {self.objective_name(source): is_silent for source, is_silent in silent.items()}
        # A source that nobody declares any more is silent no longer.
        for name, is_silent in (dict.fromkeys(self._episodes, False) | by_name).items():
            if is_silent != (name in self._episodes):
                episode = self._episodes.get(name, f"{name}/{end}")
                state = NAMES[FIRING if is_silent else INACTIVE]
                transitions.append(AlertTransition(name, self.ALERT, "page", state, end, episode, {}))
        if transitions:
            self._store.record_transitions(transitions)
            self.last |= {(one.objective, one.alert): one for one in transitions}
        self._settle(transitions)

    def _settle(self, transitions: Sequence[AlertTransition]) -> None:
        for transition in transitions:
            if transition.state == NAMES[FIRING]:
                self._episodes[transition.objective] = transition.episode
            else:
                self._episodes.pop(transition.objective, None)


def _known(value: np.float64) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)
