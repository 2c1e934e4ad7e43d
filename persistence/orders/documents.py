"""How addresses, taxes and option values stand in jsonb columns, and how amounts stand in a row."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from domain.pricing.discounts import DiscountAllocation, Funding, PromotionRef, Stage
from domain.pricing.quote import TaxLine, Totals
from domain.shared.address import Address
from domain.shared.money import Money, TaxedMoney
from persistence.statement import Record

_ADDRESS_FIELDS = tuple(field.name for field in fields(Address))


def address_document(address: Address | None) -> dict[str, str] | None:
    """What is not None of an address."""
    if address is None:
        return None
    values = {name: getattr(address, name) for name in _ADDRESS_FIELDS}
    return {name: value for name, value in values.items() if value is not None}


def address_of(document: Mapping[str, str] | None) -> Address | None:
    return None if document is None else Address(**document)


def tax_documents(taxes: Sequence[TaxLine]) -> list[dict[str, Any]]:
    """Tax lines in minor units of the currency of their row."""
    return [
        {
            "name": tax.name,
            "jurisdiction": tax.jurisdiction,
            "rate": str(tax.rate),
            "base": tax.base.minor,
            "amount": tax.amount.minor,
        }
        for tax in taxes
    ]


def taxes_of(documents: Sequence[Mapping[str, Any]], currency: str) -> tuple[TaxLine, ...]:
    return tuple(
        TaxLine(
            name=tax["name"],
            jurisdiction=tax["jurisdiction"],
            rate=Decimal(tax["rate"]),
            base=Money(tax["base"], currency),
            amount=Money(tax["amount"], currency),
        )
        for tax in documents
    )


def discount_documents(discounts: Sequence[DiscountAllocation]) -> list[dict[str, Any]]:
    """Discounts in minor units of the currency of their row, each with the rule, code, base and payer (rule P18)."""
    return [
        {
            "promotion": {"id": discount.promotion.id, "name": discount.promotion.name},
            "code": discount.code,
            "base": discount.base.minor,
            "amount": discount.amount.minor,
            "funded_by": discount.funded_by.value,
            "stage": discount.stage.value,
        }
        for discount in discounts
    ]


def discounts_of(documents: Sequence[Mapping[str, Any]], currency: str) -> tuple[DiscountAllocation, ...]:
    return tuple(
        DiscountAllocation(
            PromotionRef(discount["promotion"]["id"], discount["promotion"]["name"]),
            discount["code"],
            Money(discount["base"], currency),
            Money(discount["amount"], currency),
            Funding(discount["funded_by"]),
            Stage(discount.get("stage", Stage.ORDER.value)),
        )
        for discount in documents
    )


def taxed_columns(name: str, amount: TaxedMoney) -> dict[str, int]:
    """`lines_net_minor`, `lines_tax_minor` and `lines_gross_minor`, for `lines`."""
    return {f"{name}_{part}_minor": getattr(amount, part).minor for part in ("net", "tax", "gross")}


def taxed_of(row: "Record", name: str) -> TaxedMoney:
    currency = row["currency"]
    net, tax, gross = (Money(row[f"{name}_{part}_minor"], currency) for part in ("net", "tax", "gross"))
    return TaxedMoney(net, tax, gross)


def totals_columns(totals: Totals) -> dict[str, Any]:
    return {
        "currency": totals.total.currency,
        **taxed_columns("lines", totals.lines),
        **taxed_columns("shipping", totals.shipping),
        **taxed_columns("fees", totals.fees),
        "rounding_minor": totals.rounding.minor,
        **taxed_columns("total", totals.total),
        "discount_minor": totals.discount.minor,
        "taxes": tax_documents(totals.taxes),
    }


def totals_of(row: "Record") -> Totals:
    """What was agreed on; what is paid of it stands in payments."""
    currency = row["currency"]
    total = taxed_of(row, "total")
    return Totals(
        lines=taxed_of(row, "lines"),
        discount=Money(row["discount_minor"], currency),
        shipping=taxed_of(row, "shipping"),
        fees=taxed_of(row, "fees"),
        rounding=Money(row["rounding_minor"], currency),
        taxes=taxes_of(row["taxes"], currency),
        total=total,
        tendered=Money.zero(currency),
        due=total.gross,
    )
