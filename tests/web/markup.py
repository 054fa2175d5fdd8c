"""Reads a page and complains about what a strict policy or a careful reader would stumble over."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

VOID = {"meta", "link", "input", "br", "img", "hr"}


@dataclass
class Page(HTMLParser):
    """`complaints` is empty for a good page; `text` is what it says."""

    complaints: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    identities: set[str] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    in_script: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\N{NO-BREAK SPACE}", " ").split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or "style" in given:
            self.complaints.append(f"inline style on <{tag}>")
        self.complaints += [f"{name} on <{tag}>" for name in given if name.startswith("on")]
        if tag == "script" and not given.get("src"):
            self.complaints.append("inline script")
        identity = given.get("id")
        if identity is not None:
            if identity in self.identities:
                self.complaints.append(f"id {identity!r} twice")
            self.identities.add(identity)
        for name in ("href", "src", "action"):
            self._link(tag, given.get(name))
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.references |= set((given.get(name) or "").split())
        if tag not in VOID:
            self.open.append(tag)
        self.in_script = tag == "script"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.complaints.append(f"</{tag}> closes something else")
        self.in_script = False

    def handle_data(self, data: str) -> None:
        if self.in_script and data.strip():
            self.complaints.append("inline script")
        self.words.append(data)

    def _link(self, tag: str, address: str | None) -> None:
        if address is None:
            return
        self.links.append(address)
        parts = urlsplit(address)
        if tag != "a" and (parts.scheme or parts.netloc):
            self.complaints.append(f"<{tag}> loads {address}")
        if parts.scheme not in ("", "http", "https"):
            self.complaints.append(f"<{tag}> leads to {address}")


def read(html: str) -> Page:
    """The page, read to its end."""
    page = Page()
    page.feed(html)
    page.close()
    page.complaints += [f"nothing has the id {each!r}" for each in page.references - page.identities]
    page.complaints += [f"<{tag}> is never closed" for tag in page.open]
    return page
