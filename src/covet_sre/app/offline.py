"""Accounts in a database that no server has open: how the first user is made on a machine that nobody browses on."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from covet_sre.access.principal import EVERYWHERE, Kind, Principal
from covet_sre.access.token import ApiToken
from covet_sre.access.user import User
from covet_sre.app.clocks import wall_clock
from covet_sre.app.password_rules import password_rules
from covet_sre.flows.access.accounts import Accounts
from covet_sre.flows.acting import acting_as
from covet_sre.integrations.passwords import Argon2
from covet_sre.store import open_store

AT_THE_MACHINE = Principal("the command line", Kind.LOOPBACK, EVERYWHERE)
"""Whoever can open the database need not sign in."""


def shown_url(url: str) -> str:
    """A database's address as it may be shown: without its password, and without parameters, which may hold one."""
    from sqlalchemy.engine import make_url

    return make_url(url).set(query={}).render_as_string(hide_password=True)


def has_accounts(database_url: str, backup_folder: Path | None = None) -> bool:
    """Whether anybody has an account there. A database that is not there yet is not made; an older one is upgraded, and
    kept as it was first, as by every start.
    """
    path = database_url.removeprefix("sqlite:///")
    if database_url.startswith("sqlite") and not Path(path).exists():
        return False
    store = open_store(database_url, backup_folder)
    try:
        return bool(store.records(User)) or bool(store.records(ApiToken))
    finally:
        store.close()


@contextmanager
def offline_accounts(database_url: str) -> Generator[Accounts]:
    """Raises StoreBusy where a server has the database open: ask that one, with --server."""
    store = open_store(database_url)
    try:
        with acting_as(AT_THE_MACHINE):
            yield Accounts(store, Argon2(), wall_clock, os.urandom, lambda: None, password_rules(""))
    finally:
        store.close()
