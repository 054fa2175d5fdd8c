"""The secrets of several targets of one kind, by which deliveries are checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from covet_sre.flows.coming_back import SecretMissing
from covet_sre.integrations.notifying.opening import Opening, ReadFile, Unroutable
from covet_sre.oncall.target import NotificationTarget, TargetKind
from covet_sre.ports import Clock


@dataclass(frozen=True, slots=True)
class Secrets:
    """Those that could be read, and why the others could not."""

    of: str
    known: Sequence[bytes] = field(repr=False)
    missing: Sequence[str]

    def all(self) -> Sequence[bytes]:
        """Raises SecretMissing when there is none."""
        if not self.known:
            why = "; ".join(self.missing) or f"no target of kind {self.of} declares a signing_secret"
            raise SecretMissing(why, where=f"{self.of} deliveries", remedy="declare it on the target and set it")
        return self.known


def signing_secrets(
    kind: TargetKind,
    targets: Mapping[str, NotificationTarget],
    environment: Mapping[str, str],
    read_file: ReadFile,
    clock: Clock,
) -> Secrets:
    """`signing_secret` of every target of a kind."""
    known: dict[bytes, None] = {}
    missing: list[str] = []
    for name, target in targets.items():
        opening = Opening(target, environment, read_file, clock)
        if target.kind is kind and opening.declares("signing_secret"):
            try:
                known[opening.secret("signing_secret").encode()] = None
            except Unroutable as why:
                missing.append(f"{name}: {why}")
    return Secrets(kind.value, tuple(known), tuple(missing))
