"""What the editor offers to try the store with: operations, and those sample accounts that the store has."""

import time
from collections.abc import Sequence

from integrations.identity.secrets import parts_of
from persistence.statement import Pool
from server.graphql_editor import EditorAccount
from server.sample_accounts import EVENTS_KEY, PASSWORD, SHOPPER, STAFF, vendor_email

WELCOME = """# Run this, then look around with the
# explorer at the left.
query Welcome {
  search(input: { query: "apron" }, first: 3) {
    totalCount
    nodes {
      title
      priceRange { min { formatted } }
    }
  }
}
"""
NEW_CART = """# A cart belongs to whoever holds its id.
# A key stands for one cart: take another
# for another cart.
mutation NewCart {
  cartCreate(input: { idempotencyKey: "my-cart" }) {
    cart { id version }
    errors { code message }
  }
}
"""
EVENTS = """# What happens in the shop, as it happens.
# Ask as staff, and run this. Then do
# something in another window, such as
# what stands in the last tab.
subscription Events {
  orderEvents {
    type
    occurredAt
    changes
  }
}
"""
NEW_COMPANY = """# Ask as staff. Whoever follows the events
# hears of it.
mutation NewCompany {
  companyCreate(input: { name: "Example & Sons" }) {
    company { id name }
    errors { code message }
  }
}
"""
EXAMPLES = (WELCOME, NEW_CART, EVENTS, NEW_COMPANY)

FRESH_SECONDS = 60.0
MAX_VENDORS = 10

_KNOWN = "SELECT email FROM customer WHERE email = ANY($1)"
_VENDORS = "SELECT slug FROM vendor ORDER BY id LIMIT $1"
_HAS_KEY = "SELECT EXISTS (SELECT FROM api_key WHERE prefix = $1)"


class SampleAccounts:
    """The sample accounts of the store, none where the sample was never loaded; up to a minute old."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._found: Sequence[EditorAccount] = ()
        self._fresh_until = 0.0

    async def __call__(self) -> Sequence[EditorAccount]:
        if time.monotonic() > self._fresh_until:
            self._fresh_until = time.monotonic() + FRESH_SECONDS
            self._found = await self._look_up()
        return self._found

    async def _look_up(self) -> Sequence[EditorAccount]:
        slugs = [slug for (slug,) in await self._pool.fetch(_VENDORS, MAX_VENDORS)]
        names = {SHOPPER: "a shopper", STAFF: "staff"} | {vendor_email(slug): f"vendor {slug}" for slug in slugs}
        known = {email for (email,) in await self._pool.fetch(_KNOWN, list(names))}
        people = [EditorAccount(name, email, PASSWORD) for email, name in names.items() if email in known]
        return (*people, *await self._programs())

    async def _programs(self) -> Sequence[EditorAccount]:
        parts = parts_of(EVENTS_KEY)
        has_key = parts is not None and await self._pool.fetchval(_HAS_KEY, parts[0])
        return (EditorAccount("a program, by its API key", api_key=EVENTS_KEY),) if has_key else ()
