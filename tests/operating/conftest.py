"""Databases that are backed up, and put back."""

from collections.abc import Callable
from pathlib import Path

import pytest

_POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)

Place = Callable[[str], str]


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """`place("sqlite")` or `place("postgresql")`: the URL of an empty database."""
    numbers = iter(range(100))

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / f'database-{next(numbers)}.db'}"
        return request.getfixturevalue("postgresql_cluster").new_database()

    return make


@pytest.fixture(params=["sqlite", _POSTGRESQL])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["sqlite", _POSTGRESQL])
def other_kind(request: pytest.FixtureRequest) -> str:
    return request.param
