"""What staff write into the tax books, and what the register of VAT numbers is asked."""

import asyncio
from datetime import datetime
from typing import Protocol

from domain.pricing.ports import OfferWriter
from domain.pricing.taxation.facts import Certificate, Registration, Scheme, VatIdCheck
from domain.pricing.taxation.ports import TaxBook, VatRegister, VatRegisterUnavailable
from domain.pricing.taxation.territory import MEMBERS
from domain.pricing.taxation.vat_id import MAX_LENGTH, normalized
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import CompanyId, CustomerId, VendorId
from domain.shared.making import dataclass
from domain.shared.transaction import Transaction

MAX_NUMBER_LENGTH = 64
REGISTER_SECONDS = 5.0
"""How long the register of VAT numbers is waited for."""


class UnitOfWork(Transaction, Protocol):
    """The books, and who sells."""

    @property
    def taxes(self) -> TaxBook: ...
    @property
    def offer_writer(self) -> OfferWriter: ...


@dataclass(frozen=True, slots=True)
class SetTaxRegistration:
    """That a seller is registered for a tax; it takes the place of one for the same country, region and scheme."""

    vendor_id: VendorId
    registration: Registration


@dataclass(frozen=True, slots=True)
class SetTaxCertificate:
    """That a customer or a company buys free of tax in a territory; it takes the place of one of the same number."""

    customer_id: CustomerId | None
    certificate: Certificate
    company_id: CompanyId | None = None


async def set_tax_registration(uow: UnitOfWork, command: SetTaxRegistration) -> Registration:
    """From now on the seller's sales are taxed by where it is registered."""
    found = command.registration
    problems = _problems(found)
    if found.scheme is not Scheme.DOMESTIC and found.country not in MEMBERS:
        problems.append(Problem(ErrorCode.INVALID, "A one-stop shop is a member state's.", ("country",)))
    if problems:
        raise Refused(*problems)
    async with uow:
        if await uow.offer_writer.is_active_vendor(command.vendor_id) is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such vendor.", "vendor_id")
        await uow.taxes.register(command.vendor_id, found)
        await uow.commit()
    return found


async def set_tax_certificate(uow: UnitOfWork, command: SetTaxCertificate) -> Certificate:
    """From now on the checkouts of the customer, or for the company, are free of tax there."""
    problems = _problems(command.certificate)
    holder = command.customer_id or command.company_id
    if holder is None or (command.customer_id and command.company_id):
        problems.append(Problem(ErrorCode.REQUIRED, "Name either a customer or a company.", ("customer_id",)))
    if problems or holder is None:
        raise Refused(*problems)
    async with uow:
        if not await uow.taxes.certify(holder, command.certificate):
            field = "customer_id" if command.customer_id else "company_id"
            raise refuse(ErrorCode.NOT_FOUND, "No such customer or company.", field)
        await uow.commit()
    return command.certificate


async def checked_vat_id(register: VatRegister, given: str, *, now: datetime) -> VatIdCheck | None:
    """What the register says of a buyer's VAT number; None for an empty one. Never call it in a transaction.

    Refuses what no member state would issue. A register that does not answer leaves the number unchecked, and the tax
    is charged (rule T10).
    """
    vat_id = normalized(given)
    if not vat_id:
        return None
    if len(vat_id) > MAX_LENGTH or not register.is_well_formed(vat_id):
        raise refuse(ErrorCode.INVALID, "This is no VAT number of the European Union, as in DE123456789.", "vat_id")
    try:
        async with asyncio.timeout(REGISTER_SECONDS):
            return await register.check(vat_id, now=now)
    except (VatRegisterUnavailable, TimeoutError):
        return VatIdCheck(vat_id, valid=False)


def _problems(entry: Registration | Certificate) -> list[Problem]:
    problems = []
    if not 0 < len(entry.number.strip()) <= MAX_NUMBER_LENGTH:
        message = f"A number has 1 to {MAX_NUMBER_LENGTH} characters."
        problems.append(Problem(ErrorCode.INVALID, message, ("number",)))
    if entry.valid_from and entry.valid_until and entry.valid_until <= entry.valid_from:
        problems.append(Problem(ErrorCode.INVALID, "It ends before it begins.", ("valid_until",)))
    return problems
