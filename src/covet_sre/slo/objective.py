"""An objective: the share of good events that a service promises over a window."""

from dataclasses import dataclass, field
from fractions import Fraction

from covet_sre.errors import Location
from covet_sre.slo.burn import BurnAlert
from covet_sre.slo.indicator import Indicator
from covet_sre.slo.stream import Budgeting, Occurrences, Stream, stream_of
from covet_sre.slo.window import RollingWindow, Window
from covet_sre.units import MINUTES_PER_DAY

# An SLO window shorter than a day gives compliance; its budget runs over 30 days (DESIGN, "Windows and budgets").
DEFAULT_BUDGET_WINDOW = RollingWindow(30 * MINUTES_PER_DAY)


def budget_window_of(window: Window) -> Window:
    """What the budget of an SLO with this window runs over."""
    if isinstance(window, RollingWindow) and window.minutes < MINUTES_PER_DAY:
        return DEFAULT_BUDGET_WINDOW
    return window


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective of one SLO. `name` is unique: the SLO's, or `slo.2` for the second objective and so on.

    `target` is the exact share of good events, 0 <= target < 1.
    `breakdown` names up to three labels whose values tell who spent the budget. For generated rules alone:
    `recorded_as` takes the place of its name in recorded names, and `weighs_time` makes each five minutes count alike.
    """

    name: str
    slo: str
    service: str
    target: Fraction
    window: Window
    indicator: Indicator
    location: Location
    display_name: str = ""
    description: str = ""
    budgeting: Budgeting = field(default_factory=Occurrences)
    alerts: tuple[BurnAlert, ...] = ()
    breakdown: tuple[str, ...] = ()
    runbook: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    recorded_as: str = ""
    weighs_time: bool = False

    @property
    def title(self) -> str:
        return self.display_name or self.name

    @property
    def error_share(self) -> Fraction:
        """The error budget as a share of events, above 0."""
        return 1 - self.target

    @property
    def budget_window(self) -> Window:
        return budget_window_of(self.window)

    @property
    def events(self) -> Stream:
        """The events themselves, whatever the budgeting method."""
        return stream_of(self.slo, self.indicator, Occurrences())

    @property
    def budgeted(self) -> Stream:
        """What the budget counts: events, or time slices."""
        return stream_of(self.slo, self.indicator, self.budgeting)
