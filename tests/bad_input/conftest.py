"""Installations that are closed when their test is over."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bad_input.installation import Installation


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Installation]]:
    """Make an installation of some documents: `install(documents, database_url="")`."""
    made: list[Installation] = []

    def start(documents: str, database_url: str = "") -> Installation:
        made.append(Installation(tmp_path, monkeypatch, documents, database_url))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return request.getfixturevalue("postgresql_url")
