"""Another thing under a name of a library's module or class, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_NOTHING: Final = object()


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """A module looks for a name among its own before it looks among Python's, so that those can be replaced too."""
    before = vars(owner).get(name, _NOTHING)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is _NOTHING:
            delattr(owner, name)
        else:
            setattr(owner, name, before)
