"""How templates are read: everything is escaped, and a name that a template misspells is an error."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def templates() -> Environment:
    """The templates of `web/templates`."""
    return Environment(
        loader=PackageLoader("covet_sre.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
