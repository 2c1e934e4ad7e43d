"""Lists of documents in the formats of the tools that make and take them.

- `apollo`: the manifest of Apollo's `generate-persisted-query-manifest`, for its clients and GraphOS.
- `codegen`: `persisted-documents.json` of graphql-codegen's client preset, an object of texts by their hash.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import orjson
from graphql import GraphQLError, OperationDefinitionNode, parse

from server.operations.reading import ClientDocument, OperationsError

APOLLO = "apollo-persisted-query-manifest"
MAX_ID_CHARACTERS = 256


class Format(StrEnum):
    APOLLO = "apollo"
    CODEGEN = "codegen"


def written(documents: Iterable[ClientDocument], form: Format) -> bytes:
    """The manifest, ending with a line break."""
    if form is Format.CODEGEN:
        content: Any = {each.id: each.text for each in documents}
    else:
        operations = [
            {"id": each.id, "name": each.name, "type": _operation(each.text).operation.value, "body": each.text}
            for each in documents
        ]
        content = {"format": APOLLO, "version": 1, "operations": operations}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read(manifest: bytes, client: str, source: str) -> list[ClientDocument]:
    """The documents in a manifest of either format; OperationsError says what is wrong with it."""
    try:
        content = orjson.loads(manifest)
    except orjson.JSONDecodeError as error:
        raise OperationsError(f"{source}: {error}") from None
    if not isinstance(content, dict):
        raise OperationsError(f"{source}: must be a JSON object")
    if "format" not in content:
        return [_document(client, id, text, source) for id, text in content.items()]
    if content["format"] != APOLLO or content.get("version") != 1 or not isinstance(content.get("operations"), list):
        raise OperationsError(f"{source}: must be of the format {APOLLO}, version 1")
    return [_document(client, *_entry(each, source), source) for each in content["operations"]]


def _entry(each: Any, source: str) -> tuple[Any, Any]:
    if not isinstance(each, dict) or not {"id", "body"} <= each.keys():
        raise OperationsError(f"{source}: each operation has an `id` and a `body`")
    return each["id"], each["body"]


def _document(client: str, id: Any, text: Any, source: str) -> ClientDocument:
    if not isinstance(id, str) or not 0 < len(id) <= MAX_ID_CHARACTERS or not isinstance(text, str):
        raise OperationsError(f"{source}: ids and documents must be texts")
    try:
        name = _operation(text).name
    except (GraphQLError, StopIteration):
        raise OperationsError(f"{source}: {id} is no document with an operation") from None
    return ClientDocument(client, id.removeprefix("sha256:"), name.value if name else id, text, source)


def _operation(text: str) -> OperationDefinitionNode:
    return next(part for part in parse(text).definitions if isinstance(part, OperationDefinitionNode))
