"""Catalogs of several sizes, made of real products by `bench/generate.py` and kept if wanted."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from bench.generate import DEFAULT_FOLDER, generate
from persistence import migrations
from server.embedded import EmbeddedServers
from server.settings import SettingsError

UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
DONE = "catalog-of"
"""The file in a data folder that says how many products were made there, and in which schema."""


def sizes_of(text: str) -> Sequence[int]:
    """`10k,100k,1m` as numbers of products, the smallest first; SettingsError for anything else."""
    found = []
    for word in filter(None, (word.strip().lower() for word in text.split(","))):
        said = re.fullmatch(r"([1-9]\d*)([km]?)", word)
        if said is None:
            raise SettingsError(f"--sizes: {word}: must be numbers of products by commas, as in 10k,100k,1m")
        found.append(int(said[1]) * UNITS[said[2]])
    return sorted(set(found))


def catalog_in(parent: Path, products: int) -> Path:
    """The data folder of a store with so many products, which is made where it is not there yet.

    SettingsError without the real products that they are made of, and for a store in another schema.
    """
    folder = parent / f"{products}-products"
    mark, made = folder / DONE, f"{products} in {migrations.HEAD}\n"
    if mark.exists():
        if mark.read_text() != made:
            raise SettingsError(f"--keep: {folder} is the catalog of another release: remove it to have it made anew")
        return folder
    if not DEFAULT_FOLDER.is_dir():
        raise SettingsError(f"--sizes: {DEFAULT_FOLDER} does not hold the products of Open Icecat")
    with EmbeddedServers(folder, durable=False) as servers:
        migrations.upgrade(servers.database_url)
        asyncio.run(generate(servers.database_url, products))
    mark.write_text(made)
    return folder


async def database_bytes(database_url: str) -> int:
    connection = await asyncpg.connect(database_url)
    found: int = await connection.fetchval("SELECT pg_database_size(current_database())")
    await connection.close()
    return found
