"""Who acts at the moment. Set at the door for one request, and read where it is decided whether they may."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from covet_sre.access.principal import NOBODY, Principal

_acting: ContextVar[Principal] = ContextVar("covet_sre_acting", default=NOBODY)


def acting() -> Principal:
    """Whoever is behind the present request; nobody, who may do nothing, where no door has said who it is."""
    return _acting.get()


@contextmanager
def acting_as(principal: Principal) -> Generator[None]:
    """Within this block it is the principal who acts, in threads that are begun for the request too."""
    token = _acting.set(principal)
    try:
        yield
    finally:
        _acting.reset(token)


def own_name(actor: str) -> str:
    """What people call whoever acts: their name in the directory, where that is known."""
    return acting().person or actor
