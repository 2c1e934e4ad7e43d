"""Where requests may go: to public addresses alone, whatever a name resolves to at the moment of connecting.

A receiver's address is somebody else's choice. What it resolves to is therefore looked at when it is connected to, by
the numbers, and those very numbers are connected to: a name that led elsewhere a moment ago, a decimal spelling or an
IPv4 address in IPv6's clothes make no difference.
"""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from httpcore2 import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError, ConnectTimeout

type Network = IPv4Network | IPv6Network
type Address = IPv4Address | IPv6Address

EVERYWHERE: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
NAT64 = ip_network("64:ff9b::/96")
CLOUD_OWN = (ip_address("168.63.129.16"),)
"""Public by their numbers, and yet the inside of a cloud: Azure's wire server."""


class ForbiddenAddressError(Exception):
    """The receiver's name leads to where nothing may be sent."""


class GuardedBackend(AsyncNetworkBackend):
    """Connects to addresses in `allowed`, and to public ones unless they are not wanted.

    ForbiddenAddressError for a name that leads elsewhere: it is refused as a whole when one of its addresses is.
    """

    def __init__(self, allowed: Sequence[Network] = (), *, or_public: bool = True) -> None:
        self._allowed = allowed
        self._or_public = or_public
        self._plain = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                found = await _resolved(host, port)
        except TimeoutError:
            raise ConnectTimeout(f"{host} did not resolve in time") from None
        for address in found:
            if not self.may_reach(address):
                raise ForbiddenAddressError
        return await self._first(found, port, timeout, local_address, socket_options)

    def may_reach(self, address: Address) -> bool:
        inner = _inner(address)
        if any(inner in network for network in self._allowed if network.version == inner.version):
            return True
        return self._or_public and inner.is_global and not inner.is_multicast and inner not in CLOUD_OWN

    async def _first(
        self,
        addresses: Sequence[Address],
        port: int,
        timeout: float | None,  # noqa: ASYNC109
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> AsyncNetworkStream:
        """A connection to the first of the addresses that takes one; those of one family first."""
        failure: Exception = ConnectError("no address")
        for address in addresses[:2]:
            try:
                return await self._plain.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (ConnectError, ConnectTimeout) as error:
                failure = error
        raise failure


async def looked_up(host: str, port: int) -> list[str]:
    """The addresses that a name has, in the order in which they should be tried."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found))


async def _resolved(host: str, port: int) -> list[Address]:
    try:
        return [ip_address(text) for text in await looked_up(host, port)]
    except (OSError, UnicodeError) as error:
        raise ConnectError(f"{host} does not resolve") from error


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries, where it does: a tunnel counts as what it leads to."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in NAT64 or int(address) >> 32 == 0:
        return IPv4Address(int(address) & 0xFFFF_FFFF) if int(address) > 1 else address
    return address
