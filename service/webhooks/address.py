"""Where a webhook may be: on the public internet, or in networks that operations name.

A webhook's address is chosen by its owner, so it must not become a way into our own network. A name is looked up at
each call, and the very address that was checked is the one connected to: a name cannot change its mind in between.
"""

import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int, float], list[str]]
"""Returns the addresses of a host and port within so many seconds, or raises OSError."""

NEVER = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",  # link-local, with the metadata service of most clouds
        "100.100.100.200/32",  # Alibaba Cloud's metadata
        "168.63.129.16/32",  # Azure's, though it looks public
        "fe80::/10",
        "fd00:ec2::254/128",  # AWS's over IPv6
    )
)
"""Addresses that no setting opens: they answer with the machine's own credentials."""
HIDING = tuple(IPv6Network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
"""Ranges in which an IPv4 address hides behind a translator or a tunnel."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far webhooks may go; plain http only to this machine, and never in production."""

    networks: tuple[IPv4Network | IPv6Network, ...]
    plain_http: bool


def read_reach(networks: str, *, plain_http: bool) -> Reach:
    """Read networks in CIDR form, separated by commas; raises ValueError for what is none."""
    return Reach(tuple(ip_network(text.strip()) for text in networks.split(",") if text.strip()), plain_http)


def why_unfit(reach: Reach, url: str) -> str | None:
    """Say what is wrong with a webhook's URL in itself, None if nothing is."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "give a URL of printable ASCII characters without space or backslash"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        return f"this is no URL ({fault}): give one such as https://example.com/makegood"
    schemes = ("https", "http") if reach.plain_http else ("https",)
    if parts.scheme not in schemes or not host or port == 0:
        return "give a URL that begins with https:// and names a host"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "leave out name, password and fragment: what is sent is signed instead"
    try:
        literal = ip_address(host)
    except ValueError:
        return None
    return why_closed(reach, literal, plain=parts.scheme == "http")


def why_closed(reach: Reach, address: Address, *, plain: bool) -> str | None:
    """Say why an address is not connected to, None if it may be."""
    within = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
    if plain and not (reach.plain_http and within.is_loopback):
        return f"{within} is not this machine, and http is for this machine alone: use https"
    if _in(within, NEVER):
        return f"{within} is never called: it belongs to the machine itself"
    if _in(within, reach.networks):
        return None
    if not within.is_global or within.is_multicast or _in(within, HIDING):
        return f"{within} is not a public address: use one, or ask operations to open its network"
    return None


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """Look a name up; the system's own look-up knows no limit, so it runs beside us and may be left behind."""
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([str(answer[4][0]) for answer in answers])
        except (OSError, UnicodeError) as fault:
            found.put(OSError(f"{host} cannot be looked up: {fault}"))

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        answer = found.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise OSError(f"{host} was not found within {seconds:.1f} s") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _in(address: Address, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
