"""`commerce search`: the index of the search engine outside the database."""

import typer

from server.settings import Settings, SettingsError

app = typer.Typer(help="Fill the index of OpenSearch or Elasticsearch.", no_args_is_help=True)


@app.callback()
def search() -> None:
    """Keeps `reindex` a command of its own while it is the only one."""


@app.command()
def reindex() -> None:
    """Fill a new index, and have searches go there once it is complete. Safe to repeat, while everything runs."""
    import uvloop  # noqa: PLC0415

    from server.local import local  # noqa: PLC0415

    if Settings.read().commerce_opensearch_url is None:
        raise SettingsError("COMMERCE_OPENSEARCH_URL: must be set for this command")
    with local(Settings.read(), gateway=False) as here:
        total = uvloop.run(_reindex(here.settings))
    typer.echo(f"Searches go to a new index. Products in it: {total}.")


async def _reindex(settings: Settings) -> int:
    from server.database import reach  # noqa: PLC0415
    from server.jobs.outside_index import reindex as fill  # noqa: PLC0415
    from server.outside_search import open_outside_search  # noqa: PLC0415
    from server.wiring import now  # noqa: PLC0415

    assert settings.database_url is not None
    pool = await reach(settings.database_url, min_size=1, max_size=4)
    try:
        async with open_outside_search(settings, pool) as search:
            assert search is not None
            return await fill(pool, search.index, now())
    finally:
        await pool.close()
