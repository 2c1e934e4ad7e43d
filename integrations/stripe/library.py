"""Stripe's library, imported when something of it is first used: that takes 60 ms, which no start needs to wait for."""

import sys
from importlib import util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import stripe
else:

    def _lazily(name: str) -> object:
        """The module, which runs at the first look into it; as `importlib.util.LazyLoader` is documented."""
        if name in sys.modules:
            return sys.modules[name]
        spec = util.find_spec(name)
        loader = spec.loader = util.LazyLoader(spec.loader)
        module = sys.modules[name] = util.module_from_spec(spec)
        loader.exec_module(module)
        return module

    stripe = _lazily("stripe")

__all__ = ["stripe"]
