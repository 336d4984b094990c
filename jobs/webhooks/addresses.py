"""Decide which network addresses this service may call on a stranger's behalf."""

import ipaddress
import socket

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """A host that must not be called: it is private, or does not resolve."""


def is_public(text: str) -> bool:
    """Tell whether an address is on the public internet, whatever IPv6 wraps it."""
    address: Address = ipaddress.ip_address(text.split("%")[0])
    while isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        if inner is None:
            break
        address = inner
    return address.is_global and not address.is_multicast


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def resolve_public(host: str, port: int, *, allow_private: bool = False) -> str:
    """Resolve a host to the address to connect to; connect to that, never to the name again.

    Every address the name resolves to must be public, so that a second look-up cannot be made to
    say something else.

    Raises:
        AddressRefused: the host does not resolve, or to an address that is not public.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(f"{host} does not resolve: {error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    private = [address for address in addresses if not is_public(address)]
    if private and not allow_private:
        raise AddressRefused(f"{host} is {private[0]}, which is not a public address")
    return addresses[0]
