"""The import of a product file: streamed, checked row by row, written by the batch, and safe to run again.

A batch is one transaction. What it wrote is not written again: each product keeps a hash of the row it came from, and
rows with an equal one are skipped before they are even checked. So a second run changes nothing, and a run after a kill
goes on where the last batch was committed. A second connection indexes what the batches before wrote; what a run that
was killed left to be indexed is noted in the database, and the next one begins with it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import batched
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from pydantic import ValidationError

from domain.shared.making import dataclass
from persistence.catalog import bulk, search_index
from persistence.statement import Pool
from server.imports import icecat
from server.imports.batch import Outcome, write
from server.imports.indexing import Indexing
from server.imports.plan import CONTENT_DIGEST_BYTES, Candidate
from server.imports.reader import Line, Reader
from server.imports.rejects import Rejects
from server.imports.rows import ProductRow
from server.imports.store import Store, write_store
from server.imports.text import is_storable

BATCH_ROWS = 500
SPELL_SECONDS = 0.0005
TURNS = 3
"""Of the event loop, until an answer of the database has reached who waits for it and the next question is sent."""
FORMAT = b"1"
"""Part of each hash: raised when the same row comes to mean something else, so that all rows are written again."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come; bytes are of the file as it lies on the disk."""

    bytes_read: int
    bytes_total: int
    rows_read: int
    rejected: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `errors_path` is the file of rejected rows, if there were any."""

    rows_read: int
    created: int
    changed: int
    unchanged: int
    rejected: int
    seconds: float
    errors_path: Path | None


@dataclass(frozen=True, slots=True)
class Source:
    """How the rows of another source become ours, and what must exist before they can."""

    to_row: Callable[[Mapping[str, Any]], dict[str, Any]]
    store: Store


MAPPINGS: Mapping[str, Callable[[], Source]] = {"icecat": lambda: Source(icecat.Icecat().row, icecat.STORE)}


async def import_products(
    pool: Pool,
    path: Path,
    *,
    mapping: str | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    errors_path: Path | None = None,
    language: str = "en",
) -> ImportReport:
    """Bring the products of `path` into the catalog, whose own language is `language`.

    Bad rows go to `errors_path` (`<file>.errors.jsonl` if not said) with their line and the reason, the others into the
    database. Raises `UnreadableFileError` for a file that cannot be read, `KeyError` for an unknown mapping.
    """
    started = time.monotonic()
    reader = Reader(path)
    source = MAPPINGS[mapping]() if mapping is not None else None
    with Rejects(errors_path or path.with_name(f"{path.name}.errors.jsonl")) as rejects:
        if source is not None:
            await write_store(pool, source.store, language=language)
        async with Indexing(pool) as indexing:
            run = _Run(pool, rejects, indexing, source.to_row if source else None, language)
            before = writing = asyncio.create_task(run.write([]))
            try:
                for lines in batched(reader.lines(), BATCH_ROWS):
                    candidates = await run.check(lines)
                    await before
                    before, writing = writing, asyncio.create_task(run.write_after(writing, candidates))
                    report(Progress(reader.bytes_read, reader.bytes_total, run.rows_read, rejects.count))
            finally:
                await writing
        if indexing.count:
            await _count_words(pool)
        report(Progress(reader.bytes_total, reader.bytes_total, run.rows_read, rejects.count))
    return run.report(time.monotonic() - started)


async def _count_words(pool: Pool) -> None:
    """Let search know how common each word has become."""
    async with pool.acquire() as connection, connection.transaction():
        await search_index.count_lexemes(connection)


class _Run:
    """The counts of one import, and what happens to each batch of lines."""

    def __init__(
        self,
        pool: Pool,
        rejects: Rejects,
        indexing: Indexing,
        to_row: Callable[[Mapping[str, Any]], dict[str, Any]] | None,
        language: str,
    ) -> None:
        self._pool = pool
        self._rejects = rejects
        self._indexing = indexing
        self._to_row = to_row
        self._language = language
        self._seen: set[int] = set()
        self.rows_read = self._created = self._changed = self._unchanged = 0

    def report(self, seconds: float) -> ImportReport:
        return ImportReport(
            rows_read=self.rows_read,
            created=self._created,
            changed=self._changed,
            unchanged=self._unchanged,
            rejected=self._rejects.count,
            seconds=seconds,
            errors_path=self._rejects.path if self._rejects.count else None,
        )

    async def check(self, lines: Sequence[Line]) -> list[Candidate]:
        """The rows of some lines that are good and differ from what was imported before.

        Lets go of the event loop now and then, so that the batch before is written meanwhile.
        """
        self.rows_read += len(lines)
        rows = []
        async for line in _leisurely(lines):
            row = self._read(line)
            if row is not None:
                rows.append((line.number, row))
        known = await self._hashes([row for _, row in rows])
        candidates = []
        async for number, row in _leisurely(rows):
            digest = _content_digest(row)
            stored = known.get(str(row.get("external_id")))
            if stored is not None and stored[:CONTENT_DIGEST_BYTES] == digest:
                self._unchanged += 1
            elif (candidate := self._checked(number, row, digest)) is not None:
                candidates.append(candidate)
        return candidates

    def _read(self, line: Line) -> dict[str, Any] | None:
        """The row of a line, unless it is broken or its product was in the file before."""
        if line.content is None:
            self._rejects.add(line.number, None, line.problem)
            return None
        try:
            row = self._to_row(line.content) if self._to_row is not None else line.content
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            self._rejects.add(line.number, None, f"does not fit the mapping: {type(problem).__name__} {problem}")
            return None
        external_id = row.get("external_id")
        mark = hash(external_id) if isinstance(external_id, str) else None
        if mark is not None and mark in self._seen:
            self._rejects.add(line.number, external_id, "the product stands in an earlier line of this file")
            return None
        if mark is not None:
            self._seen.add(mark)
        return row

    async def _hashes(self, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, bytes | None]:
        named = [row.get("external_id") for row in rows]
        ids = [name for name in named if isinstance(name, str) and is_storable(name)]
        async with self._pool.acquire() as connection:
            return await bulk.content_hashes(connection, ids)

    def _checked(self, number: int, row: Mapping[str, Any], digest: bytes) -> Candidate | None:
        try:
            product = ProductRow.model_validate(row)
        except ValidationError as problem:
            self._rejects.add(number, row.get("external_id"), _reasons(problem))
            return None
        if self._language in product.translations:
            reason = f"translations: {self._language!r} is the catalog's own language"
            self._rejects.add(number, product.external_id, reason)
            return None
        return Candidate(number, product, digest + _stock_digest(product))

    async def write_after(self, writing: asyncio.Task[None], candidates: Sequence[Candidate]) -> None:
        """Write the batch when the one before has been: two wait or are written while a third is checked."""
        await writing
        await self.write(candidates)

    async def write(self, candidates: Sequence[Candidate]) -> None:
        """Write the batch; where the database refuses it, halve it until the row to blame stands alone."""
        if not candidates:
            return
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                outcome = await write(connection, candidates, language=self._language)
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as problem:
            if len(candidates) == 1:
                self._rejects.add(
                    candidates[0].line, candidates[0].row.external_id, f"the database refused it: {problem}"
                )
                return
            middle = len(candidates) // 2
            await self.write(candidates[:middle])
            await self.write(candidates[middle:])
        else:
            self._indexing.wake()
            self._count(outcome)

    def _count(self, outcome: Outcome) -> None:
        self._created += outcome.created
        self._changed += outcome.changed
        for line, external_id, reason in outcome.rejected:
            self._rejects.add(line, external_id, reason)


async def _leisurely[Item](items: Iterable[Item]) -> AsyncIterator[Item]:
    """The items, with some turns of the event loop each time that a spell of work was spent on them."""
    let_go = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - let_go > SPELL_SECONDS:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            let_go = time.perf_counter()


def _content_digest(row: Mapping[str, Any]) -> bytes:
    content = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    return blake2b(content, digest_size=CONTENT_DIGEST_BYTES, person=FORMAT).digest()


def _stock_digest(product: ProductRow) -> bytes:
    counts = [
        (variant.sku, offer.vendor, offer.condition, level.warehouse, level.on_hand, level.safety)
        for variant in product.variants
        for offer in variant.offers
        for level in offer.stock
    ]
    return blake2b(orjson.dumps(sorted(counts)), digest_size=CONTENT_DIGEST_BYTES).digest()


def _reasons(problem: ValidationError) -> str:
    """All that is wrong with a row, as `variants.0.offers.1.prices.0: ...`."""
    reasons = []
    for error in problem.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(str(part) for part in error["loc"])
        reasons.append(
            f"{where}: {error['msg'].removeprefix('Value error, ')}"
            if where
            else error["msg"].removeprefix("Value error, ")
        )
    return "; ".join(reasons)
