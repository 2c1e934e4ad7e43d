"""Relations: what an object leads to, read by the loader that reads it, for one object or for a whole page of them.

A relation is declared once, as a function of the object and of what its loader found:

    @relation("variants_of_product", lambda product: product.id)
    def variants(root: Product, found: list[Variant], first: int = 50) -> Page[Variant]: ...

It is a resolver like any other. Compiled execution calls its `batch` instead, once for all objects at a position, which
saves a task and a future for each, and any wait where all is known.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial, wraps
from inspect import Parameter, Signature, signature
from typing import Any

from domain.shared.making import dataclass
from execution.declared import RestsOn, resting
from loaders.reads import SharedLoader
from resolvers.context import Context, Info

INFO = Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)

type KeyOf = Callable[[Any], Hashable | None]
"""What an object's relation is known by to the loader; None where there is none, for which nothing is read."""

type Shown = Callable[[Any, Any], Any]
"""From an object and what was found for it to what is shown."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a loader finds: the ground that its relations rest on."""

    loader: str

    def known(self, context: Context, keys: Sequence[Any]) -> list[Any] | None:
        return self._reading(context).known(keys)

    async def found(self, context: Context, keys: Sequence[Any]) -> list[Any]:
        return await self._reading(context).outcomes(keys)

    def _reading(self, context: Context) -> SharedLoader[Any, Any]:
        reading: SharedLoader[Any, Any] = getattr(context.loaders, self.loader)
        return reading


def relation(loader: str, key_of: KeyOf) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a resolver of `shown(root, found, ...)`: `found` is what the loader of that name has for the object's key.

    It is None for an object without a key.
    """

    def decorate(shown: Callable[..., Any]) -> Callable[..., Any]:
        prepare = getattr(shown, "prepared", None)

        @resting(RestsOn(Loaded(loader), key_of))
        @wraps(shown, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
        async def resolver(root: Any, info: Info, **arguments: Any) -> Any:
            key = key_of(root)
            found = None if key is None else await getattr(info.context.loaders, loader).load(key)
            return shown(root, found, **arguments)

        def batch(roots: Sequence[Any], info: Info, **arguments: Any) -> list[Any] | Awaitable[list[Any]]:
            return batch_with(**arguments)(roots, info)

        def batch_with(**arguments: Any) -> Callable[[Sequence[Any], Info], list[Any] | Awaitable[list[Any]]]:
            """The batch function with these arguments, of which all is made once that they decide."""
            made = partial(shown, **arguments) if prepare is None else prepare(dict(arguments))
            return partial(_batch, loader, key_of, made)

        described: Any = resolver
        described.__signature__ = _resolvers_signature(shown)
        described.batch = batch
        described.batch.prepared = batch_with
        return resolver

    return decorate


def _batch(
    loader: str, key_of: KeyOf, shown: Shown, roots: Sequence[Any], info: Info
) -> list[Any] | Awaitable[list[Any]]:
    """What is shown of each object: at once, if all of it is known."""
    reading: SharedLoader[Any, Any] = getattr(info.context.loaders, loader)
    keys = [key_of(root) for root in roots]
    asked = [key for key in keys if key is not None]
    known = reading.known(asked)
    return _read(reading, asked, shown, roots, keys) if known is None else _all_shown(shown, roots, keys, known)


async def _read(
    reading: SharedLoader[Any, Any], asked: Sequence[Any], shown: Shown, roots: Sequence[Any], keys: Sequence[Any]
) -> list[Any]:
    return _all_shown(shown, roots, keys, await reading.outcomes(asked))


def _all_shown(shown: Shown, roots: Sequence[Any], keys: Sequence[Any], outcomes: Sequence[Any]) -> list[Any]:
    """What is shown of each object, given what was found for those that have a key."""
    if len(outcomes) < len(keys):
        found = iter(outcomes)
        outcomes = [None if key is None else next(found) for key in keys]
    return [_shown(shown, root, outcome) for root, outcome in zip(roots, outcomes, strict=True)]


def _shown(shown: Shown, root: Any, found: Any) -> Any:
    """What is shown of one object, or the exception that stands in its place."""
    if isinstance(found, Exception):
        return found
    try:
        return shown(root, found)
    except Exception as error:  # noqa: BLE001 - it fails this object alone, and is told where it belongs
        return error


def _resolvers_signature(shown: Callable[..., Any]) -> Signature:
    """That of the resolver, as Strawberry reads it: with `info` in the place of what was found."""
    whole = signature(shown)
    root, _, *asked = whole.parameters.values()
    return whole.replace(parameters=[root.replace(name="root"), INFO, *asked])
