"""Running the checks on one view of the database."""

import asyncpg

from persistence.statement import Connection
from server.database import check_reachable
from server.doctor.carts import CHECKS as CARTS
from server.doctor.check import Check, Finding
from server.doctor.log import CHECKS as LOG
from server.doctor.orders import CHECKS as ORDERS
from server.doctor.payments import CHECKS as PAYMENTS
from server.doctor.returns import CHECKS as RETURNS
from server.doctor.sending import CHECKS as SENDING
from server.doctor.stock import CHECKS as STOCK
from server.doctor.webhooks import CHECKS as WEBHOOKS
from server.settings import Settings

CHECKS: tuple[Check, ...] = (*ORDERS, *SENDING, *STOCK, *PAYMENTS, *RETURNS, *CARTS, *LOG, *WEBHOOKS)


async def examine(settings: Settings) -> list[str]:
    """What is wrong in the database that the settings name, one line each; nothing is changed and nobody waits.

    The store may go on selling: all checks see the database as it was at one moment.
    """
    assert settings.database_url is not None
    await check_reachable(settings.database_url)
    connection = await asyncpg.connect(settings.database_url, server_settings={"application_name": "commerce-doctor"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return [str(finding) for finding in await findings(connection)]
    finally:
        await connection.close()


async def findings(connection: Connection) -> list[Finding]:
    """The rules that are broken, as the connection's transaction sees the database."""
    found = []
    for check in CHECKS:
        row = await connection.fetchrow(check.counted_sql)
        assert row is not None, "an aggregate has one row"
        count, offenders = row
        if count:
            found.append(Finding(check, count, tuple(offenders)))
    return found
