"""A start finds its database, or says in one line why not."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest

from server.database import reach
from server.settings import SettingsError
from tests.journeys.world import free_port


async def test_a_database_that_comes_up_later_is_waited_for(worker_database_url: str, tmp_path: Path):
    """By a socket of its own, which is there after a while."""
    parts = urlsplit(worker_database_url)
    folder = parse_qs(parts.query).get("host", [None])[0]
    if folder is None:
        pytest.skip("these tests were given a database that is reached by TCP")
    url = urlunsplit(parts._replace(query=urlencode({"host": str(tmp_path), "port": 5432})))
    reaching = asyncio.create_task(reach(url, patience_seconds=30, min_size=1, max_size=1))
    await asyncio.sleep(0.7)
    assert not reaching.done()

    (tmp_path / ".s.PGSQL.5432").symlink_to(f"{folder}/.s.PGSQL.5432")
    pool = await reaching

    assert await pool.fetchval("SELECT 1") == 1
    await pool.close()


async def test_one_that_stays_away_is_given_up():
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: the database cannot be reached: .*refused"):
        await reach(f"postgresql://shop:hidden@127.0.0.1:{free_port()}/shop", patience_seconds=0.6)


async def test_one_that_is_not_there_is_not_waited_for(worker_database_url: str):
    absent = urlunsplit(urlsplit(worker_database_url)._replace(path="/absent"))

    with pytest.raises(SettingsError, match='DATABASE_URL: database "absent" does not exist'):
        async with asyncio.timeout(10):
            await reach(absent, patience_seconds=60)


@pytest.mark.parametrize("command", [("migrate",), ("doctor",), ("import", "tax-rates", "--eu")], ids=" ".join)
def test_commands_without_a_database_end_with_one_line_and_no_secret(command: tuple[str, ...], tmp_path: Path):
    url = f"postgresql://shop:hidden@127.0.0.1:{free_port()}/shop"
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1"}

    done = subprocess.run(
        [sys.executable, "-m", "server", *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("commerce: DATABASE_URL: the database cannot be reached: ")
    assert "hidden" not in line
