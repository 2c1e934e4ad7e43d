"""Fields that merge are those that graphql-core's rule lets merge, found without comparing every two of them."""

import time

import pytest
from graphql import (
    GraphQLSchema,
    OverlappingFieldsCanBeMergedRule,
    build_schema,
    parse,
    specified_rules,
    validate,
)
from hypothesis import given
from hypothesis import strategies as st

from execution.merging import conflict_in

SCHEMA = build_schema("""
    interface Being { name(upper: Boolean, in: Where): String  age: Int  friend: Being  friends: [Being!]! }
    input Where { a: Int b: [Int] }
    type Cat implements Being {
      name(upper: Boolean, in: Where): String  age: Int  friend: Being  friends: [Being!]!
      lives: Int!  owner: Person  color: String  meows: [String]
    }
    type Dog implements Being {
      name(upper: Boolean, in: Where): String  age: Int  friend: Being  friends: [Being!]!
      lives: Int  owner: Person!  color: [String]  barks: Boolean
    }
    type Person { name: String  pets: [Being]  cat: Cat  self: Person }
    union Any = Cat | Dog | Person
    type Query { being: Being  cat: Cat  dog: Dog  any: Any  person(id: Int): Person }
""")
OTHERS = [rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule]


def is_mergeable(text: str, schema: GraphQLSchema = SCHEMA) -> bool:
    return conflict_in(parse(text), schema) is None


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{ x: cat { age } x: dog { age } }", "'cat' and 'dog' are different fields"),
        ("{ cat { name name(upper: true) } }", "they have differing arguments"),
        (
            "{ cat { name(upper: true) ...f } } fragment f on Cat { name(upper: false) }",
            "they have differing arguments",
        ),
        ("{ cat { x: age } cat { x: lives } }", "'age' and 'lives' are different fields"),
        ("{ being { ... on Cat { color } ... on Dog { color } } }", "conflicting types 'String' and '[String]'"),
        ("{ being { ... on Cat { lives } ... on Dog { lives } } }", "conflicting types 'Int!' and 'Int'"),
        ("{ being { x: name ... on Cat { x: age } } }", "'name' and 'age' are different fields"),
        ("{ any { ... on Cat { x: friend { name } } ... on Dog { x: age } } }", "conflicting types 'Being' and 'Int'"),
        ("{ a: cat { owner { x: name } } a: cat { owner { x: self { name } } } }", "'name' and 'self' are"),
    ],
)
def test_fields_that_cannot_be_merged_are_named_with_the_reason(document, reason):
    error = conflict_in(parse(document), SCHEMA)

    assert error is not None
    assert reason in error.message
    assert len(error.nodes or ()) == 2


@pytest.mark.parametrize(
    "document",
    [
        "{ cat { name name } cat { name ...f } } fragment f on Cat { name }",
        "{ being { ... on Cat { x: age } ... on Dog { x: age } } }",
        "{ being { ... on Cat { x: meows } ... on Dog { y: barks } } }",
        "{ any { ... on Cat { n: name(upper: true) } ... on Dog { n: name } ... on Person { n: name } } }",
        "{ cat { name(in: {a: 1, b: [2]}) name(in: {b: [2], a: 1}) } }",
        "query ($u: Boolean) { cat { name(upper: $u) name(upper: $u) } }",
    ],
)
def test_fields_that_say_the_same_or_cannot_meet_are_merged(document):
    assert is_mergeable(document)


ALIASES = st.sampled_from(["", "", "", "x: ", "y: "])
LEAVES = {
    "Being": ["name", "name(upper: true)", "age", "__typename"],
    "Cat": ["name", "name(upper: true)", "age", "lives", "color", "meows"],
    "Dog": ["name", "age", "lives", "color", "barks"],
    "Person": ["name", "__typename"],
    "Any": ["__typename"],
    "Query": ["__typename"],
}
BRANCHES = {
    "Being": {"friend": "Being", "friends": "Being"},
    "Cat": {"friend": "Being", "owner": "Person"},
    "Dog": {"friend": "Being", "owner": "Person"},
    "Person": {"pets": "Being", "cat": "Cat", "self": "Person"},
    "Any": {},
    "Query": {
        "being": "Being",
        "cat": "Cat",
        "dog": "Dog",
        "any": "Any",
        "person": "Person",
        "person(id: 1)": "Person",
    },
}
WITHIN = {
    "Being": ["Being", "Cat", "Dog"],
    "Cat": ["Cat", "Being"],
    "Dog": ["Dog", "Being"],
    "Person": ["Person", "Any"],
    "Any": ["Cat", "Dog", "Person", "Being"],
    "Query": ["Query"],
}


@st.composite
def selections(draw: st.DrawFn, kind: str, depth: int, fragments: tuple[str, ...]) -> str:
    """What to select of a type; `fragments` are the types of those that may be spread."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        choice = draw(st.integers(0, 5 if depth else 1))
        if choice <= 1 or (choice <= 3 and not BRANCHES[kind]):
            parts.append(draw(ALIASES) + draw(st.sampled_from(LEAVES[kind])))
        elif choice <= 3:
            name, below = draw(st.sampled_from(sorted(BRANCHES[kind].items())))
            parts.append(f"{draw(ALIASES)}{name} {{ {draw(selections(below, depth - 1, fragments))} }}")
        else:
            within = draw(st.sampled_from(WITHIN[kind]))
            parts.append(f"... on {within} {{ {draw(selections(within, depth - 1, fragments))} }}")
    parts += [f"...f{other}" for other in fragments if other in WITHIN[kind] and draw(st.booleans())]
    return " ".join(parts)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A query with fragments, each of which spreads none but those behind it, and all are spread."""
    kinds = ("Being", "Cat", "Person")
    bodies = [draw(selections(kind, 2, kinds[at + 1 :])) for at, kind in enumerate(kinds)]
    fragments = [f"fragment f{kind} on {kind} {{ {body} }}" for kind, body in zip(kinds, bodies, strict=True)]
    spread = "being { ...fBeing ...fCat } person { ...fPerson }"
    return f"{{ {draw(selections('Query', 4, kinds))} {spread} }} {' '.join(fragments)}"


@given(documents())
def test_the_verdict_is_that_of_the_rule_which_compares_every_two(document):
    node = parse(document)
    if validate(SCHEMA, node, OTHERS):
        return

    assert is_mergeable(document) == (not validate(SCHEMA, node, [OverlappingFieldsCanBeMergedRule]))


def test_many_fields_of_one_name_take_no_longer_than_many_of_several():
    document = parse("{ cat { name " + "friends { name friends { name } } " * 400 + "} }")
    started = time.process_time()

    assert conflict_in(document, SCHEMA) is None

    assert time.process_time() - started < 1
