"""Invoices and credit notes, as buyers, vendors and staff are given them."""

from collections.abc import Sequence
from operator import attrgetter

from domain.orders.invoicing.model import LegalEntity, OrderDocument
from domain.orders.model import Order, VendorOrder
from domain.shared.address import Address
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import VendorId
from domain.shared.making import dataclass
from domain.shared.text import is_plain
from domain.vendors.model import Vendor
from resolvers.context import Info
from resolvers.relations import relation

MAX_LENGTH = 255


@relation("documents_of_order", attrgetter("id"))
def documents_of_order(_root: Order, found: Sequence[OrderDocument]) -> Sequence[OrderDocument]:
    return found


@relation("documents_of_vendor_order", attrgetter("vendor_id", "id"))
def documents_of_part(_root: VendorOrder, found: Sequence[OrderDocument]) -> Sequence[OrderDocument]:
    return found


def url(root: OrderDocument, info: Info) -> str:
    return info.context.services.links.sign(f"/documents/{root.id}.pdf", info.context.now)


def data_url(root: OrderDocument, info: Info) -> str:
    return info.context.services.links.sign(f"/documents/{root.id}.xml", info.context.now)


@dataclass(frozen=True, slots=True)
class SetLegalEntity:
    """Say who a vendor is before the law; its documents from now on say so."""

    vendor_id: VendorId
    name: str
    address: Address
    registration: str | None
    email: str | None


async def set_legal_entity(info: Info, command: SetLegalEntity) -> Vendor:
    """The vendor. For staff with `vendors:write`; documents that were issued stay as they are (rule O5)."""
    given = {"name": command.name, "registration": command.registration, "email": command.email}
    problems = [
        Problem(ErrorCode.INVALID, f"1 to {MAX_LENGTH} characters, without controls.", (field,))
        for field, value in given.items()
        if value is not None and not (0 < len(value.strip()) <= MAX_LENGTH and is_plain(value))
    ]
    problems += info.context.services.address_book.problems(command.address, "address")
    if problems:
        raise Refused(*problems)
    vendor = await info.context.loaders.vendor.load(command.vendor_id)
    if vendor is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such vendor.", "vendor_id")
    entity = LegalEntity(command.name.strip(), command.address, command.registration, command.email)
    async with info.context.unit_of_work() as uow:
        await uow.documents.save_legal_entity(command.vendor_id, entity)
        await uow.commit()
    return vendor
