"""The tests of the simulation are as quiet as its long runs."""

from collections.abc import Iterator

import pytest

from tests.simulation.quietly import without_log


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with without_log():
        yield
