"""Writes the Python functions that make dictionaries of objects.

For `{ title price { amount currency } }` of a product it writes, once per position of a document:

    def build_1(o, run):
        if type(o) not in classes_1: check_1(o, run)
        run.values_left -= 2
        return {
            'title': (v1 if type(v1 := o.title) is str else leaf_String(v1)),
            'price': (None if (v2 := o.price) is None else build_2(v2, run)),
        }

What is not as it should be raises an exception: an attribute that is missing, null where the schema promises a value, a
value that its type cannot make JSON of.
"""

from collections.abc import Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_leaf_type,
    is_object_type,
)
from graphql.execution import default_type_resolver

from execution.compiled.selections import AttributeUse, ResolvedField, Selection, Selections, UnsupportedError, Use
from execution.compiled.values import SIMPLE, Unusual, coercer, is_identity, is_plain, items, plain, vet

IS_SIMPLE = "type({0}) in simple"
"""When a value of a type that makes JSON of anything as it is needs no look at it."""

type Build = Callable[[Any, Any], dict[str, Any]]
"""From an object and the run to its dictionary; raises Unusual, or anything else, where it cannot make one."""

TESTS = {
    "String": "type({0}) is str",
    "ID": "type({0}) is str",
    "Int": "type({0}) is int and -2147483648 <= {1} <= 2147483647",
    "Boolean": "{0} is True or {1} is False",
}
"""When a value of a built-in type is JSON as it is; `{0}` is the value when first looked at, `{1}` its name."""


class Writer:
    """Writes functions that refer to each other, and makes them all at once."""

    def __init__(self, schema: GraphQLSchema, selections: Selections) -> None:
        self._schema = schema
        self._selections = selections
        self._lines: list[str] = []
        self._names: dict[str, Any] = {"items": items, "simple": SIMPLE}
        self._finishing: list[tuple[ResolvedField, str]] = []
        self._number = 0

    def made(self, selection: Selection) -> Build:
        """The function for this selection, once all that it needs is written."""
        name = self._builder(selection)
        exec(compile("\n".join(self._lines), "<compiled operation>", "exec"), self._names)  # noqa: S102 - our own source
        for use, finish in self._finishing:
            use.finish = self._names[finish]
        build: Build = self._names[name]
        return build

    def _builder(self, selection: Selection) -> str:
        name = self._new("build")
        lines = [f"def {name}(o, run):"]
        if selection.use is not None:
            classes, check = self._checks(selection.parent, selection.use)
            lines += [f" if type(o) not in {classes}: {check}(o, run)", f" run.values_left -= {len(selection.uses)}"]
        entries = [f"{key!r}: {self._entry(use)}" for key, use in selection.uses.items()]
        made = "{" + ", ".join(entries) + "}"
        resolved = selection.resolved
        if resolved:
            waiting = self._named("selection", selection)
            lines += [f" d = {made}", f" w = run.waiting[{waiting}]", " w[0].append(d)", " w[1].append(o)", " return d"]
        else:
            lines.append(f" return {made}")
        for use in resolved:
            self._finisher(use)
        self._lines += lines
        return name

    def _entry(self, use: Use | str) -> str:
        if isinstance(use, str):
            return repr(use)
        if isinstance(use, AttributeUse):
            return self._completed(use.definition.type, f"o.{use.attribute}", use)
        return "None"

    def _finisher(self, use: ResolvedField) -> None:
        name = self._new("finish")
        completed = self._completed(use.definition.type, "v", use)
        self._lines += [
            f"def {name}(outcomes, dicts, run):",
            " for v, d in zip(outcomes, dicts, strict=True):",
            f"  d[{use.key!r}] = {completed}",
        ]
        self._finishing.append((use, name))

    def _completed(self, type_: Any, value: str, use: Use) -> str:
        """An expression that completes `value`, itself an expression to be used once."""
        is_required = isinstance(type_, GraphQLNonNull)
        inner = type_.of_type if is_required else type_
        if is_leaf_type(inner):
            return self._leaf(inner, value, is_required=is_required)
        if is_required:
            return self._composite(inner, value, use)
        name = self._new("v")
        return f"(None if ({name} := {value}) is None else {self._composite(inner, name, use)})"

    def _leaf(self, type_: GraphQLLeafType, value: str, *, is_required: bool) -> str:
        name = self._new("v")
        coerced = f"{self._coercer(type_)}({name})"
        test = TESTS.get(type_.name) or (IS_SIMPLE if is_identity(type_) else None)
        first = f"({name} := {value})"
        if is_required:
            if test is None:
                return f"{self._coercer(type_)}({value})"
            return f"({name} if {test.format(first, name)} else {coerced})"
        if test is None:
            return f"(None if {first} is None else {coerced})"
        return f"({name} if {first} is None or {test.format(name, name)} else {coerced})"

    def _composite(self, type_: Any, value: str, use: Use) -> str:
        if isinstance(type_, GraphQLList):
            item = self._new("i")
            return f"[{self._completed(type_.of_type, item, use)} for {item} in items({value}, run)]"
        if isinstance(type_, GraphQLObjectType):
            return f"{self._builder(self._selections.below(use, type_))}({value}, run)"
        assert isinstance(type_, GraphQLInterfaceType | GraphQLUnionType)
        return f"{self._named('abstract', Abstract(self._schema, self._selections, type_, use))}({value}, run)"

    def _checks(self, type_: GraphQLObjectType, use: Use) -> tuple[str, str]:
        """The names of the classes whose objects need no check, and of the check for all others."""
        is_type_of = type_.is_type_of
        if iscoroutinefunction(is_type_of):
            raise UnsupportedError("type_check")
        if is_type_of is None:
            return self._named("classes", plain), self._named("check", _vet_object)
        classes = frozenset(filter(is_plain, getattr(is_type_of, "exact_types", ())))
        return self._named("classes", classes), self._named("check", partial(_check, is_type_of, use))

    def _coercer(self, type_: GraphQLLeafType) -> str:
        name = f"leaf_{type_.name}"
        if name not in self._names:
            self._names[name] = coercer(type_)
        return name

    def _named(self, kind: str, value: Any) -> str:
        name = self._new(kind)
        self._names[name] = value
        return name

    def _new(self, kind: str) -> str:
        self._number += 1
        return f"{kind}_{self._number}"


class Abstract:
    """Builds values of an interface or union, each by the function of its own type, written when that is first met."""

    def __init__(self, schema: GraphQLSchema, selections: Selections, type_: GraphQLAbstractType, use: Use) -> None:
        self._schema = schema
        self._selections = selections
        self._type = type_
        self._use = use
        self._builds: dict[str, Build] = {}

    def __call__(self, value: Any, run: Any) -> dict[str, Any]:
        if type(value) not in plain:
            vet(value)
        resolve = self._type.resolve_type or default_type_resolver
        name = resolve(value, run.info(self._use), self._type)
        if type(name) is not str:
            raise Unusual
        build = self._builds.get(name)
        if build is None:
            build = self._builds[name] = self._written(name)
        return build(value, run)

    def _written(self, name: str) -> Build:
        runtime = self._schema.get_type(name)
        if not is_object_type(runtime) or not self._schema.is_sub_type(self._type, runtime):
            raise Unusual
        return Writer(self._schema, self._selections).made(self._selections.below(self._use, runtime))


def _vet_object(value: Any, _run: Any) -> None:
    vet(value)


def _check(is_type_of: Callable[[Any, Any], Any], use: Use, value: Any, run: Any) -> None:
    """What graphql-core asks of an object before it looks at its fields."""
    vet(value)
    if is_type_of(value, run.info(use)) is not True:
        raise Unusual
