"""TLS of our own, as clients of every age meet it."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
import uvicorn

from covet_sre.api.hooks import CLIENT_NAMES
from covet_sre.app.tls import Tls

Reached = Callable[..., tuple[str, str]]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def seen() -> list[object]:
    return []


@pytest.fixture(scope="module")
def port(authority: trustme.CA, seen: list[object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("tls")
    made = authority.issue_cert("127.0.0.1")
    made.private_key_pem.write_to_path(folder / "key.pem")
    for number, part in enumerate(made.cert_chain_pems):
        part.write_to_path(folder / "chain.pem", append=number > 0)
    authority.cert_pem.write_to_path(folder / "clients.pem")
    tls = Tls(folder / "chain.pem", folder / "key.pem", folder / "clients.pem")
    tls.check()

    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        seen.append((scope.get("extensions") or {}).get(CLIENT_NAMES))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, log_level="critical", lifespan="off", **tls.options()))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


def reach(
    port: int, authority: trustme.CA, change: Callable[[ssl.SSLContext], None] = lambda _: None
) -> tuple[str, str]:
    """The version and cipher that were agreed upon."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    change(context)
    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        if not (answer := connection.recv(100)):
            raise ConnectionError("hung up after the handshake, as TLS 1.3 does about certificates")
        assert answer.startswith(b"HTTP/1.1 204")
        agreed = connection.cipher()
        assert agreed is not None
        return str(connection.version()), agreed[0]


def test_the_newest_version_is_preferred(port: int, authority: trustme.CA) -> None:
    assert reach(port, authority)[0] == "TLSv1.3"


def test_an_older_client_gets_forward_secrecy_and_authenticated_encryption_too(
    port: int, authority: trustme.CA
) -> None:
    def older(context: ssl.SSLContext) -> None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2

    version, cipher = reach(port, authority, older)
    assert version == "TLSv1.2"
    assert cipher.startswith("ECDHE")
    assert "GCM" in cipher or "CHACHA20" in cipher


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_versions_that_are_broken_are_not_spoken(port: int, authority: trustme.CA, version: ssl.TLSVersion) -> None:
    def ancient(context: ssl.SSLContext) -> None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = version

    with pytest.warns(DeprecationWarning), pytest.raises((ssl.SSLError, ConnectionError)):
        reach(port, authority, ancient)


@pytest.mark.parametrize("ciphers", ["AES128-SHA:AES256-SHA256", "ECDHE+AES+SHA256:!AESGCM", "eNULL:aNULL"])
def test_ciphers_that_are_weak_are_not_spoken(port: int, authority: trustme.CA, ciphers: str) -> None:
    def weak(context: ssl.SSLContext) -> None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")

    with pytest.raises((ssl.SSLError, ConnectionError)):
        reach(port, authority, weak)


def test_plain_http_is_not_answered_there(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"HTTP" not in plain.recv(100)


def test_a_clients_certificate_counts_when_an_authority_of_ours_made_it(
    port: int, authority: trustme.CA, seen: list[object]
) -> None:
    ours = authority.issue_cert("alertmanager.example.org")
    seen.clear()
    reach(port, authority, ours.configure_cert)
    assert seen == [{"names": ("alertmanager.example.org",)}]
    seen.clear()
    reach(port, authority)
    assert seen == [None]


def test_a_certificate_of_another_authority_is_refused(port: int, authority: trustme.CA, seen: list[object]) -> None:
    seen.clear()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        reach(port, authority, trustme.CA().issue_cert("alertmanager.example.org").configure_cert)
    assert seen == []
