"""Invoices and credit notes."""

from datetime import date, datetime

import strawberry

from domain.orders.invoicing import model
from domain.shared.ids import VendorId
from resolvers import documents
from resolvers.ids import parse_id
from schema.addresses import AddressInput
from schema.base import Payload, enum, mutation, represents, resolve
from schema.vendors import Vendor

enum(model.DocumentKind)


@strawberry.type(description="An invoice or a credit note of one vendor: once issued, it never changes.")
@represents(model.OrderDocument)
class OrderDocument:
    kind: model.DocumentKind = resolve(description="What it says.")
    number: str = resolve(description="Without gaps within the vendor's series.")
    issued_at: datetime = resolve(description="When it was issued.", name="createdAt")
    due_on: date | None = resolve(description="By when it is paid, where a company has agreed on terms.")
    corrects: str | None = resolve(description="The number of the invoice that a credit note takes from.")
    url: str = resolve(documents.url, description="The PDF (PDF/A-3), for a day; below this server's address.")
    data_url: str = resolve(documents.data_url, description="The same as UBL 2.1 (EN 16931), for a day.")


@strawberry.input(description="Who a vendor is before the law: what its documents say from now on.")
class VendorLegalEntitySetInput:
    vendor_id: strawberry.ID
    name: str = strawberry.field(description="The registered name.")
    address: AddressInput
    registration: str | None = strawberry.field(
        default=None, description="A register and number, as documents name it."
    )
    email: str | None = None

    def to_domain(self) -> documents.SetLegalEntity:
        vendor_id = parse_id(self.vendor_id, "vendor", VendorId)
        return documents.SetLegalEntity(vendor_id, self.name, self.address.to_domain(), self.registration, self.email)


@strawberry.federation.type(tags=["admin"], description="What `vendorLegalEntitySet` answers.")
class VendorLegalEntitySetPayload(Payload):
    vendor: Vendor | None = resolve(description="The vendor.")


@strawberry.type
class DocumentsMutation:
    vendor_legal_entity_set: VendorLegalEntitySetPayload | None = mutation(
        documents.set_legal_entity,
        input=VendorLegalEntitySetInput,
        payload=VendorLegalEntitySetPayload,
        requires_scopes=[["vendors:write"]],
        tags=["admin"],
        description="Say who a vendor is before the law. Documents that were issued stay as they are.",
    )
