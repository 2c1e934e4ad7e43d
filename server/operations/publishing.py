"""Registering documents, and whether those that are registered still run."""

from collections.abc import Sequence

from domain.shared.making import dataclass
from persistence.registered_documents import DocumentIdTakenError, register, registered_documents
from persistence.statement import Pool
from server.database import reach
from server.operations.examining import Examiner, examiner
from server.operations.reading import ClientDocument, OperationsError
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Published:
    """How many documents were new, and how many were there already."""

    new: int
    known: int


async def publish(pool: Pool, documents: Sequence[ClientDocument], examine: Examiner) -> Published:
    """Register all of the documents, or none: OperationsError tells every problem."""
    if problems := [problem for document in documents for problem in examine.problems(document)]:
        raise OperationsError("\n".join(problems))
    async with pool.acquire() as connection, connection.transaction():
        try:
            added = [await register(connection, examine.registered(document)) for document in documents]
        except DocumentIdTakenError as error:
            raise OperationsError(str(error)) from None
    return Published(sum(added), len(added) - sum(added))


async def publish_here(settings: Settings, documents: Sequence[ClientDocument]) -> Published:
    """The same in the database that the settings name."""
    assert settings.database_url is not None
    pool = await reach(settings.database_url, min_size=1, max_size=2)
    try:
        return await publish(pool, documents, examiner(settings))
    finally:
        await pool.close()


async def problems_of_registered(settings: Settings) -> list[str]:
    """What the present schema would break of what is registered in the database that the settings name."""
    assert settings.database_url is not None
    pool = await reach(settings.database_url, min_size=1, max_size=2)
    try:
        examine = examiner(settings)
        return [
            problem
            for each in await registered_documents(pool)
            for problem in examine.problems(ClientDocument(each.client, each.id, each.name, each.text, "registered"))
        ]
    finally:
        await pool.close()
