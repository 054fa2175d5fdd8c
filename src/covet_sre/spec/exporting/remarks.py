"""What a target cannot express, said at the place where it is declared."""

from covet_sre.errors import Finding, Level, Location

CODE = "target-cannot"


def cannot(location: Location, what: str, problem: str, remedy: str) -> Finding:
    """`what` names the declared thing, `problem` what the target makes of it."""
    return Finding(Level.WARNING, CODE, location, what, problem, remedy)
