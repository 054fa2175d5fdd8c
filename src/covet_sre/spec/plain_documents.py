"""YAML text in its plainest form -> documents, several times faster than the full reader; or no answer.

The contract: what is given here is exactly what `yaml_documents.read_yaml` gives, places included and without findings.
"""

from collections.abc import Sequence

from covet_sre.errors import Location
from covet_sre.spec.findings import Document, Path, Place
from covet_sre.spec.outlines import Outline, outline_of
from covet_sre.spec.plain_lines import NOTHING, SEPARATOR, Inner, Line, Lines, NotPlain
from covet_sre.spec.yaml_documents import MAX_FILE_BYTES, MAX_NODES

MAX_FILE_LINES = 200_000
MAX_KEPT_NODES = 200_000
"""Of the outlines that are kept from file to file. Most documents look alike; others shall not fill the memory."""

_END: Line = (SEPARATOR, None, ())


class PlainDocument(Document):
    """A document as its outline and the values of its lines: built anew whenever it is asked for its value.

    So the values of thousands of documents, which are looked at one after the other, never exist at once.
    """

    __slots__ = ("_first", "_inner", "outline", "values")

    def __init__(
        self, file: str, outline: Outline, first: int, values: Sequence[object], inner: Sequence[Inner]
    ) -> None:
        self.file = file
        self.outline = outline
        self._first = first
        self.values = values
        self._inner = inner
        self._place = None

    @property
    def value(self) -> object:
        return self.outline.value(self.values)

    @property
    def place(self) -> Place:
        if self._place is None:
            self._place = self.outline.place(self._first, self._inner)
        return self._place

    def location_of(self, path: Path) -> Location:
        line, column = self.outline.position_of(path, self._inner)
        return Location(self.file, self._first + line, column)

    @property
    def kind(self) -> str | None:
        node = self.outline.root.children.get("kind")
        kind = None if node is None or node.children else self.values[node.line]
        return kind if isinstance(kind, str) else None


class PlainReader:
    """Reads plain files, one after the other, and keeps the outlines of their documents."""

    def __init__(self) -> None:
        self._outlines: dict[tuple[str, ...], Outline] = {}
        self._kept_nodes = 0

    def documents(self, text: str, file: str) -> list[Document] | None:
        """Every document of a file that is plain and has nothing wrong; None for any other."""
        if not text or len(text) > MAX_FILE_BYTES or text.count("\n") > MAX_FILE_LINES:
            return None
        try:
            return self._documents(text, file)
        except NotPlain:
            return None

    def _documents(self, text: str, file: str) -> list[Document]:
        # The two breaks are one to YAML; any other character that breaks lines is not plain.
        lines = map(Lines().__getitem__, text.replace("\r\n", "\n").split("\n"))
        heads, values, inner = zip(*lines, _END, strict=True)
        found: list[Document] = []
        # An upper bound of the values in `{...}` and `[...]`, which the outlines don't know.
        nodes = 2 * (text.count(",") + text.count("{") + text.count("["))
        start = 0
        while start < len(heads):
            stop = heads.index(SEPARATOR, start)
            first, last = _written(heads, start, stop)
            nodes += 1
            if first < last:
                outline = self._outline(heads[first:last])
                nodes += outline.nodes
                own = outline.joined(values[first:last])
                found.append(PlainDocument(file, outline, first + 1, own, inner[first:last]))
            start = stop + 1
        if nodes > MAX_NODES:
            raise NotPlain
        return found

    def _outline(self, heads: tuple[str, ...]) -> Outline:
        try:
            return self._outlines[heads]
        except KeyError:
            outline = outline_of(heads)
        self._kept_nodes += len(heads) + outline.nodes
        if self._kept_nodes > MAX_KEPT_NODES:
            self._outlines.clear()
            self._kept_nodes = 0
        self._outlines[heads] = outline
        return outline


def _written(heads: tuple[str, ...], start: int, stop: int) -> tuple[int, int]:
    """The lines without those before and after the document that have nothing, or a comment."""
    while start < stop and heads[stop - 1] == NOTHING:
        stop -= 1
    while start < stop and heads[start] == NOTHING:
        start += 1
    return start, stop
