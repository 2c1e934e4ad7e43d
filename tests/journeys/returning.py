"""How goods go back: what buyers ask, and what vendors and staff answer."""

import asyncio
from collections.abc import Sequence
from typing import Any

from tests.journeys.buying import ERRORS
from tests.journeys.client import Client, fresh_key
from tests.journeys.selling import Vendor

RETURN = """
id state isWithdrawal decision refund { amount { amountMinor } } lines { quantity received condition restock }
"""
REQUEST = f"""
mutation Ask($input: ReturnRequestInput!) {{ returnRequest(input: $input) {{ {ERRORS} return {{ {RETURN} }} }} }}
"""
DECIDE = f"""
mutation Decide($input: ReturnDecideInput!) {{ returnDecide(input: $input) {{ {ERRORS} return {{ {RETURN} }} }} }}
"""
CANCEL = f"""
mutation Keep($input: ReturnCancelInput!) {{ returnCancel(input: $input) {{ {ERRORS} return {{ {RETURN} }} }} }}
"""
ORDER = f"""
query Returned($id: ID!) {{
  order(id: $id) {{
    status returnStatus paymentStatus withdrawal {{ days until text }} returns {{ {RETURN} }}
    refunds {{ state amount {{ amountMinor }} }}
    lines(first: 50) {{ nodes {{ id sku delivered returned refunded }} }}
  }}
}}
"""
OWN = f"""
query Own($vendorId: ID!) {{
  vendorPortal(vendorId: $vendorId) {{ returns(first: 50) {{ nodes {{ {RETURN} vendorOrder {{ id }} }} }} }}
}}
"""

PATIENCE_SECONDS = 30
LOOK_SECONDS = 0.1


async def ask_back(buyer: Client, order_id: str, line: str, quantity: int) -> dict[str, Any]:
    lines = [{"orderLineId": line, "quantity": quantity, "reason": "Too small"}]
    return await buyer.call(REQUEST, orderId=order_id, lines=lines, idempotencyKey=fresh_key())


async def decide(client: Client, return_id: str, state: str, **values: Any) -> dict[str, Any]:
    return await client.call(DECIDE, returnId=return_id, state=state, idempotencyKey=fresh_key(), **values)


async def receive(client: Client, return_id: str, line: str, quantity: int, **values: Any) -> dict[str, Any]:
    came = [{"orderLineId": line, "quantity": quantity, "condition": "As new", **values}]
    return await decide(client, return_id, "RECEIVED", lines=came)


async def keep(buyer: Client, return_id: str) -> dict[str, Any]:
    return await buyer.call(CANCEL, returnId=return_id, idempotencyKey=fresh_key())


async def order_of(buyer: Client, order_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await buyer.ask(ORDER, id=order_id))["order"]
    return found


async def returns_of(seller: Vendor) -> Sequence[dict[str, Any]]:
    """What comes back to a vendor, as its portal shows it."""
    portal = (await seller.client.ask(OWN, vendorId=seller.id))["vendorPortal"]
    found: Sequence[dict[str, Any]] = portal["returns"]["nodes"]
    return found


async def delivers(seller: Vendor, part: str, line: str, quantity: int) -> None:
    """Accept a part, send all of a line of it, and see it arrive."""
    await seller.accept(part)
    sent = await seller.sends(part, quantity, "JD0001", line=line)
    arrived = await seller.says(sent["fulfillment"]["id"], "DELIVERED")
    assert arrived["errors"] == []


async def until(buyer: Client, order_id: str, **wanted: str) -> dict[str, Any]:
    """The order as soon as the worker has brought it to where it is to be."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = await order_of(buyer, order_id)
            if all(found[name] == value for name, value in wanted.items()):
                return found
            await asyncio.sleep(LOOK_SECONDS)
