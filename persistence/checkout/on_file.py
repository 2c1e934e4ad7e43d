"""What a customer has told before, in one statement."""

from domain.checkout.express import OnFile
from domain.customers.model import SavedAddress
from domain.payments.model import PaymentKind
from domain.payments.stored import StoredMethod
from domain.shared.address import Address
from domain.shared.ids import AddressId, CustomerId
from persistence.statement import Connection

_FIELDS = (
    "id, customer_id, gateway, method_id, reference, gateway_customer, kind, brand, last4, expires_month, expires_year"
)
_ON_FILE = f"""
SELECT c.email,
       (SELECT jsonb_agg(jsonb_build_array(a.id, a.address, a.is_default_shipping, a.is_default_billing)
               ORDER BY a.position)
        FROM customer_address a WHERE a.customer_id = c.id) AS addresses,
       (SELECT jsonb_agg(to_jsonb(m) ORDER BY m.id DESC)
        FROM (SELECT {_FIELDS} FROM stored_method WHERE customer_id = $1 AND forgotten_at IS NULL) AS m) AS methods
FROM customer c WHERE c.id = $1
"""  # noqa: S608 - made of constants


class BuyersOnFile:
    """Implements `domain.checkout.ports.BuyersOnFile` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, customer_id: CustomerId) -> OnFile | None:
        row = await self._connection.fetchrow(_ON_FILE, customer_id)
        if row is None:
            return None
        addresses = [
            SavedAddress(AddressId(entry_id), Address(**address), *defaults)
            for entry_id, address, *defaults in row["addresses"] or ()
        ]
        methods = [StoredMethod(**{**found, "kind": PaymentKind(found["kind"])}) for found in row["methods"] or ()]
        return OnFile(row["email"], tuple(addresses), tuple(methods))
