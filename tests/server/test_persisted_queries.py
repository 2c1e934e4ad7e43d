"""Where processes share persisted and registered documents: Valkey and PostgreSQL."""

import secrets
from hashlib import sha256

from redis.asyncio import Redis

from persistence.registered_documents import RegisteredDocument, register
from persistence.statement import Pool
from server.persisted_queries import RedisTexts
from server.registered import KNOWN_SECONDS, UNKNOWN_SECONDS, RegisteredDocuments

HELLO = "query Hello { __typename }"


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_what_one_process_puts_another_gets(redis_url: str):
    async with Redis.from_url(redis_url) as redis:
        name = secrets.token_hex(8)
        await RedisTexts(redis, name=name).put("a", "{ größe }")

        assert await RedisTexts(redis, name=name).get("a") == "{ größe }"
        assert await RedisTexts(redis, name=name).get("b") is None


async def test_the_documents_used_longest_ago_make_room(redis_url: str):
    async with Redis.from_url(redis_url) as redis:
        texts = RedisTexts(redis, name=secrets.token_hex(8), max_documents=3)
        for hash in "abc":
            await texts.put(hash, hash)
        await texts.get("a")

        await texts.put("d", "d")

        assert [await texts.get(hash) for hash in "abcd"] == ["a", None, "c", "d"]


async def test_without_redis_nothing_is_found_and_nothing_fails():
    async with Redis(host="127.0.0.1", port=1) as nowhere:
        texts = RedisTexts(nowhere)

        await texts.put("a", "a")

        assert await texts.get("a") is None


async def registered(pool: Pool, id: str) -> None:
    hash = sha256(HELLO.encode()).hexdigest()
    async with pool.acquire() as connection:
        await register(connection, RegisteredDocument("app", id, hash, "Hello", "QUERY", HELLO, 0))


async def test_a_document_is_found_soon_after_it_was_registered(pool: Pool):
    clock = Clock()
    documents = RegisteredDocuments(pool, clock=clock)
    assert await documents.text_of("hello") is None

    await registered(pool, "hello")

    assert await documents.text_of("hello") is None
    clock.seconds += UNKNOWN_SECONDS
    assert await documents.text_of("hello") == HELLO


async def test_a_document_that_was_removed_is_gone_within_a_minute(pool: Pool):
    clock = Clock()
    documents = RegisteredDocuments(pool, clock=clock)
    await registered(pool, "hello")
    assert await documents.text_of("hello") == HELLO
    await pool.execute("DELETE FROM registered_document")

    assert await documents.text_of("hello") == HELLO
    clock.seconds += KNOWN_SECONDS
    assert await documents.text_of("hello") is None


async def test_ids_that_no_database_can_hold_are_unknown(pool: Pool):
    assert await RegisteredDocuments(pool).text_of("a\0b") is None
