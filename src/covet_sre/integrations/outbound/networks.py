"""What a network address is, beyond a place on the public internet: IANA's special-purpose registries. Pure.

Python's own `is_global` says so of multicast, and changes between versions.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

IpAddress: TypeAlias = IPv4Address | IPv6Address
IpNetwork: TypeAlias = IPv4Network | IPv6Network

METADATA: tuple[tuple[IpNetwork, str], ...] = (
    (IPv4Network("169.254.169.254/32"), "AWS, Azure, Google, OpenStack and others"),
    (IPv4Network("169.254.170.0/24"), "credentials of tasks and pods on AWS"),
    (IPv4Network("169.254.0.23/32"), "Tencent"),
    (IPv4Network("169.254.42.42/32"), "Scaleway"),
    (IPv4Network("100.100.100.200/32"), "Alibaba"),
    (IPv4Network("168.63.129.16/32"), "Azure's agent: an address of the public internet, and yet its own"),
    (IPv4Network("192.0.0.192/32"), "Oracle"),
    (IPv6Network("fd00:ec2::/32"), "AWS"),
    (IPv6Network("fd20:ce::254/128"), "Google"),
    (IPv6Network("fd00:c1::a9fe:a9fe/128"), "Oracle"),
    (IPv6Network("fd00:42::42/128"), "Scaleway"),
    (IPv6Network("fe80::a9fe:a9fe/128"), "OpenStack"),
)
"""Where clouds tell a machine its credentials: no target, whoever names it."""

_LINK_LOCAL: tuple[IpNetwork, ...] = (IPv4Network("169.254.0.0/16"), IPv6Network("fe80::/10"))

_NOT_PUBLIC_V4: tuple[tuple[IPv4Network, str], ...] = (
    (IPv4Network("0.0.0.0/8"), "this machine"),
    (IPv4Network("127.0.0.0/8"), "this machine"),
    (IPv4Network("10.0.0.0/8"), "a private network"),
    (IPv4Network("172.16.0.0/12"), "a private network"),
    (IPv4Network("192.168.0.0/16"), "a private network"),
    (IPv4Network("100.64.0.0/10"), "a provider's own network"),
    (IPv4Network("169.254.0.0/16"), "a link-local address"),
    (IPv4Network("192.0.0.0/24"), "a reserved address"),
    (IPv4Network("192.0.2.0/24"), "an address for documentation"),
    (IPv4Network("198.51.100.0/24"), "an address for documentation"),
    (IPv4Network("203.0.113.0/24"), "an address for documentation"),
    (IPv4Network("192.88.99.0/24"), "a reserved address"),
    (IPv4Network("198.18.0.0/15"), "a network for benchmarks"),
    (IPv4Network("224.0.0.0/4"), "a multicast address"),
    (IPv4Network("240.0.0.0/4"), "a reserved address"),
)

_ASSIGNED_V6 = IPv6Network("2000::/3")
"""All that has been given out for the internet so far."""

_NOT_PUBLIC_V6: tuple[tuple[IPv6Network, str], ...] = (
    (IPv6Network("::/128"), "this machine"),
    (IPv6Network("::1/128"), "this machine"),
    (IPv6Network("fc00::/7"), "a private network"),
    (IPv6Network("fe80::/10"), "a link-local address"),
    (IPv6Network("fec0::/10"), "a private network"),
    (IPv6Network("ff00::/8"), "a multicast address"),
    (IPv6Network("2001::/23"), "a reserved address"),
    (IPv6Network("2001:db8::/32"), "an address for documentation"),
    (IPv6Network("3fff::/20"), "an address for documentation"),
)

# Where an IPv4 address stands in an IPv6 address: how many bits follow it.
_CARRIERS: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
    (IPv6Network("::/96"), 0),
)
_TEREDO = IPv6Network("2001::/32")
_ISATAP = (0x00005EFE, 0x02005EFE)


def address_of(place: str) -> IpAddress:
    """The address that a socket is given, without the name of an interface. Raises ValueError."""
    return ip_address(place.partition("%")[0])


def carried(address: IpAddress) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to by mapping, NAT64, 6to4, Teredo or ISATAP; None without one."""
    if isinstance(address, IPv4Address) or int(address) <= 1:
        return None
    for network, following in _CARRIERS:
        if address in network:
            return IPv4Address((int(address) >> following) & 0xFFFFFFFF)
    if address in _TEREDO:
        return IPv4Address(~int(address) & 0xFFFFFFFF)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def is_metadata(address: IpAddress) -> bool:
    """Whether a cloud's metadata is there, or would be at the IPv4 address that it carries."""
    return any(_within(one, network) for one in _both(address) for network, _ in METADATA)


def is_link_local(address: IpAddress) -> bool:
    """Whether it, or what it carries, is on this machine's own wire."""
    return any(_within(one, network) for one in _both(address) for network in _LINK_LOCAL)


def why_not_public(address: IpAddress) -> str:
    """What it is instead of a place on the public internet; empty when it is one."""
    if isinstance(address, IPv4Address):
        return next((what for network, what in _NOT_PUBLIC_V4 if address in network), "")
    if carried(address) is not None:
        return "an IPv4 address in another form"
    named = next((what for network, what in _NOT_PUBLIC_V6 if address in network), "")
    return named or ("" if address in _ASSIGNED_V6 else "a reserved address")


def _both(address: IpAddress) -> tuple[IpAddress, ...]:
    inner = carried(address)
    return (address,) if inner is None else (address, inner)


def _within(address: IpAddress, network: IpNetwork) -> bool:
    return address.version == network.version and address in network
