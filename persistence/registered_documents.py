"""Documents that clients registered, by which they may be asked for (`execution/persisted.py`)."""

from collections.abc import Sequence

from domain.shared.making import dataclass
from persistence.statement import Connection, Database, Record

_TEXT = "SELECT text FROM registered_document WHERE document_id = $1 OR sha256 = $1 LIMIT 1"
_ALL = """
SELECT client, document_id, sha256, name, kind, text, cost, fields, access FROM registered_document
ORDER BY client, name, published_at
"""
_LATEST = """
SELECT text FROM (
    SELECT DISTINCT ON (sha256) sha256, text, published_at FROM registered_document ORDER BY sha256, published_at DESC
) AS registered
ORDER BY published_at DESC, sha256 LIMIT $1
"""
_ADD = """
INSERT INTO registered_document (client, document_id, sha256, name, kind, text, cost, fields, access)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (client, document_id) DO UPDATE
SET cost = excluded.cost, fields = excluded.fields, access = excluded.access
WHERE registered_document.text = excluded.text
RETURNING xmax = 0 AS is_new
"""
_OTHERS = """
SELECT client, name FROM registered_document WHERE document_id = $1 AND text <> $2 ORDER BY client LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class RegisteredDocument:
    """A document of one client: one operation with its fragments.

    `id` is the client's name for it, mostly a hash; `cost` is in points; `fields` are those that it uses, as in
    `Product.title`, and `access` what a caller needs for some of them.
    """

    client: str
    id: str
    sha256: str
    name: str
    kind: str
    text: str
    cost: int
    fields: tuple[str, ...] = ()
    access: tuple[str, ...] = ()


class DocumentIdTakenError(Exception):
    """Another text is registered under the id."""


async def registered_text(database: Database, id: str) -> str | None:
    """The text of the document of this id, or of this SHA-256."""
    text: str | None = await database.fetchval(_TEXT, id)
    return text


async def registered_documents(database: Database) -> Sequence[RegisteredDocument]:
    return [_document(row) for row in await database.fetch(_ALL)]


async def latest_texts(database: Database, most: int) -> Sequence[str]:
    """The texts that were published last, each once."""
    return [row["text"] for row in await database.fetch(_LATEST, most)]


async def register(connection: Connection, document: RegisteredDocument) -> bool:
    """Add a document, or bring up to date what is known of it; whether it is new.

    An id stands for one text for good: DocumentIdTakenError, naming who has it, for another.
    """
    if other := await connection.fetchrow(_OTHERS, document.id, document.text):
        raise DocumentIdTakenError(f"{document.id} is {other['name']} of {other['client']}")
    added = await connection.fetchrow(
        _ADD,
        document.client,
        document.id,
        document.sha256,
        document.name,
        document.kind,
        document.text,
        document.cost,
        list(document.fields),
        list(document.access),
    )
    return bool(added and added["is_new"])


def _document(row: Record) -> RegisteredDocument:
    values = dict(row)
    values["id"] = values.pop("document_id")
    return RegisteredDocument(**values | {name: tuple(values[name]) for name in ("fields", "access")})
