"""A connection to whichever address of a host takes it, within one time for all of them."""

import socket
from collections.abc import Callable

from covet_sre.integrations.outbound import Guard


def connected(host: str, port: int, patience: Callable[[], float], guard: Guard) -> socket.socket:
    """The first address that takes the connection. `patience` is how many seconds the next one may take.

    It may raise TimeoutError when the time is over. Raises OSError of the last address, and OutboundRefused where the
    guard does not admit all of them. Names are looked up by the system, once and in its own time.
    """
    failure: OSError | None = None
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    guard.admit(host, port, [str(place[0]) for *_, place in found])
    for family, kind, protocol, _, place in found:
        seconds = patience()
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(seconds)
            sock.connect(place)
        except OSError as refused:
            sock.close()
            failure = refused
        else:
            return sock
    raise failure or OSError(f"{host} has no address")
