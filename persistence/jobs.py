"""The queue of jobs: pgqueuer's tables, in a schema of their own.

Jobs are written and read by statements of ours, so that a web process need not load the library to leave one behind;
workers take them through it (`server/jobs/queue.py`), and a test holds the two together.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.shared.jobs import Job, JobKind, ParkedJob
from domain.shared.page import Edge, Page, PageRequest
from persistence.paging import cut, decode_cursor, encode_cursor
from persistence.statement import Connection, Database, Record

SCHEMA = "queue"
CHANNEL = "commerce_jobs"
PAGE_SIZE = 50
BEHIND_ALL = 2**63 - 1
KINDS = [kind.value for kind in JobKind]

_ENQUEUE = f"""
INSERT INTO {SCHEMA}.pgqueuer (priority, entrypoint, payload, execute_after, dedupe_key, status)
SELECT 0, kind, convert_to(subject, 'UTF8'), coalesce(due, now()), key, 'queued'
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) AS job (kind, subject, due, key)
ON CONFLICT (dedupe_key) WHERE status = ANY (ARRAY['queued', 'picked']::{SCHEMA}.pgqueuer_status[])
    AND dedupe_key IS NOT NULL DO NOTHING
"""  # noqa: S608 - made of constants
_SELECT_PARKED = f"""
SELECT job.id, job.entrypoint AS kind, convert_from(job.payload, 'UTF8') AS subject, job.updated AS parked_at,
    (SELECT concat_ws(': ', log.traceback ->> 'exception_type', log.traceback ->> 'exception_message')
     FROM {SCHEMA}.pgqueuer_log AS log WHERE log.job_id = job.id AND log.traceback IS NOT NULL
     ORDER BY log.created DESC LIMIT 1) AS error
FROM {SCHEMA}.pgqueuer AS job
"""  # noqa: S608
_IS_PARKED = "job.status = 'failed' AND job.entrypoint = ANY($1::text[])"
_FORWARD = f"{_SELECT_PARKED} WHERE {_IS_PARKED} AND job.id < $2 ORDER BY job.id DESC LIMIT $3"
_BACKWARD = f"{_SELECT_PARKED} WHERE {_IS_PARKED} AND job.id > $2 ORDER BY job.id LIMIT $3"
_COUNT_PARKED = f"SELECT count(*) FROM {SCHEMA}.pgqueuer AS job WHERE {_IS_PARKED}"  # noqa: S608
_REPLAY = f"""
WITH parked AS (DELETE FROM {SCHEMA}.pgqueuer WHERE id = $1 AND status = 'failed' RETURNING entrypoint, payload)
INSERT INTO {SCHEMA}.pgqueuer (priority, entrypoint, payload, status)
SELECT 0, entrypoint, payload, 'queued' FROM parked RETURNING id
"""  # noqa: S608 - a new row, since pgqueuer wakes its workers for those alone
_FORGET = (
    f"DELETE FROM {SCHEMA}.pgqueuer_log WHERE id IN (SELECT id FROM {SCHEMA}.pgqueuer_log WHERE created < $1 LIMIT $2)"  # noqa: S608
)


async def enqueue(connection: Connection, jobs: Sequence[Job]) -> None:
    """Leave the jobs to the workers, who take them after the transaction has committed."""
    await connection.execute(
        _ENQUEUE,
        [job.kind.value for job in jobs],
        [job.subject for job in jobs],
        [job.due for job in jobs],
        [job.key for job in jobs],
    )


async def parked_jobs(database: Database, request: PageRequest) -> Page[ParkedJob]:
    """The jobs that failed for good, the newest first, of the kinds that this release knows."""
    size = request.first if request.first is not None else request.last if request.last is not None else PAGE_SIZE
    cursor = request.after if request.last is None else request.before
    if cursor is None:
        boundary = BEHIND_ALL if request.last is None else 0
    else:
        (boundary,) = decode_cursor(cursor, "parked_jobs", int)
    rows = await database.fetch(_FORWARD if request.last is None else _BACKWARD, KINDS, boundary, size + 1)

    async def count() -> int:
        counted: int = await database.fetchval(_COUNT_PARKED, KINDS)
        return counted

    return cut(rows, request, size, edge=_edge, count=count)


async def replay(database: Database, job_id: int) -> bool:
    """Give a parked job back to the workers; whether there was one."""
    return await database.fetchval(_REPLAY, job_id) is not None


async def forget_history(database: Database, before: datetime, *, limit: int) -> int:
    """Delete what the queue remembers of jobs that ended before a moment; how many entries there were."""
    status: str = await database.execute(_FORGET, before, limit)
    return int(status.removeprefix("DELETE "))


def _edge(row: Record) -> Edge[ParkedJob]:
    job = ParkedJob(str(row["id"]), JobKind(row["kind"]), row["subject"], row["parked_at"], row["error"] or None)
    return Edge(encode_cursor("parked_jobs", row["id"]), job)
