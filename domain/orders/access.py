"""Who may read an order. A vendor's part, and what belongs to it, can be read by that vendor as well (rule V8)."""

from domain.orders.model import Order
from domain.shared.actor import Actor

ORDERS_READ = "orders:read"
EVENTS_READ = "events:read"


def may_read_order(actor: Actor, order: Order) -> bool:
    """A guest's order belongs to whoever holds its unguessable id, a customer's order to that customer."""
    return order.customer_id is None or order.customer_id == actor.customer_id or ORDERS_READ in actor.scopes
