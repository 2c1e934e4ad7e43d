"""Documents that may run: parsed, measured and validated, and kept while they are asked for again."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from graphql import (
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Lexer,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    Source,
    Token,
    VariableNode,
    Visitor,
    specified_rules,
    validate,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.language.parser import Parser, nested_too_deeply_error
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from execution.aside import Aside
from execution.caching import CachePolicy, policy_of
from execution.cost import Price, price_of
from execution.errors import RequestErrorCode, RequestRefused, coded, refusal
from execution.limits import Limits, asks_schema_alone, exceeded
from execution.merging import conflict_in
from execution.text import StorableTextRule

RULES: tuple[type[ASTValidationRule], ...] = (
    *(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
    StorableTextRule,
)
MAX_VALIDATION_ERRORS = 5
CONDITIONS = frozenset({"skip", "include"})
LONG_CHARACTERS = 1_000
"""Shorter documents take a few milliseconds at the most, whatever they hold."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Operation:
    """One operation of an admitted document, with the fragments it may spread, its price and who may keep its answer.

    `text`: of its whole document. `kind`: its type in a word. `conditions`: the variables by which `@skip` and
    `@include` decide what is selected. `is_repeated`: its document was asked for before, and is kept. Compared by
    identity.
    """

    text: str
    name: str | None
    type: OperationType
    kind: str
    definition: OperationDefinitionNode
    fragment_definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    conditions: tuple[str, ...]
    price: Price
    cache_policy: CachePolicy
    asks_schema_alone: bool
    is_repeated: bool
    document_sha256: str


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Document:
    """A valid document within the limits. `is_repeated`: it was asked for before. Compared by identity."""

    text: str
    sha256: str
    operations: Mapping[str | None, Operation]
    is_repeated: bool

    def operation(self, name: str | None) -> Operation:
        """The operation of that name; without a name, the only one.

        Raises RequestRefused if there is none, or more than one and no name.
        """
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            raise refusal(
                "Must provide operation name if query contains multiple operations.",
                RequestErrorCode.OPERATION_RESOLUTION_FAILURE,
            )
        if (operation := self.operations.get(name)) is None:
            raise refusal(f"Unknown operation named '{name}'.", RequestErrorCode.OPERATION_RESOLUTION_FAILURE)
        return operation


class DocumentStore:
    """Admits documents and keeps the most recently used ones, from the second time on that they are asked for.

    So what somebody makes up anew for each request drives out nothing, nor is it there for the garbage collector to
    look at. Bounded by the number of documents and by the bytes of their texts; a parsed document takes 50 to 140 times
    its text. Refusals are not kept: they cost as much the second time, and no room.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        introspection: bool = True,
        suggestions: bool = True,
        max_documents: int = 1_000,
        max_bytes: int = 1 << 18,
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        self._suggestions = suggestions
        self._max_documents = max_documents
        self._max_bytes = max_bytes
        self._bytes = 0
        self.aside = Aside()
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._asked_for: OrderedDict[int, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._documents)

    def admit(self, text: str) -> Document:
        """The document of this text; raises RequestRefused with what is wrong in it."""
        document = self._known(text)
        if document is None:
            document = self._read(text)
            self._keep(document)
        return document

    async def admit_aside(self, text: str) -> Document:
        """The same, but a text that is not known yet is read aside, and keeps none waiting but others like it."""
        document = self._known(text)
        if document is None:
            found = await self.aside.done(partial(self._found, text), is_long=_is_long(text))
            if not isinstance(found, Document):
                raise RequestRefused(found)
            self._keep(document := found)
        return document

    def _found(self, text: str) -> Document | Sequence[GraphQLError]:
        """The document, or what is wrong with it; nothing of a document that is refused is left."""
        try:
            return self._read(text)
        except RequestRefused as refused:
            return [
                GraphQLError(error.message, source=error.source, positions=error.positions, extensions=error.extensions)
                for error in refused.errors
            ]

    def expect(self, text: str) -> None:
        """Told that this will be asked for: it is kept, and compiled, from its first time on."""
        self._asked_for[hash(text)] = None
        if len(self._asked_for) > self._max_documents:
            self._asked_for.popitem(last=False)

    def used(self, operation: Operation) -> None:
        """Told that somebody who has it already runs it again: its document is not the next to make room."""
        if operation.text in self._documents:
            self._documents.move_to_end(operation.text)

    def _known(self, text: str) -> Document | None:
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
        return document

    def _read(self, text: str) -> Document:
        node = self._parse(text)
        if error := exceeded(node, self._limits):
            raise RequestRefused([coded(error, RequestErrorCode.DOCUMENT_LIMIT_EXCEEDED)])
        if errors := self._invalid(node):
            raise RequestRefused(coded(error, RequestErrorCode.VALIDATION_FAILED) for error in errors)
        is_repeated = hash(text) in self._asked_for
        digest = sha256(text.encode()).hexdigest()
        operations = _operations(text, node, self._schema, digest, is_repeated=is_repeated)
        if not operations:
            raise refusal("Must provide an operation.", RequestErrorCode.OPERATION_RESOLUTION_FAILURE)
        return Document(text, digest, operations, is_repeated)

    def _invalid(self, node: DocumentNode) -> list[GraphQLError]:
        errors = validate(
            self._schema, node, self._rules, max_errors=MAX_VALIDATION_ERRORS, hide_suggestions=not self._suggestions
        )
        conflict = None if errors else conflict_in(node, self._schema)
        return [conflict] if conflict else errors

    def _parse(self, text: str) -> DocumentNode:
        try:
            return _parsed(text, self._limits)
        except GraphQLError as error:
            raise RequestRefused([coded(error, RequestErrorCode.PARSE_FAILED)]) from None

    def _keep(self, document: Document) -> None:
        size = _size_bytes(document)
        if size > self._max_bytes // 16 or document.text in self._documents:
            return  # one giant must not drive out what everybody uses
        if not document.is_repeated:
            self.expect(document.text)
            return
        self._documents[document.text] = document
        self._bytes += size
        while len(self._documents) > self._max_documents or self._bytes > self._max_bytes:
            _, dropped = self._documents.popitem(last=False)
            self._bytes -= _size_bytes(dropped)


def _parsed(text: str, limits: Limits) -> DocumentNode:
    """The document of a text, which is freed as soon as nobody has it.

    Its tokens hold each other before and behind. Left like that, each document is garbage for the collector, which
    keeps everybody waiting for a tenth of a second after some dozens.
    """
    lexer = Lexer(Source(text))
    token: Token | None = lexer.token
    parser = Parser(
        lexer.source,
        lexer=lexer,
        max_lexical_tokens=limits.tokens,
        max_comments=limits.tokens,
        max_source_length=limits.source_characters,
    )
    try:
        return parser.parse_document()
    except RecursionError:
        raise nested_too_deeply_error(parser) from None
    finally:
        while token is not None:
            following, token.prev, token.next = token.next, None, None
            token = following


def _is_long(text: str) -> bool:
    return len(text) > LONG_CHARACTERS


def _size_bytes(document: Document) -> int:
    return len(document.text.encode())


def _operations(
    text: str, node: DocumentNode, schema: GraphQLSchema, digest: str, *, is_repeated: bool
) -> dict[str | None, Operation]:
    definitions = {part.name.value: part for part in node.definitions if isinstance(part, FragmentDefinitionNode)}
    fragments = {name: FragmentDetails(part, None) for name, part in definitions.items()}
    return {
        operation.name: operation
        for part in node.definitions
        if isinstance(part, OperationDefinitionNode)
        for operation in [
            Operation(
                text,
                part.name.value if part.name else None,
                part.operation,
                part.operation.value,
                part,
                definitions,
                fragments,
                conditions_of(part, definitions),
                price_of(part, definitions, schema),
                policy_of(part, definitions, schema),
                asks_schema_alone(part, definitions),
                is_repeated,
                digest,
            )
        ]
    }


def conditions_of(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    """The variables by which `@skip` and `@include` decide what is selected."""
    conditions = _Conditions()
    for part in (operation, *fragments.values()):
        visit(part, conditions)
    return tuple(sorted(conditions.found))


class _Conditions(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in CONDITIONS:
            values = [argument.value for argument in node.arguments or ()]
            self.found.update(value.name.value for value in values if isinstance(value, VariableNode))
