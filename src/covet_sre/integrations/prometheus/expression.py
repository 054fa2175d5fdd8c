"""PromQL built from parts: nothing that is put in can change what stands around it.

Precedence as in Prometheus' documentation of operators; parentheses are written only where it asks for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from covet_sre.integrations.prometheus.quoting import spelled
from covet_sre.slo.indicator import Matcher, MatchOp, Selector
from covet_sre.units import format_minutes

_OR, _AND, _COMPARISON, _SUM, _PRODUCT, _ATOM = range(6)
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Expression:
    """An instant vector or a scalar. `rank` is how tightly its outermost operator binds."""

    text: str
    rank: int = _ATOM

    def __str__(self) -> str:
        return self.text

    def __truediv__(self, other: "Expression") -> "Expression":
        return self._joined("/", other, _PRODUCT)

    def __mul__(self, other: "Expression") -> "Expression":
        return self._joined("*", other, _PRODUCT)

    def __add__(self, other: "Expression") -> "Expression":
        return self._joined("+", other, _SUM)

    def __sub__(self, other: "Expression") -> "Expression":
        return self._joined("-", other, _SUM)

    def compared(self, sign: str, other: "Expression") -> "Expression":
        """`self > other`, also with `bool`: the sign is any of PromQL's."""
        return self._joined(sign, other, _COMPARISON)

    def and_also(self, other: "Expression") -> "Expression":
        """Both hold for the same labels."""
        return self._joined("and", other, _AND, "\n")

    def or_else(self, other: "Expression") -> "Expression":
        """The other one where this one has no value."""
        return self._joined("or", other, _OR)

    def _joined(self, sign: str, other: "Expression", rank: int, space: str = " ") -> "Expression":
        # All these operators group to the left: the same rank on the right needs parentheses.
        left, right = self._within(rank), other._within(rank + 1)
        return Expression(f"{left}{space}{sign} {right}", rank)

    def _within(self, rank: int) -> str:
        return self.text if self.rank >= rank else f"({self.text})"


def number(value: Fraction | int | float) -> Expression:
    """A number in plain decimals: 0.0144, never 0.014400000000000001 nor 1.44e-02."""
    return Expression(decimal(value))


def decimal(value: Fraction | int | float) -> str:
    """The shortest plain decimal text: exact where at most 15 significant digits say it, else rounded to those."""
    exact = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    sign, exact = ("-", -exact) if exact < 0 else ("", exact)
    places = _MOST_DIGITS - (len(str(int(exact))) if exact >= 1 else -_leading_zeros(exact))
    whole, part = divmod(round(exact * 10**places), 10**places)
    return f"{sign}{whole}.{part:0{places}d}".rstrip("0").rstrip(".")


def _leading_zeros(share: Fraction) -> int:
    """How many zeros follow the decimal point of a number in (0, 1)."""
    zeros = 0
    while share < Fraction(1, 10):
        share *= 10
        zeros += 1
    return zeros


def selected(selector: Selector) -> Expression:
    """The series of a counter selector."""
    return Expression(spelled(selector.metric, selector.matchers))


def recorded(name: str, labels: Sequence[tuple[str, str]]) -> Expression:
    """A recorded series by its exact labels. The name is one of our own, and may be a template's: it is not judged."""
    matchers = spelled("_", [Matcher(label, MatchOp.EQUAL, value) for label, value in labels])
    return Expression(name + matchers.removeprefix("_"))


def over(series: Expression, minutes: int) -> str:
    """The samples of the last minutes: `series[1h]`."""
    return f"{series.text}[{format_minutes(minutes)}]"


def stepped(expression: Expression, minutes: int, step_minutes: int) -> str:
    """The values at each whole step within the last minutes: just minutes / step of them, in every Prometheus.

    Steps are whole multiples of their length. Prometheus 2 takes in both ends of a range, and so one step too many
    each time that it evaluates on such a multiple: the window would be longer for that moment, and an alert that
    just ended would come back. One second less has the same number of steps always.
    """
    return f"{expression.text}[{_seconds(minutes * 60 - 1)}:{format_minutes(step_minutes)}]"


def call(function: str, *arguments: Expression | str) -> Expression:
    """A function or an aggregation of everything."""
    return Expression(f"{function}({', '.join(str(argument) for argument in arguments)})")


def _seconds(seconds: int) -> str:
    """`59m59s`."""
    text = ""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        text += f"{count}{unit}" if count else ""
    return text
