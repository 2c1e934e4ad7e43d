"""Accounts to try the sample store with. They are for development: their passwords stand in this file.

| who | email | password |
| --- | --- | --- |
| a shopper | `shopper@example.com` | `sample-password` |
| an owner of each vendor | `vendor-<slug>@example.com`, as in `vendor-house@example.com` | `sample-password` |
| staff with every scope | `staff@example.com` | `sample-password` |

A program reads the event log with the API key `gc_sampleevents_for-development-only`.
"""

from argon2 import PasswordHasher

from integrations.identity.secrets import parts_of, sha256
from persistence.ids import new_id
from persistence.statement import Connection, Pool
from schema.access import scopes_of
from schema.root import schema

PASSWORD = "sample-password"  # noqa: S105 - it opens sample accounts alone
SHOPPER = "shopper@example.com"
STAFF = "staff@example.com"
EVENTS_KEY = "gc_sampleevents_for-development-only"

_CUSTOMER = """
INSERT INTO customer (id, email, password_hash, first_name, last_name) VALUES ($1, $2, $3, $4, 'Example')
ON CONFLICT (email) DO NOTHING
"""
_MEMBER = """
INSERT INTO vendor_member (vendor_id, customer_id) SELECT $1, id FROM customer WHERE email = $2
ON CONFLICT DO NOTHING
"""
_STAFF_MEMBER = """
INSERT INTO staff_member (id, customer_id, scopes) SELECT $1, id, $3 FROM customer WHERE email = $2
ON CONFLICT (customer_id) DO UPDATE SET scopes = excluded.scopes
"""
_API_KEY = """
INSERT INTO api_key (id, name, prefix, secret_hash, scopes) VALUES ($1, 'Sample integrator', $2, $3, '{events:read}')
ON CONFLICT (prefix) DO NOTHING
"""


async def create_sample_accounts(pool: Pool) -> None:
    """All of the accounts, as far as they are missing, with one for each vendor that exists."""
    password_hash = PasswordHasher().hash(PASSWORD)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_CUSTOMER, new_id("customer"), SHOPPER, password_hash, "Sam")
        for vendor_id, slug in await connection.fetch("SELECT id, slug FROM vendor ORDER BY id"):
            await connection.execute(_CUSTOMER, new_id("customer"), vendor_email(slug), password_hash, "Val")
            await connection.execute(_MEMBER, vendor_id, vendor_email(slug))
        await connection.execute(_CUSTOMER, new_id("customer"), STAFF, password_hash, "Stacy")
        await connection.execute(_STAFF_MEMBER, new_id("staff_member"), STAFF, sorted(scopes_of(schema) - {"staff"}))
        await _add_events_key(connection)


def vendor_email(slug: str) -> str:
    return f"vendor-{slug}@example.com"


async def _add_events_key(connection: Connection) -> None:
    parts = parts_of(EVENTS_KEY)
    assert parts is not None
    prefix, secret = parts
    await connection.execute(_API_KEY, new_id("api_key"), prefix, sha256(secret))
