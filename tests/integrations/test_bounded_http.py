"""No exchange hangs, floods the memory or is led elsewhere; each failure says what happened, where, and what to do."""

import gzip
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from covet_sre.errors import SourceError, SourceMisanswered, SourceUnreachable
from covet_sre.integrations.address import Address
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.fakes import Lie, LyingServer
from covet_sre.integrations.reply import Limits, refused_status
from servers.prometheus import free_port

LIMITS = Limits(timeout_seconds=30, size_bytes=100_000)
BRIEF = Limits(timeout_seconds=0.5, size_bytes=100_000)


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with LyingServer(b"fine " * 100) as lying:
        yield lying


@pytest.fixture
def client(server: LyingServer) -> Iterator[HttpClient]:
    one = HttpClient(Address.parse(server.url), LIMITS)
    yield one
    one.close()


def ask(client: HttpClient) -> bytes:
    reply = client.exchange("GET", "/")
    if refusal := refused_status(reply, client.address.shown):
        raise refusal
    return reply.body


@pytest.mark.parametrize(
    ("lie", "kind", "says"),
    [
        (Lie.ERROR, SourceMisanswered, "answers 500: a page of HTML"),
        (Lie.UNAVAILABLE, SourceUnreachable, "answers 503: upstream is away"),
        (Lie.FORBIDDEN, SourceUnreachable, "check the credentials"),
        (Lie.REDIRECT, SourceMisanswered, r"redirects \(302\) to http://192.0.2.1/elsewhere; give the final address"),
        (Lie.HALF, SourceMisanswered, "breaks off half-way"),
        (Lie.HALF_CHUNK, SourceMisanswered, "breaks off half-way"),
        (Lie.HANG, SourceUnreachable, "no complete answer within 0.5 s"),
        (Lie.DRIP, SourceUnreachable, "no complete answer within 0.5 s"),
        (Lie.DRIP_HEADERS, SourceUnreachable, "no complete answer within 0.5 s"),
        (Lie.HUGE, SourceMisanswered, "larger than 0.1 MB"),
        (Lie.HUGE_LENGTH, SourceMisanswered, "larger than 0.1 MB"),
        (Lie.GZIP_BOMB, SourceMisanswered, "larger than 0.1 MB"),
        (Lie.BAD_GZIP, SourceMisanswered, "packed answer is damaged"),
        (Lie.NO_HTTP, SourceMisanswered, "no HTTP"),
        (Lie.CLOSE, SourceUnreachable, "closed the connection without an answer"),
    ],
)
def test_each_failure_is_told_in_time_and_the_next_request_succeeds(
    server: LyingServer, client: HttpClient, lie: Lie, kind: type[SourceError], says: str
) -> None:
    server.lie = lie
    client.limits = BRIEF if lie.withholds else LIMITS
    begun = time.monotonic()
    with pytest.raises(kind, match=says) as caught:
        ask(client)
    assert time.monotonic() - begun < 30
    assert caught.value.where == server.url
    assert caught.value.remedy
    assert "secret" not in str(caught.value)
    server.lie, client.limits = Lie.NONE, LIMITS
    assert ask(client) == b"fine " * 100


def test_a_gzip_bomb_takes_no_more_memory_than_the_limits_allow(server: LyingServer) -> None:
    client = HttpClient(Address.parse(server.url), Limits(20, 2_000_000))
    server.lie = Lie.GZIP_BOMB
    tracemalloc.start()
    with pytest.raises(SourceMisanswered, match="larger than 2 MB"):
        ask(client)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    client.close()
    assert peak < 30_000_000


def test_an_honest_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(b"metrics")
    reply = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer_once, args=(listener, reply))
        thread.start()
        client = HttpClient(Address.parse(f"http://127.0.0.1:{listener.getsockname()[1]}"), LIMITS)
        assert ask(client) == b"metrics"
        client.close()
        thread.join()


def test_nothing_listening_is_said_so() -> None:
    client = HttpClient(Address.parse(f"http://127.0.0.1:{free_port()}"), LIMITS)
    with pytest.raises(SourceUnreachable, match="nothing listens there; check the address"):
        ask(client)


def test_a_name_that_dns_cannot_carry_is_said_so() -> None:
    client = HttpClient(Address.parse(f"http://{'a' * 70}.invalid"), LIMITS)
    with pytest.raises(SourceUnreachable, match="name is not known"):
        ask(client)


def test_https_to_a_server_without_it_is_said_so(server: LyingServer) -> None:
    client = HttpClient(Address.parse(server.url.replace("http:", "https:")), LIMITS)
    with pytest.raises(SourceUnreachable, match="no secure connection"):
        ask(client)


def test_a_connection_that_was_closed_while_idle_is_opened_again() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: [_answer_once(listener, reply) for _ in range(2)])
        thread.start()
        client = HttpClient(Address.parse(f"http://127.0.0.1:{listener.getsockname()[1]}"), LIMITS)
        assert ask(client) == b"ok"
        assert ask(client) == b"ok"
        client.close()
        thread.join()


def test_requests_share_one_connection(server: LyingServer, client: HttpClient) -> None:
    first = ask(client)
    connection = client._connection
    assert ask(client) == first
    assert connection is not None
    assert client._connection is connection


def test_closing_ends_an_exchange_that_hangs(server: LyingServer) -> None:
    server.lie = Lie.HANG
    client = HttpClient(Address.parse(server.url), Limits(30, 1000))
    failures: list[SourceError] = []

    def hang() -> None:
        try:
            ask(client)
        except SourceError as error:
            failures.append(error)

    thread = threading.Thread(target=hang)
    thread.start()
    while not server.requests:
        time.sleep(0.01)
    client.close()
    thread.join(5)
    assert not thread.is_alive()
    assert len(failures) == 1


def test_credentials_and_headers_arrive_and_are_not_in_errors() -> None:
    received: list[bytes] = []
    reply = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: received.append(_answer_once(listener, reply)))
        thread.start()
        url = f"http://ada:opensesame@127.0.0.1:{listener.getsockname()[1]}/path?token=hidden"
        client = HttpClient(Address.parse(url), LIMITS, headers={"X-Scope-OrgID": "tenant-9"})
        with pytest.raises(SourceUnreachable, match="answers 401") as caught:
            ask(client)
        client.close()
        thread.join()
    assert b"Authorization: Basic YWRhOm9wZW5zZXNhbWU=" in received[0]
    assert b"X-Scope-OrgID: tenant-9" in received[0]
    for secret in ("opensesame", "ada", "hidden", "tenant-9", "YWRh"):
        assert secret not in str(caught.value)


def test_a_header_that_would_smuggle_another_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="X-Token") as caught:
        HttpClient(Address.parse("http://shop"), LIMITS, headers={"X-Token": "secret\r\nHost: elsewhere"})
    assert "secret" not in str(caught.value)


def test_https_is_spoken_with_a_certificate_that_is_trusted_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    extension = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*command, *extension], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with socket.create_server(("127.0.0.1", 0)) as plain:
        url = f"https://127.0.0.1:{plain.getsockname()[1]}"
        thread = threading.Thread(target=_answer_securely, args=(plain, context, reply), daemon=True)
        thread.start()
        stranger = HttpClient(Address.parse(url), Limits(5, 1000))
        with pytest.raises(SourceUnreachable, match=r"no secure connection: self.signed certificate; check its cert"):
            ask(stranger)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        friend = HttpClient(Address.parse(url), Limits(5, 1000))
        assert ask(friend) == b"ok"
        friend.close()
        thread.join(5)


def test_a_client_that_is_closed_opens_no_connection_again(server: LyingServer, client: HttpClient) -> None:
    assert ask(client)
    client.close()
    with pytest.raises(SourceUnreachable, match="it was closed here"):
        ask(client)


def _answer_securely(plain: socket.socket, context: ssl.SSLContext, reply: bytes) -> None:
    """Turns the first caller's distrust away, and answers the second."""
    for _ in range(2):
        connection, _ = plain.accept()
        try:
            secure = context.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            continue
        with secure:
            secure.recv(65536)
            secure.sendall(reply)


def _answer_once(listener: socket.socket, reply: bytes) -> bytes:
    connection, _ = listener.accept()
    with connection:
        request = connection.recv(65536)
        connection.sendall(reply)
        return request


def test_it_is_known_whether_anything_of_a_request_left(server: LyingServer, client: HttpClient) -> None:
    """Without an answer, that is the difference between "not done" and "nobody knows"."""
    server.lie = Lie.CLOSE
    with pytest.raises(SourceUnreachable):
        ask(client)
    assert client.sent
    server.close()
    with pytest.raises(SourceUnreachable, match="nothing listens there"):
        ask(client)
    assert not client.sent


def test_one_address_that_does_not_answer_leaves_time_for_the_next(
    server: LyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(server.url.rpartition(":")[2])
    real = socket.getaddrinfo
    with socket.socket() as full:
        # Nobody accepts, and the queue of one is taken: further connections get no answer.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(full.getsockname())
            places = [
                real(*full.getsockname(), type=socket.SOCK_STREAM)[0],
                real("127.0.0.1", port, type=socket.SOCK_STREAM)[0],
            ]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
            limits = Limits(timeout_seconds=30, size_bytes=100_000, connect_seconds=0.2)
            client = HttpClient(Address.parse("http://two.example:80"), limits)
            assert ask(client) == b"fine " * 100
            client.close()


def test_what_repeats_our_secrets_has_them_cut_out() -> None:
    body = b'{"error": "Bearer canary-token is wrong, and so is canary-token, Basic YWRhOnBAc3N3b3Jk; abc"}'
    with LyingServer(body) as server:
        address = Address.parse(server.url.replace("http://", "http://ada:p%40ssword@"))
        client = HttpClient(address, LIMITS, secrets=["Bearer canary-token", "abc"])
        said = client.exchange("GET", "/").body.decode()
        client.close()
    # A secret of three letters would be part of every word.
    assert said == '{"error": "… is wrong, and so is …, …; abc"}'
