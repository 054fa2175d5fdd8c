"""A connection to whichever address of a host takes it, within one time for all of them."""

import socket
from collections.abc import Callable


def connected(host: str, port: int, patience: Callable[[], float]) -> socket.socket:
    """The first address that takes the connection. `patience` is how many seconds the next one may take.

    It may raise TimeoutError when the time is over. Raises OSError of the last address. Names are looked up by the
    system, in its own time.
    """
    failure: OSError | None = None
    for family, kind, protocol, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
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
