"""Relations: what an object leads to, read by the loader that reads it, for one object or for a whole page of them.

A relation is declared once, as a function of the object and of what its loader found:

    @relation("variants_of_product", lambda product: product.id)
    def variants(root: Product, found: list[Variant], first: int = 50) -> Page[Variant]: ...

It is a resolver like any other. Compiled execution calls its `batch` instead, once for all objects at a position, which
saves a task and a future for each.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import partial, wraps
from inspect import Parameter, Signature, signature
from typing import Any

from resolvers.context import Info

INFO = Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)

type KeyOf = Callable[[Any], Hashable | None]
"""What an object's relation is known by to the loader; None where there is none, for which nothing is read."""


def relation(loader: str, key_of: KeyOf) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a resolver of `shown(root, found, ...)`: `found` is what the loader of that name has for the object's key.

    It is None for an object without a key.
    """

    def decorate(shown: Callable[..., Any]) -> Callable[..., Any]:
        prepare = getattr(shown, "prepared", None)

        @wraps(shown, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
        async def resolver(root: Any, info: Info, **arguments: Any) -> Any:
            key = key_of(root)
            found = None if key is None else await getattr(info.context.loaders, loader).load(key)
            return shown(root, found, **arguments)

        async def batch(roots: Sequence[Any], info: Info, **arguments: Any) -> list[Any]:
            prepared = partial(shown, **arguments) if prepare is None else prepare(arguments)
            keys = [key_of(root) for root in roots]
            known = [key for key in keys if key is not None]
            read = iter(await getattr(info.context.loaders, loader).outcomes(known))
            return [
                _shown(prepared, root, None if key is None else next(read))
                for root, key in zip(roots, keys, strict=True)
            ]

        described: Any = resolver
        described.__signature__ = _resolvers_signature(shown)
        described.batch = batch
        return resolver

    return decorate


def _shown(shown: Callable[[Any, Any], Any], root: Any, found: Any) -> Any:
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
