"""`commerce operations`: the documents of clients."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from server.operations.manifest import Format, read, written
from server.operations.reading import FOLDER, ClientDocument, OperationsError, clients_in, documents_of
from server.settings import Settings

FAILED = 1

app = typer.Typer(help="Check, register and list the documents of clients.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option(help="Where clients have a folder each.", file_okay=False)]
Clients = Annotated[list[str] | None, typer.Option("--client", help="Only this client; may be repeated.")]


@app.command()
def check(
    *,
    folder: Folder = FOLDER,
    client: Clients = None,
    registered: Annotated[
        bool, typer.Option("--registered", help="Look at what is registered in the database instead.")
    ] = False,
) -> None:
    """Fail if a document does not run by the schema of this release; each problem names document and client."""
    from server.operations.examining import examiner  # noqa: PLC0415 - a second of imports

    if registered:
        problems = _with_database(_problems_of_registered)
    else:
        examine = examiner(Settings.read())
        problems = [problem for each in _documents(folder, client) for problem in examine.problems(each)]
    for problem in problems:
        typer.echo(problem, err=True)
    raise typer.Exit(FAILED if problems else 0)


@app.command()
def publish(*, folder: Folder = FOLDER, client: Clients = None) -> None:
    """Register the documents in `graphql/operations/<client>/`. Safe to repeat; what was registered stays."""
    _publish(_documents(folder, client))


@app.command()
def manifest(
    client: Annotated[str, typer.Argument(help="The client.")],
    *,
    form: Annotated[Format, typer.Option("--format", help="What is written.")] = Format.APOLLO,
    output: Annotated[Path | None, typer.Option(help="The file to write; otherwise it is printed.")] = None,
    given: Annotated[
        Path | None,
        typer.Option("--read", help="Register what this manifest has, of either format.", exists=True, dir_okay=False),
    ] = None,
    folder: Folder = FOLDER,
) -> None:
    """Write the manifest of a client's documents, or register the documents of a manifest that its build made."""
    if given is not None:
        _publish(_read(lambda: read(given.read_bytes(), client, given.name)))
        return
    text = written(_documents(folder, [client]), form)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_bytes(text)


def _documents(folder: Path, clients: Sequence[str] | None) -> list[ClientDocument]:
    known = clients_in(folder)
    if unknown := set(clients or ()) - set(known):
        raise typer.BadParameter(f"no folder of {', '.join(sorted(unknown))} in {folder}")
    return _read(lambda: [document for each in clients or known for document in documents_of(each, folder)])


def _read(reading: Callable[[], list[ClientDocument]]) -> list[ClientDocument]:
    try:
        return reading()
    except OperationsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from None


def _publish(documents: list[ClientDocument]) -> None:
    from server.operations.publishing import publish_here  # noqa: PLC0415

    try:
        done = _with_database(lambda settings: publish_here(settings, documents))
    except OperationsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(f"Registered {done.new} documents; {done.known} were registered already.")


async def _problems_of_registered(settings: Settings) -> list[str]:
    from server.operations.publishing import problems_of_registered  # noqa: PLC0415

    return await problems_of_registered(settings)


def _with_database(work: Callable[[Settings], Any]) -> Any:
    import uvloop  # noqa: PLC0415

    from server.local import local  # noqa: PLC0415

    with local(Settings.read(), gateway=False) as here:
        return uvloop.run(work(here.settings))
