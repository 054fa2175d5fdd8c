"""The whole status page as files: what is served, and what `status-page render` writes, byte for byte."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment

from covet_sre.status.standing import Standing
from covet_sre.web.status.feeds import atom, rss
from covet_sre.web.status.public_pages import Views
from covet_sre.web.status.statuspage_json import documents
from covet_sre.web.templating import templates

Site = Mapping[str, bytes]
"""Content by path. Paths hold identities of ours alone: letters, digits, `-`, and the names of folders."""

TYPES = {
    "html": "text/html; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}


def render_site(standing: Standing) -> Site:
    """Every file. The same standing gives the same bytes."""
    views, environment = Views(standing, style_name()), _environment()

    def page(template: str, view: object) -> bytes:
        return environment.get_template(f"public/{template}.html").render(page=view).encode("utf-8", "replace")

    site = {
        style_name(): _style(),
        "mark.svg": _mark(),
        "index.html": page("index", views.index()),
        "history.html": page("history", views.history()),
        "history.atom": atom(standing),
        "history.rss": rss(standing),
    }
    for one in standing.components:
        site[f"components/{one.component.identity}.html"] = page("component", views.component_page(one))
    for incident in standing.incidents:
        site[f"incidents/{incident.identity}.html"] = page("story", views.incident_page(incident))
    for maintenance in standing.maintenances:
        site[f"maintenance/{maintenance.identity}.html"] = page("story", views.maintenance_page(maintenance))
    site |= {f"api/v2/{path}": content for path, content in documents(standing).items()}
    return site


def render_page(standing: Standing, template: str, title: str, root: str, values: Mapping[str, object]) -> bytes:
    """A page that is no file: about a subscription. `values` are what its template asks for."""
    shell = Views(standing, style_name()).shell(title, root)
    return _environment().get_template(f"public/{template}.html").render(page={"shell": shell, **values}).encode()


@cache
def style_name() -> str:
    """The stylesheet's file, named by its content: it may be kept for ever."""
    return f"status-{hashlib.sha256(_style()).hexdigest()[:12]}.css"


@cache
def _style() -> bytes:
    return (files("covet_sre.web") / "static" / "status.css").read_bytes()


@cache
def _mark() -> bytes:
    return (files("covet_sre.web") / "static" / "status-mark.svg").read_bytes()


@cache
def _environment() -> Environment:
    return templates()
