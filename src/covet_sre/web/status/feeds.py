"""RSS 2.0 and Atom (RFC 4287): an entry for each incident and each maintenance, with all that was told of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from markupsafe import Markup

from covet_sre.status.standing import Standing
from covet_sre.web.linking import linked
from covet_sre.web.status.words import MAINTENANCE_WORDS, STATUS_WORDS, moment, rfc3339

MOST_ENTRIES = 50

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """`html` is markup that is escaped once more in both feeds."""

    identity: str
    title: str
    link: str
    began_at: float
    changed_at: float
    html: str


def atom(standing: Standing) -> bytes:
    """The feed `history.atom`."""
    page = standing.page
    home = urlsplit(page.address).hostname or "status"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
        f"<id>tag:{home},2026:{_text(page.name)}</id>",
        f"<title>{_text(page.title)}</title>",
        f"<updated>{rfc3339(standing.changed_at)}</updated>",
        f"<author><name>{_text(page.title)}</name></author>",
        f'<link rel="alternate" type="text/html" href={_attribute(page.address + "/")}/>',
        f'<link rel="self" type="application/atom+xml" href={_attribute(page.address + "/history.atom")}/>',
    ]
    for entry in _entries(standing):
        lines += [
            "<entry>",
            f"<id>tag:{home},2026:{entry.identity}</id>",
            f"<title>{_text(entry.title)}</title>",
            f"<published>{rfc3339(entry.began_at)}</published>",
            f"<updated>{rfc3339(entry.changed_at)}</updated>",
            f'<link rel="alternate" type="text/html" href={_attribute(entry.link)}/>',
            f'<content type="html">{_text(entry.html)}</content>',
            "</entry>",
        ]
    return "\n".join([*lines, "</feed>", ""]).encode()


def rss(standing: Standing) -> bytes:
    """The feed `history.rss`."""
    page = standing.page
    description = page.description or f"Incidents and maintenance of {page.title}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">',
        "<channel>",
        f"<title>{_text(page.title)}</title>",
        f"<link>{_text(page.address + '/')}</link>",
        f"<description>{_text(description)}</description>",
        "<language>en</language>",
        f"<lastBuildDate>{_rfc822(standing.changed_at)}</lastBuildDate>",
        f'<atom:link rel="self" type="application/rss+xml" href={_attribute(page.address + "/history.rss")}/>',
    ]
    for entry in _entries(standing):
        lines += [
            "<item>",
            f"<title>{_text(entry.title)}</title>",
            f"<link>{_text(entry.link)}</link>",
            f'<guid isPermaLink="true">{_text(entry.link)}</guid>',
            f"<pubDate>{_rfc822(entry.began_at)}</pubDate>",
            f"<description>{_text(entry.html)}</description>",
            "</item>",
        ]
    return "\n".join([*lines, "</channel>", "</rss>", ""]).encode()


def _entries(standing: Standing) -> list[Entry]:
    """The latest changes first."""
    entries = sorted(_all(standing), key=lambda one: (one.changed_at, one.identity), reverse=True)
    return entries[:MOST_ENTRIES]


def _all(standing: Standing) -> Iterator[Entry]:
    page = standing.page
    zone = ZoneInfo(page.time_zone)
    for one in standing.incidents:
        told = [_told(STATUS_WORDS[u.status], u.text, moment(u.at, zone).text) for u in reversed(one.updates)]
        link = f"{page.address}/incidents/{one.identity}.html"
        html = "".join([*told, _affected(page.names(one.components))])
        yield Entry(f"Incident/{one.identity}", one.title, link, one.began_at, one.changed_at, html)
    for each in standing.maintenances:
        between = f"{moment(each.starts_at, zone).text} to {moment(each.ends_at, zone).text}"
        told = [_told(MAINTENANCE_WORDS[u.status], u.text, moment(u.at, zone).text) for u in reversed(each.updates)]
        link = f"{page.address}/maintenance/{each.identity}.html"
        planned = Markup("<p>Planned: {}</p>").format(between)
        html = "".join([planned, *told, _affected(page.names(each.components))])
        yield Entry(f"Maintenance/{each.identity}", each.title, link, each.updates[0].at, each.changed_at, html)


def _told(status: str, text: str, at: str) -> str:
    lines = Markup("<br>").join(linked(line) for line in text.split("\n"))
    return Markup("<p><small>{}</small><br><strong>{}</strong>: {}</p>").format(at, status, lines)


def _affected(names: tuple[str, ...]) -> str:
    return Markup("<p>Affected: {}</p>").format(", ".join(names)) if names else ""


def _text(text: str) -> str:
    return escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _attribute(text: str) -> str:
    return quoteattr(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _rfc822(at: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(at), UTC), usegmt=True)
