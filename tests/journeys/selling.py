"""What vendors do: look at their own business, accept their parts of orders, and send them."""

from dataclasses import dataclass
from typing import Any

from server.sample_accounts import PASSWORD, vendor_email
from tests.journeys.buying import ERRORS
from tests.journeys.client import Client, fresh_key

VENDOR = "query Vendor($slug: String!) { vendor(slug: $slug) { id } }"
PART = "id number status lines { id sku quantity fulfilled } fulfillments { id parcels { trackingNumber } }"
PORTAL = f"""
query Portal($vendorId: ID!) {{
  vendorPortal(vendorId: $vendorId) {{
    vendor {{ slug }}
    orders(first: 50) {{ nodes {{ vendor {{ slug }} {PART} }} }}
    offers(first: 50, query: "O07-14CM") {{ nodes {{ id stock {{ warehouse {{ id name }} onHand allocated }} }} }}
  }}
}}
"""
NODE = f"query Node($id: ID!) {{ node(id: $id) {{ __typename id ... on VendorOrder {{ {PART} }} }} }}"
ACCEPT = f"""
mutation Accept($input: VendorOrderAcceptInput!) {{
  vendorOrderAccept(input: $input) {{ {ERRORS} vendorOrder {{ id status }} }}
}}
"""
SEND = f"""
mutation Send($input: FulfillmentCreateInput!) {{
  fulfillmentCreate(input: $input) {{
    {ERRORS} fulfillment {{ id state lines {{ quantity }} parcels {{ carrier trackingNumber }} }}
  }}
}}
"""
REJECT = f"""
mutation Reject($input: VendorOrderRejectInput!) {{
  vendorOrderReject(input: $input) {{ {ERRORS} vendorOrder {{ id status }} }}
}}
"""
UPDATE = f"""
mutation Follow($input: FulfillmentUpdateInput!) {{
  fulfillmentUpdate(input: $input) {{ {ERRORS} fulfillment {{ id state deliveredAt }} }}
}}
"""
ALLOCATIONS = """
query Owed($vendorId: ID!) {
  vendorPortal(vendorId: $vendorId) { offers(first: 100) { nodes { id stock { warehouse { id } allocated } } } }
}
"""


@dataclass(frozen=True, slots=True)
class Vendor:
    """Somebody of a vendor, signed in."""

    id: str
    client: Client

    async def portal(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.ask(PORTAL, vendorId=self.id))["vendorPortal"]
        return found

    async def warehouses(self) -> set[str]:
        """The warehouses that have its offers."""
        found = (await self.client.ask(ALLOCATIONS, vendorId=self.id))["vendorPortal"]["offers"]["nodes"]
        return {level["warehouse"]["id"] for offer in found for level in offer["stock"]}

    async def accept(self, part_id: str) -> dict[str, Any]:
        return await self.client.call(ACCEPT, id=part_id, idempotencyKey=fresh_key())

    async def reject(self, part_id: str, reason: str = "Sold out") -> dict[str, Any]:
        return await self.client.call(REJECT, id=part_id, reason=reason, idempotencyKey=fresh_key())

    async def says(self, fulfillment_id: str, state: str) -> dict[str, Any]:
        """What became of what it sent."""
        return await self.client.call(UPDATE, id=fulfillment_id, state=state, idempotencyKey=fresh_key())

    async def send(self, part_id: str, warehouse_id: str, quantity: int, *tracking: str, line: str) -> dict[str, Any]:
        return await self.client.call(
            SEND,
            vendorOrderId=part_id,
            warehouseId=warehouse_id,
            lines=[{"orderLineId": line, "quantity": quantity}],
            parcels=[{"carrier": "DHL", "trackingNumber": number} for number in tracking],
            idempotencyKey=fresh_key(),
        )

    async def sends(self, part_id: str, quantity: int, *tracking: str, line: str) -> dict[str, Any]:
        """Send from whichever of its warehouses owes the units; the others refuse."""
        for warehouse_id in sorted(await self.warehouses()):
            answer = await self.send(part_id, warehouse_id, quantity, *tracking, line=line)
            if not answer["errors"]:
                return answer
        raise AssertionError(answer["errors"])


async def vendor(guest: Client, slug: str) -> Vendor:
    vendor_id = (await guest.ask(VENDOR, slug=slug))["vendor"]["id"]
    return Vendor(vendor_id, await guest.signed_in(vendor_email(slug), PASSWORD))


def line_of(bought: dict[str, Any], sku: str) -> str:
    """The id of the order's line of a SKU."""
    return next(str(line["id"]) for line in bought["lines"]["nodes"] if line["sku"] == sku)
