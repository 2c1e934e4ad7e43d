"""Random operations over any schema: fragments, aliases, arguments, variables, `@skip` and `@include`.

They are valid but for what happens only as they run: a field has the same arguments wherever it has the same alias.
"""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

MAX_DEPTH = 5


class Writer:
    """Writes one operation, and the values of its variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        random: Random,
        *,
        fields: int = 14,
        values: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        self._schema = schema
        self._random = random
        self._left = fields
        self._values = values or {}
        self._fragments: dict[str, tuple[str, str]] = {}
        self._declared: dict[str, str] = {}
        self.variables: dict[str, Any] = {}

    def operation(self, kind: str = "query") -> str:
        root = getattr(self._schema, f"{kind}_type")
        selected = self._selection(root, 0)
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self._declared.items())
        head = f"{kind} Random({declared})" if declared else f"{kind} Random"
        fragments = "\n".join(f"fragment {name} on {type_} {body}" for name, (type_, body) in self._fragments.items())
        return f"{head} {selected}\n{fragments}"

    def _selection(self, parent: Any, depth: int) -> str:
        parts = [self._part(parent, depth)]
        while self._left > 0 and len(parts) < 5 and self._random.random() < 0.7:
            parts.append(self._part(parent, depth))
        return "{ " + " ".join(parts) + " }"

    def _part(self, parent: Any, depth: int) -> str:
        chance = self._random.random()
        if is_abstract_type(parent) and chance < 0.6:
            within = self._random.choice(sorted(self._schema.get_possible_types(parent), key=str))
            return f"... on {within} {self._condition()} {self._selection(within, depth)}"
        if chance < 0.1 and depth:
            return f"... {self._condition()} {self._selection(parent, depth)}"
        if chance < 0.2 and depth:
            return self._spread(parent, depth)
        if chance < 0.25:
            return "__typename"
        return self._field(parent, depth)

    def _spread(self, parent: Any, depth: int) -> str:
        known = [name for name, (type_, _) in self._fragments.items() if type_ == parent.name]
        if known and self._random.random() < 0.5:
            return f"...{self._random.choice(known)} {self._condition()}"
        body = self._selection(parent, depth)
        name = f"F{len(self._fragments)}"
        self._fragments[name] = (parent.name, body)
        return f"...{name} {self._condition()}"

    def _field(self, parent: Any, depth: int) -> str:
        fields: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
        candidates = [
            name
            for name, field in fields.items()
            if (is_leaf_type(get_named_type(field.type)) or (depth < MAX_DEPTH and self._left > 0))
            and not name.startswith("_")
        ]
        if not candidates:
            return "__typename"
        name = self._random.choice(candidates)
        field = fields[name]
        self._left -= 1
        arguments = self._arguments(field)
        alias = self._alias(parent, name, arguments)
        answered = get_named_type(field.type)
        below = "" if is_leaf_type(answered) else self._selection(answered, depth + 1)
        return f"{alias}: {name}{arguments} {self._condition()} {below}"

    def _alias(self, parent: Any, name: str, arguments: str) -> str:
        """Of the type too, so that fields that share a key on one object are the same field."""
        owner = "" if isinstance(parent, GraphQLObjectType) else "i_"
        return f"{owner}{name}_{crc32(arguments.encode())}" if arguments or owner else name

    def _condition(self) -> str:
        if self._random.random() > 0.12:
            return ""
        directive = self._random.choice(("skip", "include"))
        if self._random.random() < 0.5:
            return f"@{directive}(if: {self._random.choice(('true', 'false'))})"
        name = f"c{self._random.randrange(3)}"
        if name not in self._declared:
            self._declared[name] = self._random.choice(("Boolean!", "Boolean! = true", "Boolean = false"))
            if self._declared[name] == "Boolean!" or self._random.random() < 0.5:
                self.variables[name] = self._random.random() < 0.5
        return f"@{directive}(if: ${name})"

    def _arguments(self, field: GraphQLField) -> str:
        given = list(self._given(field.args))
        return f"({', '.join(given)})" if given else ""

    def _given(self, arguments: Mapping[str, GraphQLArgument]) -> Iterator[str]:
        for name, argument in arguments.items():
            is_required = isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
            if is_required or self._random.random() < 0.4:
                yield f"{name}: {self._argument(name, argument.type, depth=0)}"

    def _argument(self, name: str, type_: GraphQLInputType, *, depth: int) -> str:
        if self._random.random() < 0.2 and not depth:
            return self._variable(name, type_)
        return self._literal(name, type_, depth)

    def _variable(self, argument: str, type_: GraphQLInputType) -> str:
        name = f"v{len(self._declared)}"
        self._declared[name] = str(type_)
        if str(type_) == "Int!" and self._random.random() < 0.3:
            self._declared[name] = "Int = 1"
            self.variables[name] = None  # valid, as there is a default value, and wrong as it runs
        elif isinstance(type_, GraphQLNonNull) or self._random.random() < 0.7:
            self.variables[name] = self._value(argument, type_)
        elif self._random.random() < 0.5:
            self.variables[name] = None
        return f"${name}"

    def _literal(self, name: str, type_: GraphQLInputType, depth: int) -> str:
        if isinstance(type_, GraphQLNonNull):
            return self._literal(name, type_.of_type, depth)
        value = self._value(name, type_)
        return _written(value, type_)

    def _value(self, name: str, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._value(name, type_.of_type)
        if isinstance(type_, GraphQLList):
            return [self._value(name, type_.of_type) for _ in range(self._random.randint(0, 3))]
        if name in self._values:
            return self._random.choice(self._values[name])
        if isinstance(type_, GraphQLEnumType):
            return self._random.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return {
                each: self._value(each, field.type)
                for each, field in type_.fields.items()
                if (isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined)
                or (self._random.random() < 0.4 and get_named_type(field.type) is not type_)
            }
        return {"Int": self._random.randrange(5), "Boolean": self._random.random() < 0.5, "Float": 1.5}.get(
            type_.name, f"{name}{self._random.randrange(3)}"
        )


def _written(value: Any, type_: Any) -> str:
    if isinstance(type_, GraphQLNonNull):
        return _written(value, type_.of_type)
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{', '.join(_written(each, type_.of_type) for each in value)}]"
        case dict():
            fields = (f"{name}: {_written(each, type_.fields[name].type)}" for name, each in value.items())
            return "{" + ", ".join(fields) + "}"
        case str() if isinstance(type_, GraphQLEnumType):
            return value
        case str():
            return f'"{value}"'
    return str(value)
