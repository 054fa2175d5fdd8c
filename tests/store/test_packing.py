"""Packing: what comes out is what went in, in few bytes; damage is noticed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from covet_sre.errors import StoreError
from covet_sre.slo.minutes import CHUNK_MINUTES
from covet_sre.store.blocks import BLOCK_STREAMS, Block
from covet_sre.store.journal import decode_spent, encode_spent
from covet_sre.store.packing import pack, unpack

columns = npst.arrays(
    np.int64,
    st.integers(0, 50),
    elements=st.one_of(st.integers(-3, 3), st.integers(-200, 200), st.integers(-(2**63), 2**63 - 1)),
)


@given(st.lists(columns, max_size=5))
def test_columns_come_out_as_they_went_in(listed: list[np.ndarray]) -> None:
    came = unpack(pack(listed))
    assert len(came) == len(listed)
    assert all(np.array_equal(one, other) and one.dtype == np.int64 for one, other in zip(came, listed, strict=True))


@pytest.mark.parametrize("bound", [7, 15, 31, 63])
@pytest.mark.parametrize("beyond", [-1, 0])
def test_numbers_at_the_edge_of_a_width_survive(bound: int, beyond: int) -> None:
    edge = np.array([-(2**bound) - (beyond if bound < 63 else 0), 2**bound - 1 - (beyond if bound < 63 else 0)])
    assert np.array_equal(unpack(pack([edge]))[0], edge)


@given(st.integers(0, 2**32), st.floats(0, 1))
def test_blocks_come_out_as_they_went_in(seed: int, share_known: float) -> None:
    chance = np.random.default_rng(seed)
    shape = (BLOCK_STREAMS, CHUNK_MINUTES)
    known = (chance.random(shape) < share_known).astype(np.int8)
    block = Block(chance.binomial(5, 0.1, shape) * known, chance.poisson(200, shape) * known, known)
    came = Block.decode(block.encode(), CHUNK_MINUTES)
    assert np.array_equal(came.bad, block.bad)
    assert np.array_equal(came.total, block.total)
    assert np.array_equal(came.known, block.known)


def test_a_month_of_a_thousand_busy_streams_takes_less_than_50_megabytes() -> None:
    chance = np.random.default_rng(1)
    shape = (BLOCK_STREAMS, CHUNK_MINUTES)
    rate = chance.uniform(100, 300, (BLOCK_STREAMS, 1)) * (1 + 0.5 * np.sin(np.arange(CHUNK_MINUTES) / 229))
    total = chance.poisson(rate)
    block = Block(chance.binomial(total, 0.0005), total, np.ones(shape, np.int8))
    assert len(block.encode()) * 1000 / BLOCK_STREAMS * 240 < 50e6


@given(st.dictionaries(st.tuples(st.integers(0, 99), st.integers(0, 10**6), st.text(), st.text()), st.integers()))
def test_spending_comes_out_as_it_went_in(spent: dict[tuple[int, int, str, str], int]) -> None:
    spent = {key: bad % 2**62 for key, bad in spent.items()}
    assert decode_spent(encode_spent(spent)) == spent


@pytest.mark.parametrize("damage", [b"", b"\x00", pack([np.arange(9)])[:-3], pack([])[::-1]])
def test_damaged_bytes_are_a_store_error(damage: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        unpack(damage)
