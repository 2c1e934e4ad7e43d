"""Connections that repeat an attack until this process is let go, as a process of its own.

`python -m bench.attackers ATTACK URL CONNECTIONS FIRST [ADDRESS]` ends when its standard input does, with status 1 if
an answer was not the expected one. `FIRST` is the number of the first request, which makes it another one than those
before. Who comes from an address of their own may also be told that they have asked too much.
"""

import asyncio
import sys
from urllib.parse import urlsplit

import uvloop

from bench.attacks import ATTACKS, Attack

RATE_LIMITED = 429


class Attacker:
    """One connection, opened anew when the server has closed it."""

    def __init__(self, url: str, address: str = "") -> None:
        parts = urlsplit(url)
        self._from = address
        self._expected = {RATE_LIMITED} if address else set()
        self._address = (parts.hostname, parts.port)
        self._writer: asyncio.StreamWriter | None = None
        self._reader = asyncio.StreamReader()

    async def send(self, attack: Attack, number: int) -> None:
        """Send the request and read its answer, which must be the expected one."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._address, limit=1 << 20)
        self._writer.write(attack.request(number, self._from))
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        await self._reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
        status = int(head.split()[1])
        if status not in self._expected | {attack.status}:
            raise AssertionError(f"{status} instead of {attack.status}")
        if b"connection: close" in head:
            self.close()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


async def attack(name: str, url: str, connections: int, first: int, address: str) -> None:
    attackers = [Attacker(url, address) for _ in range(connections)]
    async with asyncio.TaskGroup() as tasks:
        going = [
            tasks.create_task(_go_on(attacker, ATTACKS[name], first + at, connections))
            for at, attacker in enumerate(attackers)
        ]
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        for each in going:
            each.cancel()
    for attacker in attackers:
        attacker.close()


async def _go_on(attacker: Attacker, attack: Attack, number: int, step: int) -> None:
    while True:
        await attacker.send(attack, number)
        number += step


def main(name: str, url: str, connections: str, first: str, address: str = "") -> None:
    uvloop.run(attack(name, url, int(connections), int(first), address))


if __name__ == "__main__":
    main(*sys.argv[1:])
