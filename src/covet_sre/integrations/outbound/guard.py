"""Where requests may go, by who named the address: the operator, files under git, or anybody who typed it.

A name is looked up once, every address that it has is judged, and the connection goes to one of those: a name that
answers differently the next time leads nowhere else. Redirects are not followed (integrations/bounded_http.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import assert_never
from urllib.parse import urlsplit

from covet_sre.errors import OutboundRefused, Refused
from covet_sre.integrations.address import Address, clipped
from covet_sre.integrations.outbound.networks import (
    IpAddress,
    IpNetwork,
    address_of,
    carried,
    is_link_local,
    is_metadata,
    why_not_public,
)

ALLOWED, PORTS = "COVET_SRE_OUTBOUND_ALLOWED", "COVET_SRE_OUTBOUND_PORTS"

USUAL_PORTS = frozenset({80, 443, 8080, 8443})

_REMEDY = f"if it is meant, whoever runs Covet SRE allows it with {ALLOWED}"
_METADATA, _NOTHING_ALLOWS = "a cloud's metadata", "give another address: nothing allows this one"
_LONGEST_URL = 2000


class Origin(StrEnum):
    """Who named an address.

    The operator (settings, metric sources) may name everything but a cloud's metadata. Files under git are reviewed:
    they may not name link-local addresses either. What people type leads to the public internet, on usual ports.
    """

    OPERATOR = "operator"
    FILES = "files"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class OutboundPolicy:
    """What the operator allows beyond that. `allowed_hosts` are names in lower case, with a port or without."""

    allowed_hosts: frozenset[str] = frozenset()
    allowed_networks: tuple[IpNetwork, ...] = ()
    ports: frozenset[int] = USUAL_PORTS

    def allows_host(self, host: str, port: int) -> bool:
        name = host.lower().rstrip(".")
        return f"{name}:{port}" in self.allowed_hosts or (name in self.allowed_hosts and port in self.ports)

    def allows_port(self, host: str, port: int) -> bool:
        return port in self.ports or self.allows_host(host, port)

    def allows(self, address: IpAddress) -> bool:
        return any(address.version == network.version and address in network for network in self.allowed_networks)


def policy_from(allowed: str, ports: str = "") -> OutboundPolicy:
    """The policy of two comma lists: hosts (`hooks.example`, `hooks.example:9000`), networks (`10.1.0.0/16`); ports.

    Raises Refused, which names the entry.
    """
    hosts: set[str] = set()
    networks: list[IpNetwork] = []
    for entry in (one.strip() for one in allowed.split(",")):
        if entry and (network := _network(entry)) is not None:
            networks.append(network)
        elif entry:
            hosts.add(_host(entry))
    more = [one.strip() for one in ports.split(",") if one.strip()]
    if wrong := [one for one in more if not (one.isascii() and one.isdigit() and 0 < int(one[:6]) < 65536)]:
        raise Refused(f"{clipped(wrong[0], 40)!r} is no port", where=PORTS, remedy="write ports like 9000,9443")
    return OutboundPolicy(frozenset(hosts), tuple(networks), USUAL_PORTS | {int(one) for one in more})


def _network(entry: str) -> IpNetwork | None:
    try:
        return ip_network(entry)
    except ValueError as wrong:
        if "/" in entry:
            problem = f"{clipped(entry, 60)!r} is no network: {clipped(str(wrong))}"
            raise Refused(problem, where=ALLOWED, remedy="write networks like 10.1.0.0/16 or fd00:1::/64") from None
        return None


def _host(entry: str) -> str:
    problem = Refused(f"{clipped(entry, 60)!r} is no host", where=ALLOWED, remedy="write hosts like hooks.example:9000")
    try:
        parts = urlsplit(f"//{entry}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise problem from None
    if not host or parts.path or parts.query or parts.fragment or parts.username is not None or "*" in host:
        raise problem
    return host.rstrip(".") if port is None else f"{host.rstrip('.')}:{port}"


@dataclass(frozen=True, slots=True)
class Guard:
    """Judges addresses. Everything that opens a connection asks one (integrations/connecting.py)."""

    origin: Origin
    policy: OutboundPolicy = field(default_factory=OutboundPolicy)

    def admit(self, host: str, port: int, places: Sequence[str]) -> None:
        """Raises OutboundRefused unless a connection may go to every one of the addresses that a host has."""
        self.look_at_port(host, port)
        for place in places:
            if why := self._why_not(host, port, address_of(place)):
                # A name with a public and a private address is a trick, or a mistake: neither is used.
                told = place if place == host else f"{clipped(host, 100)} leads to {clipped(place, 50)}, which"
                raise refused(f"{told} is {why}", host, port, _NOTHING_ALLOWS if why == _METADATA else _REMEDY)

    def look_at(self, url: str) -> Address:
        """The address of a URL that may be kept: told without a look-up. Raises OutboundRefused."""
        try:
            address = Address.parse(url)
        except ValueError as wrong:
            raise OutboundRefused(str(wrong)) from None
        if any(not "!" <= character <= "~" for character in url):
            # Reading a URL drops line breaks and tabs without a word: what is kept would not be what was judged.
            raise OutboundRefused("an address has no blanks and no control characters", remedy="write it in ASCII")
        if self.origin is Origin.PEOPLE:
            if address.authorization is not None:
                raise refused("an address with a user or password in it", address.host, address.port)
            if len(url) > _LONGEST_URL:
                raise refused(f"an address of more than {_LONGEST_URL:,} characters", address.host, address.port)
        self.look_at_port(address.host, address.port)
        try:
            literal = ip_address(address.host)
        except ValueError:
            return address
        self.admit(address.host, address.port, [str(literal)])
        return address

    def look_at_port(self, host: str, port: int) -> None:
        """Raises OutboundRefused for a port that what people type may not lead to."""
        if self.origin is Origin.PEOPLE and not self.policy.allows_port(host, port):
            usual = ", ".join(map(str, sorted(self.policy.ports)))
            raise refused(f"port {port} is not among {usual}", host, port)

    def _why_not(self, host: str, port: int, address: IpAddress) -> str:
        if is_metadata(address):
            return _METADATA
        match self.origin:
            case Origin.OPERATOR:
                return ""
            case Origin.FILES:
                return "a link-local address" if is_link_local(address) and not self.policy.allows(address) else ""
            case Origin.PEOPLE:
                if self.policy.allows(address) or self.policy.allows_host(host, port):
                    return self._why_not_inside(address)
                return why_not_public(address)
            case _:
                assert_never(self.origin)

    def _why_not_inside(self, address: IpAddress) -> str:
        """An allowed network that carries IPv4, as NAT64 does, is no way around: what it carries is judged, too."""
        inner = carried(address)
        return "" if inner is None or self.policy.allows(inner) else why_not_public(inner)


def refused(problem: str, host: str, port: int, remedy: str = _REMEDY) -> OutboundRefused:
    """The refusal of a place, with the remedy."""
    return OutboundRefused(problem, where=f"{clipped(host, 100)}:{port}", remedy=remedy)


FILES = Guard(Origin.FILES)
"""For what files under git name, where the operator allows nothing more."""

OPERATORS = Guard(Origin.OPERATOR)
"""For what the operator names: everything but a cloud's metadata."""
