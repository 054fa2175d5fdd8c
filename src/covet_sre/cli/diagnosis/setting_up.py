"""How the server is set up: the configuration, who could reach it, what it would forget, and whom it cannot tell."""

import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from covet_sre.cli.configuration.reading import Configuration
from covet_sre.cli.diagnosis.check import Check, Group
from covet_sre.flows.declaration import Declaration

SETTINGS = Group("Settings")
TARGETS = Group("Targets")

_CONNECT_SECONDS = 3.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def settings(found: Configuration) -> Iterator[Check]:
    """Where they come from, and what is unwise about them."""
    yield SETTINGS.ok("configuration", str(found.file) if found.file else "none: flags, environment and defaults")
    yield _bind(found)
    if found["link_secret"]:
        yield SETTINGS.ok("link secret", "set: links that acknowledge survive a restart")
    else:
        told = "not set: links that acknowledge an incident end when the server restarts"
        if found["public_address"] or found["host"] not in _LOOPBACK:
            remedy = "export COVET_SRE_LINK_SECRET=..., or link_secret_file in the file"
            yield SETTINGS.warning("link secret", told, remedy)
        else:
            yield SETTINGS.not_checked("link secret", told)


def _bind(found: Configuration) -> Check:
    host, address = str(found["host"]), str(found["public_address"])
    if host in _LOOPBACK:
        return SETTINGS.ok("reach", f"it listens on {host}: this machine alone reaches it")
    if found["tls.certificate"]:
        return SETTINGS.ok("reach", f"{host}, by TLS of its own")
    if address.startswith("https://"):
        return SETTINGS.ok("reach", f"{host}, behind {address}")
    told = f"it listens on {host} without TLS: passwords and tokens travel in clear"
    remedy = "--tls-certificate and --tls-key, or a proxy: --public-address https://...; or listen on 127.0.0.1"
    return SETTINGS.problem("reach", told, remedy)


def targets(declaration: Declaration, environment: Mapping[str, str], clock: Callable[[], float]) -> Iterator[Check]:
    """Whether each target has its secrets, and takes a connection. Nothing is sent to it."""
    from covet_sre.integrations.notifying import make_notifiers, unroutable
    from covet_sre.integrations.notifying.guarded import Guarded

    notifiers = make_notifiers(declaration.rules.directory.targets, environment, _secret_file, clock)
    closed = unroutable(notifiers)
    try:
        for name, notifier in sorted(notifiers.items()):
            if name in closed:
                told = f"nobody can be told by it: {closed[name]}"
                yield TARGETS.problem(name, told, "set what is missing, and start the server again")
            elif isinstance(notifier, Guarded) and notifier.place is not None:
                yield _connection(name, *notifier.place)
            else:
                yield TARGETS.ok(name, "it needs no connection")
    finally:
        for notifier in notifiers.values():
            notifier.close()


def _connection(name: str, host: str, port: int) -> Check:
    try:
        socket.create_connection((host, port), _CONNECT_SECONDS).close()
    except OSError as error:
        told = f"{host}:{port}: no connection: {error.strerror or error}"
        failed = TARGETS.problem(name, told, "check the address, the firewall, and that it runs; then notify test")
        return Check(failed.group, failed.subject, failed.outcome, failed.told, failed.remedy, is_upstream=True)
    return TARGETS.ok(name, f"{host}:{port} takes connections; covet-sre notify test {name} sends something")


def _secret_file(path: str) -> str:
    return Path(path).read_text()
