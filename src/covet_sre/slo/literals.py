"""Names and text as PromQL writes them: nothing breaks out of its quotes, or means something else."""

import re

# The Unicode replacement sign is valid text, but Prometheus 2's lexer takes it for broken UTF-8 unless it is escaped.
# What YAML cannot carry is escaped as well: expressions stand in rule files.
# Of two braces the second: what looks like `{{window}}` would be filled in, here and in other tools' templates.
_TO_ESCAPE = re.compile('[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffd-\uffff]|(?<=\\{)\\{')


_BARE_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
# Words of the language, in any case: a metric of such a name must be matched as text.
_WORDS = {
    *("inf", "nan", "and", "or", "unless", "atan2", "by", "without", "on", "ignoring", "group_left", "group_right"),
    *("bool", "offset", "start", "end", "sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", "topk"),
    *("bottomk", "count_values", "quantile", "limitk", "limit_ratio"),
}


def is_bare_name(metric: str) -> bool:
    """Whether a metric's name can stand in an expression as it is; any other is matched by `__name__`."""
    return _BARE_NAME.fullmatch(metric) is not None and metric.lower() not in _WORDS


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character in '\\"':
        return "\\" + character
    return "\\n" if character == "\n" else f"\\u{ord(character):04x}"


def string_literal(text: str) -> str:
    """`"text"` with everything escaped that could end the literal, the line, or the lexer's patience.

    A lone surrogate, which UTF-8 cannot carry, is left as it is: no label can have it.
    """
    return f'"{_TO_ESCAPE.sub(_escaped, text)}"'
