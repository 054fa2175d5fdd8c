"""Error budget policies: tiers of remaining budget, and what each asks of the team."""

from dataclasses import dataclass

from covet_sre.errors import Location


@dataclass(frozen=True, slots=True)
class Tier:
    """Applies while the remaining share of the budget is above `above` (the lowest tier has None)."""

    name: str
    above: float | None
    actions: tuple[str, ...]
    state: str  # ok, warning or critical


@dataclass(frozen=True, slots=True)
class BudgetPolicy:
    """Tiers from the best to the worst. `services` and `slos` empty: it governs everything not named elsewhere."""

    name: str
    tiers: tuple[Tier, ...]
    location: Location
    services: tuple[str, ...] = ()
    slos: tuple[str, ...] = ()

    def tier(self, remaining: float) -> Tier:
        """The tier at a remaining share (1 is untouched, below 0 is overspent)."""
        for tier in self.tiers:
            if tier.above is None or remaining > tier.above:
                return tier
        return self.tiers[-1]


# The handbook's own three tiers, for files that declare none.
HANDBOOK_POLICY = BudgetPolicy(
    "handbook",
    (
        Tier(
            "available",
            0.5,
            ("Full velocity deployment", "New feature releases allowed", "Experimental features enabled"),
            "ok",
        ),
        Tier(
            "depleted",
            0.1,
            (
                "Reduce deployment frequency",
                "Focus on reliability improvements",
                "Pause non-critical features",
            ),
            "warning",
        ),
        Tier(
            "exhausted",
            None,
            (
                "Freeze all releases except critical fixes",
                "Dedicate full team to reliability",
                "Implement emergency response procedures",
            ),
            "critical",
        ),
    ),
    Location("the handbook"),
)
