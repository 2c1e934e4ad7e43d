"""Relations, as a resolver shows them of one object and as a batch shows them of many."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from loaders.reads import SharedLoader
from resolvers.relations import relation


@dataclass(frozen=True)
class Parent:
    key: int | None


@relation("children", lambda parent: parent.key)
def children(root: Parent, found: Sequence[int] | None, least: int = 0) -> list[int] | None:
    """What hangs on it."""
    if root.key == 13:
        raise ValueError("unlucky")
    return None if found is None else [child for child in found if child >= least]


resolver: Any = children


@pytest.fixture
def read() -> list[Sequence[int]]:
    return []


@pytest.fixture
async def info(read: list[Sequence[int]]) -> Any:
    async def load(keys: Sequence[int]) -> list[Any]:
        read.append(keys)
        return [LookupError("gone") if key < 0 else [key, key + 1] for key in keys]

    return SimpleNamespace(context=SimpleNamespace(loaders=SimpleNamespace(children=SharedLoader(load))))


async def test_one_object_and_many_are_shown_the_same(info, read):
    parents = [Parent(1), Parent(None), Parent(2), Parent(1)]

    many = await resolver.batch(parents, info, least=2)
    each = [await resolver(parent, info, least=2) for parent in parents]

    assert many == each == [[2], None, [2, 3], [2]]
    assert read == [[1, 2]]


async def test_what_fails_for_one_object_fails_for_it_alone(info):
    failed, unlucky, well = await resolver.batch([Parent(-1), Parent(13), Parent(5)], info)

    assert (str(failed), str(unlucky), well) == ("gone", "unlucky", [5, 6])
    with pytest.raises(LookupError):
        await resolver(Parent(-1), info)
    with pytest.raises(ValueError, match="unlucky"):
        await resolver(Parent(13), info)


def test_a_relation_looks_like_a_resolver():
    parameters = inspect.signature(resolver).parameters

    assert list(parameters) == ["root", "info", "least"]
    assert inspect.iscoroutinefunction(resolver)
    assert resolver.__doc__ == "What hangs on it."
