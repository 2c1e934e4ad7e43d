"""What a client's document costs, uses and needs, or what is wrong with it by the present schema."""

from collections.abc import Iterable, Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    value_from_ast_untyped,
    visit,
)
from strawberry.federation.schema_directives import Authenticated, Policy, RequiresScopes

from execution import Executor, RequestRefused
from execution.declared import declared
from execution.documents import Operation
from persistence.registered_documents import RegisteredDocument
from server.operations.reading import ClientDocument
from server.settings import Settings

ERRORS = "errors"


class Examiner:
    """Reads documents as the server will: by the same schema, limits and price list."""

    def __init__(self, executor: Executor, *, budget: int) -> None:
        self._executor = executor
        self._budget = budget

    def problems(self, document: ClientDocument) -> Iterator[str]:
        """One line for each problem, naming the document and its client."""
        try:
            operation = self._operation(document)
        except RequestRefused as refused:
            for error in refused.errors:
                yield _told(document, error.message)
            return
        cost = cost_of(operation)
        if self._budget and cost > self._budget:
            yield _told(document, f"costs {cost} points, more than {self._budget}")
        for name in _without_errors(operation):
            yield _told(document, f"does not select `{ERRORS}` of {name}")

    def registered(self, document: ClientDocument) -> RegisteredDocument:
        """What is to be kept of a document without problems."""
        operation = self._operation(document)
        uses = _Uses(self._executor)
        uses.read(parse(document.text, no_location=True))
        return RegisteredDocument(
            client=document.client,
            id=document.id,
            sha256=document.sha256,
            name=document.name,
            kind=operation.type.name,
            text=document.text,
            cost=cost_of(operation),
            fields=tuple(sorted(uses.fields)),
            access=tuple(sorted(uses.access)),
        )

    def _operation(self, document: ClientDocument) -> Operation:
        return self._executor.documents.admit(document.text).operation(None)


def examiner(settings: Settings) -> Examiner:
    """One for the published schema; a document may cost what the dearest kind of client may spend at once."""
    from schema.root import schema  # noqa: PLC0415 - a second of imports
    from server import web  # noqa: F401, PLC0415 - makes the schema know @inContext

    budgets = (
        settings.commerce_cost_guest,
        settings.commerce_cost_customer,
        settings.commerce_cost_vendor,
        settings.commerce_cost_staff,
        settings.commerce_cost_api_key,
    )
    return Examiner(Executor(schema), budget=0 if 0 in budgets else max(budgets))


def cost_of(operation: Operation) -> int:
    """What an operation costs with the defaults of its variables."""
    return operation.price.of(
        {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in operation.definition.variable_definitions or ()
            if each.default_value is not None
        }
    )


class _Uses:
    """The fields that a document selects, and what their callers need."""

    def __init__(self, executor: Executor) -> None:
        self._schema = executor.schema
        self.fields: set[str] = set()
        self.access: set[str] = set()

    def read(self, document: DocumentNode) -> None:
        info = TypeInfo(self._schema)
        uses = self

        class Fields(Visitor):
            def enter_field(self, node: FieldNode, *_: object) -> None:
                parent, field = info.get_parent_type(), info.get_field_def()
                if parent is None or field is None or node.name.value.startswith("__"):
                    return
                uses.fields.add(f"{parent.name}.{node.name.value}")
                uses.access.update(_needs(field))
                if isinstance(parent, GraphQLObjectType):
                    uses.access.update(_needs(parent))

        visit(document, TypeInfoVisitor(info, Fields()))


def _needs(element: GraphQLField | GraphQLObjectType) -> Iterator[str]:
    if any(declared(element, Authenticated)):
        yield "authenticated"
    for scoped in declared(element, RequiresScopes):
        yield f"scopes {_alternatives(scoped.scopes)}"
    for ruled in declared(element, Policy):
        yield f"policies {_alternatives(ruled.policies)}"


def _alternatives(wanted: Iterable[Iterable[str]]) -> str:
    """`a+b | c`: both of the first, or the second."""
    return " | ".join("+".join(sorted(map(str, together))) for together in wanted)


def _without_errors(operation: Operation) -> Iterator[str]:
    """The mutations whose payload is taken without the reasons why it may have been refused."""
    if operation.type is not OperationType.MUTATION:
        return
    for node in operation.definition.selection_set.selections:
        if isinstance(node, FieldNode) and ERRORS not in _selected(node, operation.fragment_definitions):
            yield node.name.value


def _selected(node: FieldNode, fragments: dict[str, FragmentDefinitionNode]) -> set[str]:
    """The names of the fields right below a field, in its fragments too."""
    found: set[str] = set()
    waiting = [node.selection_set] if node.selection_set else []
    while waiting:
        for each in waiting.pop().selections:
            if isinstance(each, FieldNode):
                found.add(each.name.value)
            elif isinstance(each, FragmentSpreadNode):
                waiting.append(fragments[each.name.value].selection_set)
            elif isinstance(each, InlineFragmentNode):
                waiting.append(each.selection_set)
    return found


def _told(document: ClientDocument, problem: str) -> str:
    return f"{document.name} of {document.client} ({document.source}): {problem}"
