"""Where the example lies, and its reliability files turned to the service that was just started."""

import runpy
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

import covet_sre
from covet_sre.flows.declaration import Declaration
from covet_sre.spec import read_paths


def example_folder() -> Path:
    """The example of the wheel, or of the checkout that this runs from."""
    package = Path(covet_sre.__file__).parent
    for folder in (package / "examples" / "covetpy", package.parents[1] / "examples" / "covetpy"):
        if folder.is_dir():
            return folder
    raise click.ClickException("the example is missing from this installation; install covet-sre again")


def require_extra() -> None:
    """Refuse with the line to type when what the example needs is not installed."""
    missing = [name for name in ("covet", "covet_sre_sdk") if find_spec(name) is None]
    if missing:
        names = " and ".join(missing)
        raise click.ClickException(
            f"the demo needs {names}; type: pip install 'covet-sre[demo]' (in a checkout: pip install ./sdk '.[demo]')"
        )


def declaration_for(service_url: str) -> Declaration:
    """The handbook's files, with the source pointed at the service."""
    declaration = read_paths([example_folder() / "reliability"])
    sources = tuple(replace(one, addresses=(f"{service_url}/metrics",)) for one in declaration.sources)
    return replace(declaration, sources=sources)


def load_history_module() -> dict[str, Any]:
    """The example's own account of its past: `simulate` and `spenders` (see examples/covetpy/history.py)."""
    return runpy.run_path(str(example_folder() / "history.py"))
