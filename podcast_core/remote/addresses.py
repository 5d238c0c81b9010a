"""Which addresses may be fetched: the guard against URLs that lead into the host's own network.

A URL that somebody typed may name a router, a cloud's metadata service or a database beside the app. So a host is
resolved first, every address it has is checked, and the connection goes to an address that was checked: a name that
resolves to something else a moment later ("DNS rebinding") changes nothing. Redirects come here hop by hop.
"""

import socket
import time
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from podcast_core.errors import InvalidInput, NotFound

SCHEMES = ("http", "https", "s3")
WEB = ("http", "https")  # where nobody is to make use of the keys that Pod.Cast has for buckets
# IPv6 networks whose last four bytes are an IPv4 address: compatible, NAT64
_EMBEDDING = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"))


def check_url(url: str, schemes: Sequence[str] = SCHEMES) -> SplitResult:
    """Take a URL apart; InvalidInput unless it is of a scheme, with a host or bucket and without a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidInput(f"The address {url!r} cannot be read: {error}.") from error
    if parts.scheme not in schemes:
        starts = " or ".join(f"{scheme}://" for scheme in schemes)
        raise InvalidInput(f"Expected an address that starts with {starts}, found {url!r}.")
    if not parts.hostname or port == 0 or any(ord(each) <= 32 for each in parts.netloc):
        raise InvalidInput(f"The address {url!r} names no host.")
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("An address with a user name or password in it is not fetched: it would be stored with it.")
    return parts


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, also when it hides in an IPv6 address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        hidden = _find_hidden(ip)
        if hidden is not None:
            return is_public(str(hidden))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def _find_hidden(ip: IPv6Address) -> IPv4Address | None:
    """Find the IPv4 address that a mapped, 6to4, Teredo, compatible or NAT64 address stands for."""
    if any(ip in network for network in _EMBEDDING):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def connect(host: str, port: int, *, deadline: float, timeout_s: float, allow_private: bool) -> socket.socket:
    """Connect to a host, at an address that was checked.

    Parameters
    ----------
    deadline
        On the clock of `time.monotonic`.
    allow_private
        Connect to private and loopback addresses too.

    Raises
    ------
    InvalidInput
        When any of the host's addresses is private.
    NotFound
        When the name is unknown.
    OSError
        When nobody answers.
    TimeoutError
        When it takes longer than the deadline.
    """
    failure = OSError(f"{host} has no address")
    for family, kind, protocol, place in _resolve(host, port, allow_private):
        limit_s = min(timeout_s, deadline - time.monotonic())
        if limit_s <= 0:
            raise TimeoutError("it took too long")
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(limit_s)
            sock.connect(place)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def _resolve(host: str, port: int, allow_private: bool) -> list[tuple[int, int, int, Any]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_AGAIN, socket.EAI_FAIL):
            raise OSError(f"the name {host} could not be looked up ({error.strerror})") from error
        raise NotFound(f"There is no host {host!r} ({error.strerror}).") from error
    except UnicodeError as error:
        raise InvalidInput(f"{host!r} is not the name of a host.") from error
    for *_, place in found:
        if not allow_private and not is_public(str(place[0])):
            raise InvalidInput(
                f"{host} is not fetched: its address {place[0]} is not one of the public internet. "
                "Whoever runs Pod.Cast can allow such addresses with PODCAST_ALLOW_PRIVATE_URLS=true."
            )
    return [(family, kind, protocol, place) for family, kind, protocol, _, place in found]
