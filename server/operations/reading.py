"""The operations of clients as they stand in files: `graphql/operations/<client>/*.graphql`.

Files of one client share their fragments. Each operation makes one document: itself and the fragments that it spreads,
printed in one way, so that neither layout nor comments change its hash.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from domain.shared.making import dataclass

FOLDER = Path(__file__).parents[2] / "graphql" / "operations"
"""Where they stand in a checkout."""


@dataclass(frozen=True, slots=True)
class ClientDocument:
    """A document of a client, from wherever it was read. `id` is what the client calls it by."""

    client: str
    id: str
    name: str
    text: str
    source: str

    @property
    def sha256(self) -> str:
        return hash_of(self.text)


class OperationsError(Exception):
    """What is wrong in a file, in one line."""


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def clients_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []


def documents_of(client: str, folder: Path = FOLDER) -> list[ClientDocument]:
    """The documents of a client by name; OperationsError for what cannot be read."""
    operations: dict[str, tuple[OperationDefinitionNode, str]] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for path in sorted((folder / client).rglob("*.graphql")):
        source = f"{client}/{path.name}"
        for node in _definitions(path, source):
            if isinstance(node, FragmentDefinitionNode):
                _add(fragments, node.name.value, node, source)
            elif isinstance(node, OperationDefinitionNode):
                if node.name is None:
                    raise OperationsError(f"{source}: an operation has no name")
                _add(operations, node.name.value, (node, source), source)
    return [_document(client, name, node, fragments, source) for name, (node, source) in sorted(operations.items())]


def _definitions(path: Path, source: str) -> Iterable[Node]:
    try:
        return parse(path.read_text(), no_location=True).definitions
    except GraphQLError as error:
        raise OperationsError(f"{source}: {error.message}") from None


def _add[Value](known: dict[str, Value], name: str, value: Value, source: str) -> None:
    if name in known:
        raise OperationsError(f"{source}: {name} is there twice")
    known[name] = value


def _document(
    client: str,
    name: str,
    node: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    source: str,
) -> ClientDocument:
    found: dict[str, FragmentDefinitionNode] = {}
    _spread(node, fragments, found, source)
    parts = [node, *(found[each] for each in sorted(found))]
    text = "\n\n".join(print_ast(part) for part in parts)
    return ClientDocument(client, hash_of(text), name, text, source)


def _spread(
    node: Node,
    fragments: Mapping[str, FragmentDefinitionNode],
    found: dict[str, FragmentDefinitionNode],
    source: str,
) -> None:
    for name in _spreads(node):
        if name in found:
            continue
        if name not in fragments:
            raise OperationsError(f"{source}: there is no fragment {name}")
        found[name] = fragments[name]
        _spread(fragments[name], fragments, found, source)


def _spreads(node: Node) -> Iterator[str]:
    names: list[str] = []

    class Spreads(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            names.append(spread.name.value)

    visit(node, Spreads())
    yield from names
