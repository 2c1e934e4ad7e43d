"""The `commerce` command."""

import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from server.children import end_with_parent
from server.embedded import EmbeddedError
from server.garbage import put_off_collection
from server.importing import import_serving, import_worker
from server.operations.command import app as operations
from server.search_command import app as search
from server.settings import Settings, SettingsError, named

app = typer.Typer(
    name="commerce",
    help="Global Commerce: a headless commerce server.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.add_typer(operations, name="operations")
app.add_typer(search, name="search")

FAILED = 1


def main() -> None:
    """Run a command; what the operator can mend is told in one line."""
    end_with_parent()
    try:
        app()
    except (SettingsError, EmbeddedError) as error:
        print(f"commerce: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(FAILED) from None


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    import uvloop  # noqa: PLC0415 - a second of imports that half of the commands do without

    with suppress(KeyboardInterrupt):
        return uvloop.run(work())


@app.command()
def serve(
    *,
    worker: Annotated[
        bool | None, typer.Option(help="Run a worker beside it. By default where the database is run for you.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=0, help="How many serve on the port, 0 for one a core: COMMERCE_WEB_PROCESSES.")
    ] = None,
) -> None:
    """Serve GraphQL. What the settings do not name (PostgreSQL, Valkey, a gateway) is run beside it."""
    put_off_collection()
    serving = import_serving()
    settings = Settings.read()
    chosen = settings if processes is None else settings.model_copy(update={"commerce_web_processes": processes})
    serving.serve_here(chosen, worker=worker)


@app.command()
def worker() -> None:
    """Do the work that goes on without requests: the event log, the search index, payments left open."""
    put_off_collection()
    from server.logs import set_up_logs  # noqa: PLC0415

    process = import_worker()
    settings = named(Settings.read())
    set_up_logs(settings, "worker")
    run(lambda: process.work(settings))


@app.command()
def migrate(
    *,
    check: Annotated[bool, typer.Option(help="Change nothing; fail if models and migrations differ.")] = False,
    sample: Annotated[bool, typer.Option(help="Then give an empty database the sample store.")] = False,
) -> None:
    """Bring the database to the schema of this release."""
    from persistence import migrations  # noqa: PLC0415
    from server.database import check_reachable  # noqa: PLC0415
    from server.local import local  # noqa: PLC0415
    from server.migration_check import check_migrations  # noqa: PLC0415

    if check:
        problems = check_migrations()
        for problem in problems:
            typer.echo(problem, err=True)
        raise typer.Exit(FAILED if problems else 0)
    with local(Settings.read(), gateway=False) as here:
        url = here.settings.database_url
        assert url is not None
        run(lambda: check_reachable(url))
        migrations.upgrade(url)
        if sample:
            from server.sample_data import fill  # noqa: PLC0415

            run(lambda: fill(here.settings))


IMPORTED = ("products", "tax-rates", "duty-rates", "exchange-rates", "pickup-points")


@app.command(name="import")
def import_(
    what: Annotated[
        str, typer.Argument(help="`products`, `tax-rates`, `duty-rates`, `exchange-rates` or `pickup-points`.")
    ],
    files: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Products: JSON Lines or CSV, also as .gz.")
    ] = None,
    *,
    mapping: Annotated[str | None, typer.Option(help="How rows of another source become ours: `icecat`.")] = None,
    errors: Annotated[Path | None, typer.Option(help="Where bad rows go; `<file>.errors.jsonl` by default.")] = None,
    eu: Annotated[bool, typer.Option("--eu", help="Tax rates: those of Europe, which come with the product.")] = False,
) -> None:
    """Bring in products, rates of taxes, duties and exchange, or points to fetch goods at. Safe to repeat."""
    from server.imports import command  # noqa: PLC0415
    from server.local import local  # noqa: PLC0415

    given = files or []
    if what not in IMPORTED:
        raise typer.BadParameter(f"only {', '.join(IMPORTED)} can be imported", param_hint="WHAT")
    if what != "products" and not given and not (eu and what == "tax-rates"):
        raise typer.BadParameter("name a file; of tax rates, --eu brings Europe's", param_hint="FILES")
    if what == "products" and len(given) != 1:
        raise typer.BadParameter("name one file of products", param_hint="FILES")
    with local(Settings.read(), gateway=False) as here:
        works: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "products": lambda: command.import_file(here, given[0], mapping=mapping, errors=errors),
            "tax-rates": lambda: command.import_tax_rates(here, given, europe=eu),
            "duty-rates": lambda: command.import_duty_rates(here, given),
            "exchange-rates": lambda: command.import_rates_of_exchange(here, given),
            "pickup-points": lambda: command.import_points(here, given),
        }
        failed = run(works[what])
    raise typer.Exit(FAILED if failed else 0)


@app.command()
def schema(
    *,
    check: Annotated[bool, typer.Option(help="Write nothing; fail if graphql/schema.graphql is another.")] = False,
    contract: Annotated[
        str | None, typer.Option(help="Print what is for one kind of client: `storefront`, `vendor` or `admin`.")
    ] = None,
) -> None:
    """Write the published SDL to graphql/schema.graphql, and its reference; outside a checkout, print the SDL."""
    from server.published import CONTRACTS, SDL, published_contract, published_sdl  # noqa: PLC0415
    from server.reference import write_pages  # noqa: PLC0415

    if contract is not None:
        if contract not in CONTRACTS:
            raise typer.BadParameter(f"only {', '.join(CONTRACTS)} are contracts", param_hint="--contract")
        typer.echo(published_contract(contract), nl=False)
        return
    text = published_sdl()
    if not SDL.parent.exists():
        typer.echo(text, nl=False)
        return
    if check and SDL.read_text() != text:
        typer.echo(f"{SDL.name} is not what the code declares: run `commerce schema`.", err=True)
        raise typer.Exit(FAILED)
    if not check:
        SDL.write_text(text)
        write_pages(text)


@app.command()
def reference(
    *,
    check: Annotated[bool, typer.Option(help="Write nothing; fail if docs/reference says something else.")] = False,
) -> None:
    """Write the reference of the API to docs/reference, as `commerce schema` does too; only in a checkout."""
    from server.published import published_sdl  # noqa: PLC0415
    from server.reference import are_written, write_pages  # noqa: PLC0415

    sdl = published_sdl()
    if check and not are_written(sdl):
        typer.echo("docs/reference is not what the schema says: run `commerce reference`.", err=True)
        raise typer.Exit(FAILED)
    if not check:
        write_pages(sdl)


@app.command()
def doctor() -> None:
    """Check a live database against the rules: sums, stock, orphans, gaps in the event log."""
    from server.doctor import examine  # noqa: PLC0415
    from server.local import local  # noqa: PLC0415

    with local(Settings.read(), gateway=False) as here:
        findings = run(lambda: examine(here.settings))
    for finding in findings:
        typer.echo(finding, err=True)
    typer.echo("The database keeps every rule." if not findings else f"Broken rules: {len(findings)}.")
    raise typer.Exit(FAILED if findings else 0)


@app.command()
def bench(
    *,
    seconds: Annotated[float, typer.Option(min=0.3, help="How long each operation is measured.")] = 3.0,
    only: Annotated[
        list[str] | None, typer.Option(help="Only the operation of this name, or `start`; may be repeated.")
    ] = None,
    connections: Annotated[int, typer.Option(min=1, max=64, help="How many clients ask at once.")] = 8,
    catalog: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="An Icecat file to import beside the sample.")
    ] = None,
    profile: Annotated[Literal["shop"] | None, typer.Option(help="`shop`: also the mix of a real shop.")] = None,
    sizes: Annotated[str, typer.Option(help="Also catalogs of so many products: `10k,100k,1m`.")] = "",
    processes: Annotated[str, typer.Option(help="Also so many web processes: `1,2,4`.")] = "",
    soak: Annotated[
        float, typer.Option(min=0.0, help="Also memory under the mix of a shop, for so many minutes.")
    ] = 0.0,
    keep: Annotated[
        Path | None, typer.Option(file_okay=False, help="Where the catalogs of --sizes stay for the next run.")
    ] = None,
    compare: Annotated[str | None, typer.Option(help="Only compare with this revision, by turns.")] = None,
    json: Annotated[Path | None, typer.Option("--json", dir_okay=False, help="A file to keep the figures in.")] = None,
    write: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A page to write the figures into.")
    ] = None,
) -> None:
    """Measure what operations cost, on stores of its own in a temporary folder."""
    from bench.command import Plan, run  # noqa: PLC0415

    run(
        Plan.of(
            seconds=seconds,
            connections=connections,
            only=only or (),
            catalog=catalog,
            shop=profile == "shop",
            sizes=sizes,
            processes=processes,
            soak_minutes=soak,
            keep=keep,
        ),
        base=compare,
        json=json,
        page=write,
    )


@app.command()
def gateway(
    port: Annotated[int, typer.Option(help="0 for any that is free.")] = 0,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
) -> None:
    """Run the test gateway, and the double of Stripe at `/stripe`. They move no money; the address is printed."""
    from server.gateway_process import serve_gateway  # noqa: PLC0415

    folder = Settings.read().data_dir
    folder.mkdir(parents=True, exist_ok=True)
    run(lambda: serve_gateway(folder, host, port))
