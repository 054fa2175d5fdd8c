"""The structure of a plain YAML document: found once, and shared by all documents that differ in their values only."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from covet_sre.spec.findings import Place, Step
from covet_sre.spec.plain_lines import CLOSED, MORE, NOTHING, Inner, NotPlain

MAX_DEPTH = 20
MAX_LINES = 20_000
"""Deeper and longer documents are the full reader's, which knows the limits."""

_PARTS = re.compile(rf"( *)(- +)?(?:([^:]+):( *))?{CLOSED}?\Z")


@dataclass(slots=True)
class _Node:
    """A value: the line (from 0) and column (from 1) of its place, and what is inside when it is a block."""

    line: int
    column: int
    children: "dict[Step, _Node]" = field(default_factory=dict["Step", "_Node"])
    is_list: bool = False


@dataclass(slots=True)
class _Level:
    """An open block while lines are read: where its lines begin, and the key that may still get a block."""

    indent: int
    node: _Node
    waiting: "_Node | None" = None


_Builder = tuple[tuple[Step, ...], Callable[[Any], Any] | int, bool]
"""How a block is taken from the pool: its keys; from where (one index, if it has one value); whether it is a list."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """How the lines of a document make a mapping. `nodes` counts the values, keys included.

    `valued_lines` are those with a value of their own, from 0. `texts` are the first lines of texts that go on, with
    the lines where they have ended.
    """

    root: _Node
    nodes: int
    valued_lines: tuple[int, ...]
    texts: tuple[tuple[int, int], ...]
    _builders: tuple[_Builder, ...]

    def value(self, values: Iterable[object]) -> object:
        """The document's value from the values of its lines, one for each line."""
        pool: list[object] = list(values)
        add = pool.append
        for keys, take, is_list in self._builders:
            if isinstance(take, int):
                add([pool[take]] if is_list else {keys[0]: pool[take]})
            else:
                add(list(take(pool)) if is_list else dict(zip(keys, take(pool), strict=False)))
        return pool[-1]

    def joined(self, values: Sequence[object]) -> Sequence[object]:
        """The values of the lines, with texts of several lines on their first. Raises NotPlain."""
        if not self.texts:
            return values
        whole = list(values)
        for first, end in self.texts:
            parts = values[first:end]
            # What was read as a number is a text when it goes on, and not every number can be written as it was.
            if not all(isinstance(part, str) for part in parts):
                raise NotPlain
            whole[first] = " ".join(map(str, parts))
        return whole

    def line_of(self, path: Iterable[Step]) -> int | None:
        """The line that has the value at this path, from 0; None if there is none, or if it is a block."""
        node: _Node | None = self.root
        for step in path:
            node = node.children.get(step) if node else None
        return node.line if node and node.line in self.valued_lines and not node.children else None

    def position_of(self, path: Iterable[Step], inner: Sequence[Inner]) -> tuple[int, int]:
        """The line, from 0, and the column, from 1, of the value at this path, or of the nearest around it.

        `inner` is what is inside the values of the lines, one for each line.
        """
        node = self.root
        for step in path:
            child = node.children.get(step)
            if child is None:
                columns = {} if node.children else dict(inner[node.line])
                return node.line, columns.get(step, node.column)
            node = child
        return node.line, node.column

    def place(self, first_line: int, inner: Sequence[Inner]) -> Place:
        """The places in the document that begins on `first_line` of its file, from 1.

        `inner` is what is inside the values of its lines, one for each line.
        """
        return _place(self.root, first_line, inner)


def _place(node: _Node, first_line: int, inner: Sequence[Inner]) -> Place:
    number = first_line + node.line
    children: dict[Step, Place] = {step: _place(child, first_line, inner) for step, child in node.children.items()}
    if not children:
        children = {step: Place(number, column, {}) for step, column in inner[node.line]}
    return Place(number, node.column, children)


def outline_of(heads: Sequence[str]) -> Outline:
    """The outline of a document with these heads of lines, of which the first has a key. Raises NotPlain."""
    written = [(number, head) for number, head in enumerate(heads) if head != NOTHING]
    if len(written) > MAX_LINES:
        raise NotPlain
    root = _Node(0, 1)
    levels = [_Level(0, root)]
    texts: dict[int, int] = {}
    text = last = -1
    for number, head in written:
        if head.endswith(MORE):
            # Only the text of the line before it, and deeper than the block that this text stands in.
            if text < 0 or number != last + 1 or len(head) - len(MORE) <= levels[-1].indent:
                raise NotPlain
            texts[text] = number + 1
        else:
            _add(levels, number, head)
            text = number if head.endswith(" ") else -1
        last = number
        if len(levels) > MAX_DEPTH:
            raise NotPlain
    builders: list[_Builder] = []
    _, nodes = _build(root, len(heads), builders)
    valued = tuple(number for number, head in written if head.endswith((" ", CLOSED)))
    return Outline(root, nodes, valued, tuple(texts.items()), tuple(builders))


def _add(levels: list[_Level], number: int, head: str) -> None:
    match = _PARTS.match(head)
    if match is None:
        raise NotPlain
    spaces, dash, key, space = match.groups()
    indent = len(spaces)
    if dash:
        item = _item(_list_at(levels, indent), number, len(spaces) + len(dash) + 1)
        if key is None:
            return
        indent += len(dash)
        levels.append(_Level(indent, item))
    elif key is None:
        raise NotPlain
    level = levels[-1] if dash else _mapping_at(levels, indent)
    if key in level.node.children:
        raise NotPlain
    node = level.node.children[key] = _Node(number, indent + 1)
    level.waiting = None if space else node


def _item(level: _Level, number: int, column: int) -> _Node:
    item = level.node.children[len(level.node.children)] = _Node(number, column)
    return item


def _list_at(levels: list[_Level], indent: int) -> _Level:
    """The list whose dashes stand at `indent`, begun here if a key waits for it."""
    _leave(levels, indent)
    level = levels[-1]
    if level.node.is_list:
        if level.indent == indent:
            return level
    elif level.waiting is not None:
        # Under a key, a list may begin at the key's own column.
        level.waiting.is_list = True
        levels.append(_Level(indent, level.waiting))
        level.waiting = None
        return levels[-1]
    raise NotPlain


def _mapping_at(levels: list[_Level], indent: int) -> _Level:
    """The mapping whose keys stand at `indent`, begun here if a key waits for it."""
    _leave(levels, indent)
    if levels[-1].node.is_list and levels[-1].indent == indent and levels[-2].indent == indent:
        levels.pop()
    level = levels[-1]
    if level.node.is_list:
        raise NotPlain
    if level.indent == indent:
        return level
    if level.waiting is None:
        raise NotPlain
    levels.append(_Level(indent, level.waiting))
    level.waiting = None
    return levels[-1]


def _leave(levels: list[_Level], indent: int) -> None:
    while levels[-1].indent > indent:
        levels.pop()
        if not levels:
            raise NotPlain


def _build(node: _Node, lines: int, builders: list[_Builder]) -> tuple[int, int]:
    """Add what builds a block, inner blocks first. Gives its index in the pool, and how many values it has."""
    indices: list[int] = []
    nodes = 1 if node.is_list else 1 + len(node.children)
    for child in node.children.values():
        index, inner = _build(child, lines, builders) if child.children else (child.line, 1)
        indices.append(index)
        nodes += inner
    take = itemgetter(*indices) if len(indices) > 1 else indices[0]
    builders.append((tuple(node.children), take, node.is_list))
    return lines + len(builders) - 1, nodes
