"""`commerce serve`: the web processes, and on a machine of its own everything else beside one of them."""

import asyncio
import gc
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress

import uvloop

from persistence import migrations
from server.children import Child
from server.database import reach
from server.importing import import_processes, import_web
from server.listening import address_of, listening_socket, listening_sockets
from server.local import Local, local
from server.logs import set_up_logs
from server.machine import usable_cores
from server.settings import Settings, named
from server.siblings import Board
from server.supervisor import Supervisor

STOP_MARGIN_SECONDS = 5.0

GREETING = """
Global Commerce is at {origin}/graphql

  Try:              {query}
  Sample accounts:  shopper@example.com, vendor-house@example.com, staff@example.com
  Their password:   sample-password
"""
QUERY = (
    """curl -s {origin}/graphql --json '{{"query": "{{ search(input: {{query: \\"apron\\"}}) {{ totalCount }} }}"}}'"""
)


def serve_here(settings: Settings, *, worker: bool | None) -> None:
    """Serve until told to stop, by as many processes as the settings say."""
    count = settings.commerce_web_processes or usable_cores()
    if count > 1:
        serve_by_many(named(settings, "several web processes"), count, worker=worker or False)
    else:
        serve_alone(settings, worker=worker)


def serve_by_many(settings: Settings, count: int, *, worker: bool) -> None:
    """Serve by processes that share this one's imports, and with a worker among them if there shall be one."""
    processes = import_processes()  # a second: not before settings are right
    set_up_logs(settings, "supervisor")
    listeners = listening_sockets(settings.host, settings.port, count)
    board = Board(count + worker)
    works = [*processes.web_works(settings, listeners, board), *([processes.worker_work(settings)] if worker else [])]
    origin = address_of(listeners[0])
    gc.freeze()
    status = Supervisor(works, board, stop_seconds=stop_seconds(settings), on_ready=lambda: greet(origin)).run()
    if status:
        raise SystemExit(status)


def stop_seconds(settings: Settings) -> float:
    """How long a process is given to stop before it is killed: for its streams to end, then for its requests."""
    return 2 * settings.commerce_drain_seconds + STOP_MARGIN_SECONDS


def serve_alone(settings: Settings, *, worker: bool | None) -> None:
    """Serve until told to stop. A database of our own is migrated, filled and given a worker."""
    set_up_logs(settings, "web")
    importing = threading.Thread(target=import_web)
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        listener = stack.enter_context(listening_socket(settings.host, settings.port))
        importing.start()
        here = stack.enter_context(local(settings, origin=address_of(listener)))
        if here.is_own_database:
            asyncio.run(prepare(here, until_imported=importing.join))
        importing.join()
        from server.web_process import serve  # noqa: PLC0415 - imported while the servers started

        def ready() -> None:
            if worker if worker is not None else here.is_own_database:
                stack.callback(Child("worker", environment=here.environment).stop)
            greet(address_of(listener))

        uvloop.run(serve(here.settings, listener, ready))


async def prepare(here: Local, *, until_imported: Callable[[], None] = lambda: None) -> None:
    """Bring a database of our own up to date, and fill it when it is empty.

    What that needs is imported when nobody else does, which `until_imported` waits for: two threads that import what
    leads to each other, as the modules of SQLAlchemy do, are given halves of them.
    """
    url = here.settings.database_url
    assert url is not None
    pool = await reach(url, min_size=1, max_size=4)
    try:
        if not await migrations.is_current(pool):
            await asyncio.to_thread(until_imported)
            await asyncio.to_thread(migrations.upgrade, url)
        if here.settings.commerce_sample and not await pool.fetchval("SELECT EXISTS (SELECT FROM product)"):
            await asyncio.to_thread(until_imported)
            from server.sample_data import load_sample  # noqa: PLC0415 - half a second, for an empty database only

            await load_sample(pool)
    finally:
        await pool.close()


def greet(origin: str) -> None:
    print(GREETING.format(origin=origin, query=QUERY.format(origin=origin)), file=sys.stdout, flush=True)  # noqa: T201
