"""Inhibition: while one alert fires, those that follow from it keep quiet. Alertmanager's semantics."""

from collections.abc import Iterable
from dataclasses import dataclass

from covet_sre.alerting.labels import Labels, value_of
from covet_sre.alerting.matchers import LabelMatcher, matches_all


@dataclass(frozen=True, slots=True)
class InhibitRule:
    """`equal` labels have the same value on both; missing on both counts as the same."""

    name: str
    source: tuple[LabelMatcher, ...]
    target: tuple[LabelMatcher, ...]
    equal: tuple[str, ...] = ()

    def is_source(self, labels: Labels) -> bool:
        return matches_all(self.source, labels)

    def is_target(self, labels: Labels) -> bool:
        return matches_all(self.target, labels)

    def equal_values(self, labels: Labels) -> tuple[str, ...]:
        """What source and target must have in common."""
        return tuple(value_of(labels, name) for name in self.equal)

    def inhibits(self, target: Labels, firing: Iterable[Labels]) -> bool:
        """Whether one of the firing alerts keeps `target` quiet.

        An alert that is both source and target is not inhibited by another that is both: nobody would speak.
        """
        if not self.is_target(target):
            return False
        both, wanted = self.is_source(target), self.equal_values(target)
        return any(
            self.is_source(source) and self.equal_values(source) == wanted and not (both and self.is_target(source))
            for source in firing
        )
