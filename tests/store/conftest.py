"""The stores that must all behave alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from covet_sre.store import Store, open_store
from covet_sre.store.memory import MemoryStore

_POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)


@pytest.fixture(params=["sqlite", _POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that keeps what is written, empty."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture(params=["memory", "sqlite", _POSTGRESQL])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store, empty."""
    match request.param:
        case "memory":
            opened: Store = MemoryStore()
        case "sqlite":
            opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
        case _:
            opened = open_store(request.getfixturevalue("postgresql_url"))
    yield opened
    opened.close()
