"""Where requests may go: nothing that people type leads inside, however it is written and whatever a name says next."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.errors import OutboundRefused, Refused, SourceError, SourceMisanswered
from covet_sre.integrations.address import Address
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.fakes import Lie, LyingServer
from covet_sre.integrations.fetching import GuardedOutbound
from covet_sre.integrations.outbound import FILES, OPERATORS, Guard, Origin, OutboundPolicy, policy_from
from covet_sre.integrations.outbound.networks import METADATA, carried, why_not_public
from covet_sre.integrations.reply import Limits

PEOPLE = Guard(Origin.PEOPLE)
LIMITS = Limits(5, 64 * 1024)


def words(text: str) -> list[str]:
    return text.split()


V4_INSIDE = words("""
0.0.0.0 0.0.0.1 0.1.2.3 0.255.255.255 127.0.0.1 127.0.0.53 127.1.2.3 127.255.255.255
10.0.0.0 10.0.0.1 10.1.2.3 10.255.255.255 172.16.0.0 172.16.0.1 172.20.10.5 172.31.255.255
192.168.0.0 192.168.0.1 192.168.1.1 192.168.255.255 100.64.0.0 100.64.0.1 100.100.0.1 100.127.255.255
169.254.0.0 169.254.0.1 169.254.1.1 169.254.255.255 169.254.20.10
192.0.0.0 192.0.0.8 192.0.0.170 192.0.0.255 192.0.2.0 192.0.2.1 192.0.2.255 198.51.100.0 198.51.100.7
203.0.113.0 203.0.113.9 203.0.113.255 192.88.99.1 192.88.99.2 198.18.0.0 198.18.0.1 198.19.255.255
224.0.0.0 224.0.0.1 224.0.0.251 232.1.1.1 233.252.0.1 239.255.255.250 239.255.255.255
240.0.0.0 240.0.0.1 250.1.2.3 255.255.255.254 255.255.255.255
""")

METADATA_PLACES = words("""
169.254.169.254 169.254.170.2 169.254.170.23 169.254.0.23 169.254.42.42 100.100.100.200 168.63.129.16 192.0.0.192
fd00:ec2::254 fd00:ec2::23 fd00:ec2::253 fd20:ce::254 fd00:c1::a9fe:a9fe fd00:42::42 fe80::a9fe:a9fe
::ffff:169.254.169.254 ::ffff:a9fe:a9fe ::169.254.169.254 64:ff9b::169.254.169.254 64:ff9b::a9fe:a9fe
2002:a9fe:a9fe:: 2002:a9fe:a9fe::1 2001:0:1234:5678:0:0:5601:5601 fe80::5efe:169.254.169.254
2001:4860::5efe:a9fe:a9fe ::ffff:0:169.254.169.254 ::ffff:168.63.129.16 ::ffff:100.100.100.200
""")

V6_INSIDE = words("""
:: ::1 ::2 ::7f00:1 ::10.0.0.1 ::8.8.8.8 ::ffff:0.0.0.0 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1
::ffff:192.168.1.1 ::ffff:8.8.8.8 ::ffff:1.1.1.1 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::192.168.0.1 64:ff9b::8.8.8.8 64:ff9b:1::1 64:ff9b:1::7f00:1
100::1 100:0:0:1::1 2001::1 2001:0:1234:5678:0:0:80ff:fffe 2001:2::1 2001:10::1 2001:20::1 2001:1::1 2001:1ff::1
2001:db8::1 2001:db8:ffff::1 2002:7f00:1:: 2002:7f00:1::1 2002:a00:1:: 2002:c0a8:101:: 2002:808:808::1
3fff::1 3fff:fff::1 4000::1 5f00::1 6000::1 8000::1 a000::1 c000::1 e000::1 f000::1 fbff::1
fc00::1 fc00:1234::1 fd00::1 fd12:3456:789a::1 fdff:ffff::1 fe00::1 fe80::1 fe80::1%lo fe80::abcd:1 febf::1
fec0::1 feff::1 ff00::1 ff01::1 ff02::1 ff02::fb ff05::1:3 ff0e::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
2001:4860::5efe:10.0.0.1 2001:4860::200:5efe:7f00:1
""")

PUBLIC = words("""
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.215.14 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.167.255.255
192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 168.63.129.15
168.63.129.17
2606:4700:4700::1111 2001:4860:4860::8888 2a00:1450:4001:82a::200e 2620:fe::fe 2400:cb00:2048:1::c629:d7a2 2001:200::1
2001:db7::1 2003::1 2c0f:fb50:4002::1
""")

#: What resolvers of some systems take for 127.0.0.1 or 169.254.169.254.
SPELLINGS = words("""
127.1 127.0.1 0177.0.0.1 0177.1 0x7f.0.0.1 0x7f.1 0x7f000001 2130706433 017700000001 127.0.0.01 0 0.0 0x0
169.254.43518 0xa9fea9fe 2852039166 0251.0376.0251.0376 0xa9.0xfe.0xa9.0xfe 025177524776
10.1 0xa.1 167772161 192.168.257 0300.0250.0.1 3232235521 localhost
""")

WRITTEN_WRONG = words(r"""
ftp://hooks.example/ file:///etc/passwd gopher://hooks.example/ ldap://hooks.example javascript:alert(1)
data:text/plain,x //hooks.example/ hooks.example http:// https:// http:/hooks.example http://[::1 http://[::1]x/
http://hooks.example\@127.0.0.1/ http://１２７.０.０.１/ http://127。0。0。1/ http://ⓛocalhost/
http://hooks.example:x/ http://hooks.example:99999/ http://hooks.example:-1/ HTTP+UNIX://%2Frun%2Fdocker.sock/
http://user@hooks.example/ http://user:pw@hooks.example/ https://:pw@hooks.example/ http://a@b@127.0.0.1/
http://hooks.example:22/ http://hooks.example:25/ http://hooks.example:6379/ http://hooks.example:9090/
http://hooks.example:8420/ https://hooks.example:2375/ https://hooks.example:10250/ http://hooks.example:1/
""")
BLANKS = [
    "http://a\x00b/",
    "http://a\nb/",
    "http://a\r\nHost: b/",
    "http://exa\tmple.com/",
    " http://hooks.example/",
    "http://hooks.example/\n",
    "",
]


@pytest.mark.parametrize("place", [*V4_INSIDE, *V6_INSIDE, *METADATA_PLACES])
def test_what_people_type_does_not_lead_inside(place: str) -> None:
    with pytest.raises(OutboundRefused) as caught:
        PEOPLE.admit("hooks.example", 443, [place])
    assert "hooks.example leads to" in caught.value.problem
    assert caught.value.remedy


@pytest.mark.parametrize("place", PUBLIC)
def test_what_people_type_leads_to_the_public_internet(place: str) -> None:
    PEOPLE.admit("hooks.example", 443, [place])


@pytest.mark.parametrize("place", [*V4_INSIDE, *V6_INSIDE])
def test_one_address_inside_is_enough_to_refuse_a_name(place: str) -> None:
    with pytest.raises(OutboundRefused):
        PEOPLE.admit("hooks.example", 443, ["93.184.215.14", place, "2606:4700:4700::1111"])


@pytest.mark.parametrize("place", METADATA_PLACES)
@pytest.mark.parametrize("guard", [OPERATORS, FILES, PEOPLE], ids=lambda guard: guard.origin.value)
def test_metadata_of_a_cloud_is_no_target_for_anybody(guard: Guard, place: str) -> None:
    everything = policy_from("0.0.0.0/0,::/0,hooks.example")
    for one in (guard, Guard(guard.origin, everything)):
        with pytest.raises(OutboundRefused, match="a cloud's metadata"):
            one.admit("hooks.example", 443, [place])


@pytest.mark.parametrize("place", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd12::1", "100.64.0.1", "8.8.8.8"])
@pytest.mark.parametrize("guard", [OPERATORS, FILES], ids=lambda guard: guard.origin.value)
def test_the_operator_and_files_under_git_may_name_what_is_inside(guard: Guard, place: str) -> None:
    guard.admit("prometheus.internal", 9090, [place])


@pytest.mark.parametrize("place", ["169.254.1.1", "fe80::1%lo", "::ffff:169.254.1.1", "64:ff9b::169.254.1.1"])
def test_files_name_no_link_local_address_unless_the_operator_allows_it(place: str) -> None:
    with pytest.raises(OutboundRefused, match="link-local"):
        FILES.admit("hooks.internal", 80, [place])
    Guard(Origin.FILES, policy_from("169.254.1.0/24,fe80::/64,::ffff:169.254.1.0/120,64:ff9b::/96")).admit(
        "hooks.internal", 80, [place]
    )


@given(st.ip_addresses())
def test_what_is_public_here_is_so_for_python_too(address: IPv4Address | IPv6Address) -> None:
    if not why_not_public(address):
        assert address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_every_dress(inner: IPv4Address) -> None:
    number = int(inner)
    dresses = [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x0064FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF)),
        IPv6Address((0x20014860 << 96) | (0x5EFE << 32) | number),
    ]
    for dress in dresses:
        assert carried(dress) == inner
        assert why_not_public(dress)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_that_the_resolver_takes_leads_nowhere_else(spelling: str) -> None:
    """Nobody connects: what the system's own look-up gives is judged, not the text."""
    client = HttpClient(Address.parse(f"http://{spelling}/"), LIMITS, guard=PEOPLE)
    with pytest.raises(SourceError) as caught:
        client.exchange("GET", "/")
    assert not client.sent
    # Whether a spelling is known is the system's affair; that it leads inside must be seen by us.
    assert isinstance(caught.value, OutboundRefused) or "name is not known" in caught.value.problem


def test_the_usual_spellings_are_known_to_this_resolver() -> None:
    """Without this, the test above could pass because nothing is known."""
    known = [socket.getaddrinfo(one, 80, type=socket.SOCK_STREAM)[0][4][0] for one in ("127.1", "0x7f.1", "2130706433")]
    assert known == ["127.0.0.1"] * 3


@pytest.mark.parametrize("url", [*WRITTEN_WRONG, *BLANKS])
def test_an_address_that_may_not_be_kept_is_refused_without_a_look_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _no_look_up)
    with pytest.raises(Refused) as caught:
        GuardedOutbound(OutboundPolicy()).look_at(url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("place", [*V4_INSIDE, *(one for one in V6_INSIDE if "%" not in one)])
def test_a_literal_address_inside_is_refused_when_it_is_typed(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _no_look_up)
    host = f"[{place}]" if ":" in place else place
    with pytest.raises(Refused):
        GuardedOutbound(OutboundPolicy()).look_at(f"https://{host}/hook")


@pytest.mark.parametrize(
    "url", ["https://hooks.example/a?b=c", "http://hooks.example:8080", "https://[2620:fe::fe]:8443/"]
)
def test_a_public_address_may_be_kept_as_it_is(url: str) -> None:
    assert GuardedOutbound(OutboundPolicy()).look_at(url) == url


def test_an_endless_address_is_refused() -> None:
    with pytest.raises(Refused, match="2,000 characters"):
        GuardedOutbound(OutboundPolicy()).look_at(f"https://hooks.example/{'x' * 2000}")


# ---------------------------------------------------------------- what the operator allows


@pytest.mark.parametrize(
    ("allowed", "ports", "host", "port", "place", "admitted"),
    [
        ("10.1.0.0/16", "", "hooks.internal", 443, "10.1.2.3", True),
        ("10.1.0.0/16", "", "hooks.internal", 443, "10.2.0.1", False),
        ("10.1.0.0/16", "", "hooks.internal", 9000, "10.1.2.3", False),
        ("10.1.0.0/16", "9000", "hooks.internal", 9000, "10.1.2.3", True),
        ("10.1.2.3", "", "hooks.internal", 443, "10.1.2.3", True),
        ("fd00:1::/64", "", "hooks.internal", 443, "fd00:1::5", True),
        ("hooks.internal", "", "hooks.internal", 443, "10.2.0.1", True),
        ("hooks.internal", "", "HOOKS.internal.", 443, "10.2.0.1", True),
        ("hooks.internal", "", "other.internal", 443, "10.2.0.1", False),
        ("hooks.internal", "", "hooks.internal", 9000, "10.2.0.1", False),
        ("hooks.internal:9000", "", "hooks.internal", 9000, "10.2.0.1", True),
        ("hooks.internal:9000", "", "hooks.internal", 443, "10.2.0.1", False),
        ("hooks.example:9000", "", "hooks.example", 9000, "8.8.8.8", True),
        ("hooks.internal", "", "sub.hooks.internal", 443, "10.2.0.1", False),
        ("64:ff9b::/96", "", "hooks.example", 443, "64:ff9b::8.8.8.8", True),
        ("64:ff9b::/96", "", "hooks.example", 443, "64:ff9b::10.0.0.1", False),
        ("64:ff9b::/96,10.0.0.0/8", "", "hooks.example", 443, "64:ff9b::10.0.0.1", True),
        ("hooks.example", "", "hooks.example", 443, "::ffff:127.0.0.1", False),
        ("10.1.0.0/16", "", "hooks.internal", 443, "::ffff:10.1.2.3", False),
    ],
)
def test_the_operator_allows_hosts_networks_and_ports(
    allowed: str, ports: str, host: str, port: int, place: str, admitted: bool
) -> None:
    guard = Guard(Origin.PEOPLE, policy_from(allowed, ports))
    if admitted:
        guard.admit(host, port, [place])
    else:
        with pytest.raises(OutboundRefused):
            guard.admit(host, port, [place])


@pytest.mark.parametrize(
    ("allowed", "ports", "where", "says"),
    [
        ("10.1.0.0/33", "", "COVET_SRE_OUTBOUND_ALLOWED", "is no network"),
        ("10.1.2.3/16", "", "COVET_SRE_OUTBOUND_ALLOWED", "host bits set"),
        ("https://hooks.example/", "", "COVET_SRE_OUTBOUND_ALLOWED", "is no network"),
        ("a@b", "", "COVET_SRE_OUTBOUND_ALLOWED", "is no host"),
        ("*.example", "", "COVET_SRE_OUTBOUND_ALLOWED", "is no host"),
        ("hooks.example:x", "", "COVET_SRE_OUTBOUND_ALLOWED", "is no host"),
        ("", "0", "COVET_SRE_OUTBOUND_PORTS", "'0' is no port"),
        ("", "443,https", "COVET_SRE_OUTBOUND_PORTS", "'https' is no port"),
        ("", "70000", "COVET_SRE_OUTBOUND_PORTS", "'70000' is no port"),
    ],
)
def test_what_cannot_be_allowed_is_told(allowed: str, ports: str, where: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as caught:
        policy_from(allowed, ports)
    assert caught.value.where == where
    assert caught.value.remedy


def test_nothing_is_allowed_by_an_empty_list() -> None:
    assert policy_from(" , ", "") == OutboundPolicy()


# ---------------------------------------------------------------- on the wire


def _no_look_up(*_: Any, **__: Any) -> Any:
    raise AssertionError("a name was looked up")


class Resolver:
    """Gives a list of addresses after the other, and counts the look-ups."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [
            (
                socket.AF_INET6 if ":" in one else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (one, port, 0, 0) if ":" in one else (one, port),
            )
            for one in answer
        ]


class Wire:
    """Connections that are asked for, and made to a server of ours instead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
        self.places: list[Any] = []
        real = socket.socket.connect

        def connect(sock: socket.socket, place: Any) -> None:
            self.places.append(place)
            real(sock, ("127.0.0.1", port))

        monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with LyingServer(b"BEGIN:VCALENDAR") as lying:
        yield lying


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_judged(
    server: LyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = Resolver(["93.184.215.14"], ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    wire = Wire(monkeypatch, port_of(server.url))
    assert GuardedOutbound(OutboundPolicy()).fetch("http://rebinding.example/cal", 1000) == b"BEGIN:VCALENDAR"
    assert (resolver.asked, wire.places) == (1, [("93.184.215.14", 80)])
    with pytest.raises(Refused, match=r"rebinding\.example leads to 127\.0\.0\.1, which is this machine"):
        GuardedOutbound(OutboundPolicy()).fetch("http://rebinding.example/cal", 1000)
    assert (resolver.asked, len(wire.places)) == (2, 1)


def test_a_connection_that_is_opened_again_is_judged_again(
    server: LyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kept connection that the server closed would otherwise be the way in for a name that changed."""
    resolver = Resolver(["93.184.215.14"], ["169.254.169.254"])
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    wire = Wire(monkeypatch, port_of(server.url))
    client = HttpClient(Address.parse("http://rebinding.example/"), LIMITS, guard=PEOPLE)
    assert client.exchange("GET", "/").status == 200
    server.lie = Lie.CLOSE
    with pytest.raises(OutboundRefused, match="a cloud's metadata"):
        client.exchange("GET", "/")
    assert len(wire.places) == 1
    client.close()


def test_a_redirect_to_loopback_is_not_followed(server: LyingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(["93.184.215.14"]))
    wire = Wire(monkeypatch, port_of(server.url))
    server.lie = Lie.REDIRECT
    with pytest.raises(SourceMisanswered, match="it answers 302"):
        GuardedOutbound(OutboundPolicy()).fetch("http://hooks.example/cal", 1000)
    assert len(wire.places) == 1


@pytest.mark.parametrize("lie", [Lie.DRIP, Lie.HANG, Lie.HUGE, Lie.GZIP_BOMB, Lie.ERROR, Lie.FORBIDDEN, Lie.NO_HTTP])
def test_what_a_strangers_server_does_is_told_without_its_words(
    server: LyingServer, lie: Lie, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.lie = lie
    outbound = GuardedOutbound(policy_from("127.0.0.1", str(port_of(server.url))), timeout_seconds=0.5)
    with pytest.raises(SourceError) as caught:
        outbound.fetch(f"{server.url}/cal", 1000)
    assert "upstream" not in str(caught.value) and "credentials" not in str(caught.value)


def test_proxies_of_the_environment_are_not_used(server: LyingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    outbound = GuardedOutbound(policy_from("127.0.0.1", str(port_of(server.url))))
    assert outbound.fetch(f"{server.url}/cal", 1000) == b"BEGIN:VCALENDAR"


class SecureServer:
    """One server with a certificate for a name. `names` are what clients asked for, `hosts` the Host headers."""

    def __init__(self, authority: trustme.CA, name: str) -> None:
        self.names: list[str | None] = []
        self.hosts: list[str] = []
        hosts = self.hosts

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hosts.append(self.headers["Host"])
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: Any) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        context.sni_callback = lambda _sock, asked, _context: self.names.append(asked)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.mark.parametrize(("host", "is_right"), [("hooks.example", True), ("other.example", False)])
def test_the_pinned_address_is_asked_for_the_name_and_must_prove_it(
    host: str, is_right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    server = SecureServer(authority, "hooks.example")
    try:
        monkeypatch.setattr(socket, "getaddrinfo", Resolver(["93.184.215.14"], ["127.0.0.1"]))
        wire = Wire(monkeypatch, server.port)
        client = HttpClient(Address.parse(f"https://{host}:8443/"), LIMITS, guard=PEOPLE, tls=trusting)
        if is_right:
            assert client.exchange("GET", "/").body == b"ok"
            assert server.hosts == ["hooks.example:8443"]
        else:
            with pytest.raises(SourceError, match="no secure connection"):
                client.exchange("GET", "/")
            assert not server.hosts
        assert wire.places == [("93.184.215.14", 8443)]
        assert server.names == [host]
        client.close()
    finally:
        server.close()


def test_every_metadata_network_is_within_a_test() -> None:
    places = [ip_address(one.partition("%")[0]) for one in METADATA_PLACES]
    assert [
        network
        for network, _ in METADATA
        if not any(one.version == network.version and one in network for one in places)
    ] == []
