"""How long answers may be kept, by the hints of `tests.execution.shelf`."""

import pytest

from execution import CachePolicy, Executor
from tests.execution.shelf import schema

EXECUTOR = Executor(schema)


@pytest.mark.parametrize(
    ("document", "seconds"),
    [
        ("{ shelf { __typename } }", 300),
        ("{ shelf { books { nodes { name } } } }", 60),
        ("{ shelf { books { nodes { name } } } book { name } }", 60),
        ("{ a: shelf { boards { boards { __typename } } } }", 300),
        ("{ things { name } }", 120),
        ("{ things { name ... on Book { shelf { __typename } } } }", 120),
        ("{ ...f } fragment f on Query { shelf { ...g } } fragment g on Shelf { books { nodes { pages } } }", 60),
        ("{ __typename shelf { __typename } }", 300),
    ],
)
def test_an_answer_is_kept_as_long_as_the_shortest_lived_thing_in_it(document, seconds):
    assert EXECUTOR.admit(document).operation.cache_policy == CachePolicy(seconds)


@pytest.mark.parametrize(
    "document",
    [
        "{ __typename }",
        "{ plain }",
        "{ unhinted { __typename } }",
        "{ shelf { __typename } plain }",
        "{ book { owner { name } } }",
        "{ shelf { __typename } __schema { queryType { name } } }",
        "mutation { sell { name } }",
    ],
)
def test_what_nobody_said_may_be_kept_is_not(document):
    assert EXECUTOR.admit(document).operation.cache_policy == CachePolicy(0)


def test_one_private_thing_makes_the_answer_private():
    assert EXECUTOR.admit("{ book { reader { name } } }").operation.cache_policy == CachePolicy(40, is_private=True)
