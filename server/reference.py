"""The reference of the API, made of the published schema: one page for each kind of thing in it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from graphql import (
    DirectiveNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
"""Where the pages stand in a checkout, which is the only place they are written."""

ROOTS = {"Query": "queries", "Mutation": "mutations", "Subscription": "subscriptions"}
FOR_ROUTERS = frozenset({"_Any", "_Entity", "_Service"})
INTROS = {
    "queries": "What can be read.",
    "mutations": "What can be done. A refusal is in `errors` of the payload, and then nothing was changed.",
    "subscriptions": "What can be followed, by WebSocket or by server-sent events.",
    "objects": "What answers are made of.",
    "interfaces": "What several types have in common, and unions of types.",
    "inputs": "What arguments are made of.",
    "enums": "Values to choose from.",
    "scalars": "Values that are written as one.",
}
PAGE_OF_KIND: Mapping[type[TypeDefinitionNode], str] = {
    ObjectTypeDefinitionNode: "objects",
    InterfaceTypeDefinitionNode: "interfaces",
    UnionTypeDefinitionNode: "interfaces",
    InputObjectTypeDefinitionNode: "inputs",
    EnumTypeDefinitionNode: "enums",
    ScalarTypeDefinitionNode: "scalars",
}
POLICIES = {
    "self": "the customer whose it is",
    "vendor": "a member of the vendor",
    "member": "a member of the company",
    "staff": "staff",
}


def write_pages(sdl: str) -> None:
    """Bring the pages in line with the schema."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages(sdl).items():
        (FOLDER / name).write_text(text)


def are_written(sdl: str) -> bool:
    """Whether the pages say what the schema says."""
    return pages(sdl) == {path.name: path.read_text() for path in FOLDER.glob("*.md")}


def pages(sdl: str) -> dict[str, str]:
    """Each page by the name of its file, in Markdown."""
    types = [
        each
        for each in parse(sdl, no_location=True).definitions
        if isinstance(each, TypeDefinitionNode) and each.name.value not in FOR_ROUTERS
    ]
    reference = _Reference({each.name.value: _page_of(each) for each in types})
    sections: dict[str, list[str]] = {page: [] for page in INTROS}
    for each in sorted(types, key=lambda each: each.name.value):
        page = _page_of(each)
        parts = reference.root(each) if page in ROOTS.values() else [reference.type(each)]
        sections[page] += parts
    return {f"{page}.md": _page(page, parts) for page, parts in sections.items()} | {"README.md": _contents(sections)}


def _page_of(node: TypeDefinitionNode) -> str:
    return ROOTS.get(node.name.value) or PAGE_OF_KIND[type(node)]


def _page(page: str, parts: Sequence[str]) -> str:
    note = "Made from [the schema](../../graphql/schema.graphql); see also [the API by example](../api.md)."
    return "\n\n".join([f"# {page.capitalize()}", INTROS[page], note, *parts]) + "\n"


def _contents(sections: Mapping[str, Sequence[str]]) -> str:
    lines = [f"- [{page.capitalize()}]({page}.md) ({len(parts)}): {INTROS[page]}" for page, parts in sections.items()]
    intro = "Every type, field, argument and value of [the schema](../../graphql/schema.graphql)."
    return "\n\n".join(["# API reference", intro, "\n".join(lines)]) + "\n"


class _Reference:
    """Writes what the schema declares; `pages` says on which page each type stands."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self._pages = pages

    def root(self, node: TypeDefinitionNode) -> list[str]:
        """A section for each field of a root type."""
        assert isinstance(node, ObjectTypeDefinitionNode)
        fields = [each for each in node.fields or () if not each.name.value.startswith("_")]
        return [self._root_field(each) for each in sorted(fields, key=lambda each: each.name.value)]

    def type(self, node: TypeDefinitionNode) -> str:
        """A section for a type."""
        head = [f"## {node.name.value}", _text(node), *self._facts(node)]
        match node:
            case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
                head.append(_table(("field", "type", "what it says"), map(self._field_row, node.fields or ())))
            case InputObjectTypeDefinitionNode():
                head.append(_table(("field", "type", "what it says"), map(self._input_row, node.fields or ())))
            case EnumTypeDefinitionNode():
                rows = ((f"`{each.name.value}`", _text(each)) for each in node.values or ())
                head.append(_table(("value", "what it says"), rows))
        return "\n\n".join(part for part in head if part)

    def _root_field(self, field: FieldDefinitionNode) -> str:
        facts = [f"Answers {self._type(field.type)}.", *_needs(field)]
        rows = [self._input_row(each) for each in field.arguments or ()]
        table = _table(("argument", "type", "what it says"), rows) if rows else ""
        return "\n\n".join(part for part in (f"## {field.name.value}", _text(field), " ".join(facts), table) if part)

    def _facts(self, node: TypeDefinitionNode) -> list[str]:
        facts = _needs(node)
        if isinstance(node, UnionTypeDefinitionNode):
            facts.append(f"One of {', '.join(map(self._type, node.types or ()))}.")
        if isinstance(node, ObjectTypeDefinitionNode) and node.interfaces:
            facts.append(f"Is a {', '.join(map(self._type, node.interfaces))}.")
        keys = [_words(each)[0] for each in node.directives or () if each.name.value == "key"]
        return [" ".join([*facts, *([f"An entity by `{'`, `'.join(keys)}`."] if keys else [])])]

    def _field_row(self, field: FieldDefinitionNode) -> tuple[str, ...]:
        arguments = ", ".join(f"{each.name.value}: {print_ast(each.type)}" for each in field.arguments or ())
        name = f"`{field.name.value}({arguments})`" if arguments else f"`{field.name.value}`"
        return name, self._type(field.type), " ".join([_text(field), *_needs(field)])

    def _input_row(self, field: InputValueDefinitionNode) -> tuple[str, ...]:
        default = print_ast(field.default_value) if field.default_value else "null"
        said = _text(field) if default == "null" else f"{_text(field)} By default `{default}`."
        return f"`{field.name.value}`", self._type(field.type), said

    def _type(self, type_: TypeNode) -> str:
        """The type as it is written, leading to where it is described."""
        name = _name(type_)
        page = self._pages.get(name)
        return f"[`{print_ast(type_)}`]({page}.md#{name.lower()})" if page else f"`{print_ast(type_)}`"


def _name(type_: TypeNode) -> str:
    inner: Node = type_
    while not isinstance(inner, NamedTypeNode):
        inner = inner.type  # type: ignore[attr-defined] # only lists and non-nulls wrap a type
    return inner.name.value


def _text(node: Node) -> str:
    """Its description, on one line."""
    description: StringValueNode | None = getattr(node, "description", None)
    return " ".join(description.value.split()) if description else ""


def _needs(node: Node) -> list[str]:
    """What it asks of the caller, and whose contracts have it."""
    directives: Iterable[DirectiveNode] = getattr(node, "directives", None) or ()
    asked = {each.name.value: each for each in directives if each.name.value != "tag"}
    needs = [
        _any_of(_alternatives(asked[name]), say)
        for name, say in (("requiresScopes", _scope), ("policy", _policy))
        if name in asked
    ]
    if "authenticated" in asked and not needs:
        needs.append("an account or a key")
    tags = [_words(each)[0] for each in directives if each.name.value == "tag"]
    contracts = "contracts" if len(tags) > 1 else "contract"
    return [
        *([f"**Needs** {', and '.join(needs)}."] if needs else []),
        *([f"In the {contracts} {' and '.join(tags)} alone."] if tags else []),
    ]


def _scope(name: str) -> str:
    return "staff" if name == "staff" else f"`{name}`"


def _policy(name: str) -> str:
    return f"`{name.removeprefix('scope:')}`" if name.startswith("scope:") else POLICIES[name]


def _any_of(alternatives: Iterable[Iterable[str]], say: Callable[[str], str]) -> str:
    return ", or ".join(" with ".join(map(say, words)) for words in alternatives)


def _alternatives(directive: DirectiveNode) -> list[list[str]]:
    given = (directive.arguments or ())[0].value
    assert isinstance(given, ListValueNode)
    return [[each.value for each in _strings(words)] for words in given.values]


def _strings(node: Node) -> list[StringValueNode]:
    assert isinstance(node, ListValueNode)
    return [each for each in node.values if isinstance(each, StringValueNode)]


def _words(directive: DirectiveNode) -> list[str]:
    return [each.value.value for each in directive.arguments or () if isinstance(each.value, StringValueNode)]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
