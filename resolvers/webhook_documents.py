"""The documents by which integrators shape what their webhooks are sent: a selection on `Event`.

As in `{ id type order { number total { gross { formatted } } } }`, with fragments of its own behind it if it likes.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    print_ast,
    visit,
)
from strawberry.federation.schema_directives import RequiresScopes

from domain.shared.actor import Actor
from execution import Executor, RequestRefused
from execution.declared import declared
from execution.documents import Operation

DEFAULT = """{
  id cursor type sequence occurredAt changes
  subject { __typename id }
  order { id }
  vendorOrder { id }
  offer { id }
}"""
"""What is sent to those who ask for nothing else."""
BUDGET = 2_000
"""Points that a payload may cost."""
EVENT = "event"
MAX_TOKENS = 2_000

_WRAPPING = "query Webhook($id: ID!) {{ {event}: node(id: $id) {{ ... on Event {selection} }} }}\n{fragments}"


class Unshaped(Exception):  # noqa: N818 - what it says is shown to whoever wrote the document
    """The text is not a selection with its fragments."""


def operation_text(document: str) -> str:
    """The operation that answers a selection on the event of an id; Unshaped for what is none.

    It is put together from what was parsed, so that nothing in the text can lead out of its place.
    """
    try:
        node = parse(document, no_location=True, max_lexical_tokens=MAX_TOKENS)
    except GraphQLError as error:
        raise Unshaped(error.message) from None
    selection, fragments = _parts(node)
    return _WRAPPING.format(
        event=EVENT,
        selection=print_ast(selection.selection_set),
        fragments="\n".join(print_ast(fragment) for fragment in fragments),
    )


def _parts(document: DocumentNode) -> tuple[OperationDefinitionNode, Sequence[FragmentDefinitionNode]]:
    selections = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    if len(selections) != 1 or len(fragments) + 1 != len(document.definitions) or not _is_bare(selections[0]):
        raise Unshaped("A document is one selection on Event in braces, as in `{ id type }`, and its fragments.")
    return selections[0], fragments


def _is_bare(node: OperationDefinitionNode) -> bool:
    return node.operation is OperationType.QUERY and not (node.name or node.variable_definitions or node.directives)


class WebhookDocuments:
    """Implements `domain.webhooks.ports.Documents` for one schema."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def problems(self, document: str, actor: Actor) -> Sequence[str]:
        try:
            text = operation_text(document)
            operation = (await self._executor.documents.admit_aside(text)).operation(None)
        except Unshaped as error:
            return [str(error)]
        except RequestRefused as refused:
            return [error.message for error in refused.errors]
        return list(self._too_much(operation, text, actor))

    def _too_much(self, operation: Operation, text: str, actor: Actor) -> Iterator[str]:
        cost = operation.price.of({})
        if cost > BUDGET:
            yield f"This costs {cost} points for each event, more than {BUDGET}."
        for name in sorted(self._forbidden(text, actor)):
            yield f"You may not read {name}."

    def _forbidden(self, text: str, actor: Actor) -> set[str]:
        """The fields that ask for scopes which the actor has not."""
        info, found = TypeInfo(self._executor.schema), set[str]()

        class Fields(Visitor):
            def enter_field(self, node: FieldNode, *_: object) -> None:
                parent, definition = info.get_parent_type(), info.get_field_def()
                for asked in declared(definition, RequiresScopes) if parent and definition else ():
                    if not any(set(map(str, wanted)) <= actor.scopes for wanted in asked.scopes):
                        found.add(f"{parent.name if parent else ''}.{node.name.value}")

        visit(parse(text, no_location=True), TypeInfoVisitor(info, Fields()))
        return found


@lru_cache(maxsize=1)
def documents_of(schema: strawberry.Schema) -> WebhookDocuments:
    """What checks documents against the schema; made when first asked for."""
    return WebhookDocuments(Executor(schema))
