"""Stripe Tax, by Stripe's own asynchronous client: taxes as calculations, of which Stripe keeps nothing for us.

https://docs.stripe.com/api/tax/calculations/create
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from itertools import batched
from types import TracebackType
from typing import Any, Self

import stripe

from domain.pricing.taxation.external import AssessedTax, Assessment, TaxableItem, TaxRequest
from domain.pricing.taxation.ports import TaxEngineUnavailable
from domain.shared.address import Address
from domain.shared.money import Money
from integrations.http import LazyClient
from integrations.stripe.client import client_of
from integrations.stripe.units import money_of, stripe_amount

TIMEOUT_SECONDS = 2.0
MAX_ITEMS = 100
"""How many line items one calculation takes."""
TAX_CODES = {"shipping": "txcd_92010001", "digital": "txcd_10000000", "service": "txcd_20030000"}
GOODS = "txcd_99999999"
"""Tangible goods; a class that names a code of Stripe's (`txcd_...`) is sent as it is."""


class StripeTax:
    """Implements `domain.pricing.taxation.ports.TaxEngine`."""

    name = "stripe"

    def __init__(
        self, secret_key: str, *, api_base: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._http = LazyClient(timeout_seconds=timeout_seconds)
        self._calculations: Any = client_of(secret_key, self._http, api_base=api_base).v1.tax.calculations

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def assess(self, request: TaxRequest) -> tuple[Assessment, str | None]:
        taxes: dict[str, tuple[AssessedTax, ...]] = {}
        references = []
        for items in batched((*request.items, *request.deliveries), MAX_ITEMS):
            try:
                found = await self._calculations.create_async(_parameters(request, items))
            except stripe.StripeError as error:
                raise TaxEngineUnavailable(type(error).__name__) from error
            calculation = found.to_dict()
            taxes |= _taxes(calculation["line_items"]["data"], request.currency)
            references.append(calculation["id"])
        return taxes, ",".join(filter(None, references)) or None


def _parameters(request: TaxRequest, items: Sequence[TaxableItem]) -> dict[str, Any]:
    behavior = "inclusive" if request.included else "exclusive"
    customer: dict[str, Any] = {"address": _address(request.ship_to), "address_source": "shipping"}
    if request.vat_id:
        customer["tax_ids"] = [{"type": "eu_vat", "value": request.vat_id}]
    return {
        "currency": request.currency.lower(),
        "customer_details": customer,
        "ship_from_details": {"address": {"country": request.ship_from}},
        "tax_date": int(datetime.combine(request.on, time(12), UTC).timestamp()),
        "line_items": [
            {
                "amount": _units(item.amount, request.currency),
                "quantity": item.quantity,
                "reference": item.key,
                "tax_behavior": behavior,
                "tax_code": item.tax_class if item.tax_class.startswith("txcd_") else _tax_code(item.tax_class),
            }
            for item in items
        ],
        "expand": ["line_items.data.tax_breakdown"],
    }


def _tax_code(tax_class: str) -> str:
    return TAX_CODES.get(tax_class, GOODS)


def _address(address: Address) -> dict[str, str]:
    known = {
        "line1": address.line1,
        "city": address.city,
        "state": address.region,
        "postal_code": address.postal_code,
        "country": address.country,
    }
    return {name: value for name, value in known.items() if value}


def _units(minor: int, currency: str) -> int:
    units = stripe_amount(Money(minor, currency))
    if units is None:
        raise TaxEngineUnavailable(f"{currency} is not counted so finely there")
    return units


def _taxes(lines: Iterable[Mapping[str, Any]], currency: str) -> dict[str, tuple[AssessedTax, ...]]:
    return {
        line["reference"]: tuple(
            _tax(part, currency) for part in line["tax_breakdown"] if part["tax_rate_details"] is not None
        )
        for line in lines
    }


def _tax(part: Mapping[str, Any], currency: str) -> AssessedTax:
    details, place = part["tax_rate_details"], part["jurisdiction"]
    area = f"{place['country']}-{place['state']}" if place["state"] else place["country"]
    jurisdiction = area if place["level"] in ("country", "state") else f"{area} {place['display_name']}"
    return AssessedTax(
        name=details["display_name"],
        jurisdiction=jurisdiction,
        rate=Decimal(details["percentage_decimal"]) / 100,
        base=money_of(part["taxable_amount"], currency).minor,
        amount=money_of(part["amount"], currency).minor,
    )
