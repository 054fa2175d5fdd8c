"""What other systems should load, worked out of a declaration; nothing is written here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from covet_sre.errors import Finding
from covet_sre.flows.declaration import Declaration


@dataclass(frozen=True, slots=True)
class Generated:
    """Files by name, all in one folder, and remarks: what the target cannot express, and what to do about it."""

    files: Mapping[str, str]
    remarks: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """How the files of one target are told from all others in a folder: by how their names end, and by a mark.

    Every generated file holds `mark`. What ends in `suffix` without it was written by somebody else, and stays. `also`
    are further endings, of a target that writes files of several kinds.
    """

    suffix: str
    mark: str
    also: tuple[str, ...] = ()

    @property
    def suffixes(self) -> tuple[str, ...]:
        return (self.suffix, *self.also)


class Generator(Protocol):
    """Works out the files of one target."""

    kind: Kind

    def generate(self, declaration: Declaration) -> Generated: ...
