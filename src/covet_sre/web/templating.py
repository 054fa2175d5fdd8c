"""How templates are read: everything is escaped, and a name that a template misspells is an error."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from covet_sre.flows.acting import acting
from covet_sre.web.linking import linked


def templates() -> Environment:
    """The templates of `web/templates`."""
    environment = Environment(
        loader=PackageLoader("covet_sre.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    # In every macro too: forms need not ask for a name that is known.
    names: dict[str, object] = environment.globals  # pyright: ignore[reportAssignmentType] - typed by what is in it
    names["acting"] = acting
    environment.filters["linked"] = linked
    return environment
