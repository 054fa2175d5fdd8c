"""Requests as no client sends them: where one ends and the next begins is never in doubt."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import uvicorn

from tests.access.house import House, house, with_roles


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, int]]:
    with house(tmp_path_factory.mktemp("raw"), port=0) as found:
        with_roles(found)
        config = uvicorn.Config(found.server.application, "127.0.0.1", 0, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
            assert thread.is_alive()
        yield found, server.servers[0].sockets[0].getsockname()[1]
        server.should_exit = True
        thread.join(10)


def say(port: int, request: bytes) -> bytes:
    """Everything that is answered until the server hangs up or says nothing more."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(2)
        connection.sendall(request)
        heard = b""
        try:
            while part := connection.recv(65_536):
                heard += part
        except TimeoutError:
            pass
        return heard


HOST = b"host: 127.0.0.1\r\n"
SECOND = b"GET /healthz HTTP/1.1\r\n" + HOST + b"connection: close\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n",
        b"transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        b"content-length: 5\r\ncontent-length: 6\r\n",
        b"content-length: +5\r\n",
        b"content-length: 5, 5\r\n",
        b"content-length: -1\r\n",
        b"transfer-encoding: xchunked\r\n",
        b"transfer-encoding: chunked, identity\r\n",
        b"transfer-encoding : chunked\r\n",
        b"x: a\r\n folded: b\r\ncontent-length: 5\r\n",
        b"x: a\rb: c\r\ncontent-length: 5\r\n",
        b"x: a\x00b\r\ncontent-length: 5\r\n",
    ],
)
def test_a_request_with_two_ends_is_answered_at_most_once_and_never_heard(
    reached: tuple[House, int], headers: bytes
) -> None:
    _, port = reached
    heard = say(port, b"POST /sign-in HTTP/1.1\r\n" + HOST + headers + b"\r\n0\r\n\r\n" + SECOND)
    answers = [line for line in heard.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    assert len(answers) <= 1, heard
    assert not answers or answers[0].startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), heard


def test_two_honest_requests_in_a_row_are_two(reached: tuple[House, int]) -> None:
    _, port = reached
    first = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    assert say(port, first + SECOND).count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize(
    "host", [b"", b"host: 127.0.0.1\r\nhost: evil.example\r\n", b"host: evil.example\r\nhost: 127.0.0.1\r\n"]
)
def test_a_request_with_no_host_or_two_is_refused(reached: tuple[House, int], host: bytes) -> None:
    _, port = reached
    heard = say(port, b"GET /healthz HTTP/1.1\r\n" + host + b"connection: close\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 4"), heard


def test_a_header_without_an_end_is_cut_off(reached: tuple[House, int]) -> None:
    found, port = reached
    heard = b""
    with suppress(ConnectionError):
        heard = say(port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"x: " + b"a" * 1_000_000)
    assert b"HTTP/1.1 200" not in heard
    assert say(port, SECOND).startswith(b"HTTP/1.1 200")
    assert found.server.desk.why_unready() is None


def test_what_stands_in_an_address_makes_no_header(reached: tuple[House, int]) -> None:
    _, port = reached
    asked = b"GET /incidents?x=%0d%0aset-cookie:%20canary=1 HTTP/1.1\r\n" + HOST
    heard = say(port, asked + b"accept: text/html\r\nconnection: close\r\n\r\n")
    head = heard.partition(b"\r\n\r\n")[0].lower()
    assert b"303" in head
    assert b"\r\nset-cookie" not in head
