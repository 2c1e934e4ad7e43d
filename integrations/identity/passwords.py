"""Passwords, hashed by Argon2id in threads of their own, so that the event loop never waits for one."""

import asyncio
import base64
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.customers.errors import TooManyAttempts

CONCURRENCY = 2
MAX_WAITING = 64
RETRY_AFTER_SECONDS = 2


class ArgonPasswords:
    """Implements `domain.customers.ports.Passwords`. Each hash takes 64 MB and a few tenths of a second."""

    def __init__(
        self, hasher: PasswordHasher | None = None, *, concurrency: int = CONCURRENCY, max_waiting: int = MAX_WAITING
    ) -> None:
        self._hasher = hasher or PasswordHasher()
        self._unknown = _hash_of_nothing(self._hasher)
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="passwords")
        self._limit = concurrency + max_waiting
        self._waiting = 0

    async def hash(self, password: str) -> str:
        return await self._in_thread(lambda: self._hasher.hash(_bytes(password)))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        return await self._in_thread(lambda: self._matches(password_hash or self._unknown, password))

    def is_outdated(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Let the threads end; whoever still waits is canceled."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread[Result](self, work: Callable[[], Result]) -> Result:
        if self._waiting >= self._limit:
            raise TooManyAttempts("Too many sign in at once.", retry_after=RETRY_AFTER_SECONDS)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _bytes(password: str) -> bytes:
    """The same bytes, whichever way a keyboard composed its characters."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """A hash with the hasher's own parameters that no password has, made without the cost of making one."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"
