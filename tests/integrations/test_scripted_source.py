"""The fake does as it is told; that it is a metric source is shown by the conformance tests."""

import pytest

from covet_sre.errors import SourceMisanswered, SourceUnreachable
from covet_sre.integrations.fakes import ScriptedSource
from covet_sre.ports import CounterQuery
from covet_sre.slo.indicator import Matcher, MatchOp

QUERY = CounterQuery("orders_total", ())


def test_it_fails_while_it_is_told_to() -> None:
    source = ScriptedSource()
    source.add({"__name__": "orders_total"}, (60.0, 1.0))
    source.failure = SourceUnreachable("away")
    for call in (
        lambda: source.read(QUERY, 0, 99),
        lambda: source.evaluate("up", 0, 1),
        lambda: source.process_starts(0),
    ):
        with pytest.raises(SourceUnreachable, match="away"):
            call()
    source.failure = None
    assert len(source.read(QUERY, 0, 99).series) == 1
    assert source.reads == [(QUERY, 0, 99)]


def test_its_warnings_come_with_every_answer() -> None:
    assert ScriptedSource(warnings=("partial",)).read(QUERY, 0, 1).warnings == ("partial",)


def test_expressions_have_the_values_they_were_given() -> None:
    source = ScriptedSource()
    source.define("errors", {"route": "/a"}, {3: 0.5, 9: 1.0})
    source.define("errors", {"route": "/b"}, lambda minute: float(minute) if minute % 2 else None)
    assert source.evaluate("errors", 3, 6) == [({"route": "/a"}, {3: 0.5}), ({"route": "/b"}, {3: 3.0, 5: 5.0})]
    assert source.evaluate("errors", 4, 5) == []
    with pytest.raises(SourceMisanswered, match="was not defined"):
        source.evaluate("other", 0, 1)


def test_a_regular_expression_that_is_none_is_refused() -> None:
    source = ScriptedSource()
    source.add({"__name__": "orders_total"}, (60.0, 1.0))
    with pytest.raises(SourceMisanswered, match="refuses the query"):
        source.read(CounterQuery("orders_total", (Matcher("a", MatchOp.MATCHES, "("),)), 0, 99)
