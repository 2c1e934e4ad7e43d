"""A shop of its own for each test, with a gateway that answers over a socket."""

from tests.buying.conftest import gateway, shop

__all__ = ["gateway", "shop"]
