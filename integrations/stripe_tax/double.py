"""A tax engine to test with: it speaks the part of Stripe's API that calculates taxes, and knows a few jurisdictions.

`POST /control` with `{"down": true, "slow_seconds": 9}` makes it fail, and answer late; `GET /calculations` counts what
was calculated. What Stripe would refuse, it refuses: unknown parameters, a location that cannot be taxed, no key.
"""

import asyncio
import uuid
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.shared.money import round_ratio
from integrations.stripe.double.faults import StripeFault, broken, invalid, missing_parameter, unauthorized
from integrations.stripe.double.forms import Form, read_form

_PER_MILLION = 1_000_000

RATES: dict[tuple[str, str | None], list[tuple[str, str, str, int]]] = {
    ("DE", None): [("country", "Germany", "Value-added tax (VAT)", 190_000)],
    ("AT", None): [("country", "Austria", "Value-added tax (VAT)", 200_000)],
    ("US", "NY"): [
        ("state", "New York", "State Sales and Use Tax", 40_000),
        ("city", "New York City", "Local Sales and Use Tax", 45_000),
        ("district", "Metropolitan Commuter Transportation District", "Local Sales and Use Tax", 3_750),
    ],
    ("US", "OR"): [],
}
"""Level, jurisdiction, name of the tax and millionths, by country and state."""


class StripeTaxDouble:
    """The routes over one table of rates."""

    def __init__(self) -> None:
        self._is_down = False
        self._slow_seconds = 0.0
        self._calculated = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/tax/calculations", self.calculate, methods=["POST"]),
                Route("/calculations", self.count, methods=["GET"]),
                Route("/control", self.control, methods=["POST"]),
            ]
        )

    async def calculate(self, request: Request) -> Response:
        self._calculated += 1
        await asyncio.sleep(self._slow_seconds)
        try:
            if not request.headers.get("authorization", "").startswith("Bearer sk_"):
                raise unauthorized("You did not provide an API key.")
            if self._is_down:
                raise broken("Told to fail.")
            return JSONResponse(_calculation(read_form((await request.body()).decode())))
        except StripeFault as fault:
            return JSONResponse(fault.body, status_code=fault.status)

    async def count(self, _request: Request) -> Response:
        return JSONResponse({"calculations": self._calculated})

    async def control(self, request: Request) -> Response:
        told = await request.json()
        self._is_down = bool(told.get("down", False))
        self._slow_seconds = float(told.get("slow_seconds", 0))
        return JSONResponse({"down": self._is_down, "slow_seconds": self._slow_seconds})


def _calculation(form: Form) -> dict[str, Any]:
    currency = form.required_text("currency")
    customer = form.part("customer_details")
    address = customer.part("address")
    customer.required_text("address_source", among={"billing", "shipping"})
    customer.part("tax_ids").ignore("0")
    ship_from = form.part("ship_from_details").part("address")
    ship_from.required_text("country")
    country, state = address.required_text("country"), address.text("state")
    address.ignore("line1", "city", "postal_code")
    rates = _rates(country, state)
    given = form.part("line_items")
    if not given.tree:
        raise missing_parameter("line_items")
    lines = [_line(given.part(at), (country, state), rates) for at in given.tree]
    if form.texts("expand") != ["line_items.data.tax_breakdown"]:
        for line in lines:
            del line["tax_breakdown"]
    tax_date = form.required_integer("tax_date")
    form.finish()
    return {
        "id": f"taxcalc_{uuid.uuid4().hex[:24]}",
        "object": "tax.calculation",
        "amount_total": sum(line["amount"] + _on_top(line) for line in lines),
        "currency": currency,
        "livemode": False,
        "tax_amount_exclusive": sum(_on_top(line) for line in lines),
        "tax_amount_inclusive": sum(line["amount_tax"] - _on_top(line) for line in lines),
        "tax_date": tax_date,
        "line_items": {"object": "list", "data": lines, "has_more": False, "url": "/v1/tax/calculations/line_items"},
    }


def _rates(country: str, state: str | None) -> list[tuple[str, str, str, int]]:
    found = RATES.get((country, state), RATES.get((country, None)))
    if found is None:
        message = "We could not determine the customer's tax location based on the provided customer address."
        raise invalid(message, code="customer_tax_location_invalid", param="customer_details[address]")
    return found


def _line(form: Form, place: tuple[str, str | None], rates: list[tuple[str, str, str, int]]) -> dict[str, Any]:
    amount = form.required_integer("amount")
    behavior = form.required_text("tax_behavior", among={"exclusive", "inclusive"})
    millionths = [rate for *_, rate in rates]
    whole = _PER_MILLION + (sum(millionths) if behavior == "inclusive" else 0)
    taxes = [round_ratio(amount * rate, whole) for rate in millionths]
    base = amount - (sum(taxes) if behavior == "inclusive" else 0)
    return {
        "id": f"tax_li_{uuid.uuid4().hex[:16]}",
        "object": "tax.calculation_line_item",
        "amount": amount,
        "amount_tax": sum(taxes),
        "livemode": False,
        "product": None,
        "quantity": form.integer("quantity") or 1,
        "reference": form.required_text("reference"),
        "tax_behavior": behavior,
        "tax_code": form.required_text("tax_code"),
        "tax_breakdown": [_part(*rate, place, base, tax) for rate, tax in zip(rates, taxes, strict=True)]
        or [_untaxed(place, base)],
    }


def _part(
    level: str, where: str, name: str, millionths: int, place: tuple[str, str | None], base: int, tax: int
) -> dict[str, Any]:
    kind = "vat" if level == "country" else "sales_tax"
    percentage = f"{millionths / 10_000:.4f}".rstrip("0").rstrip(".")
    return {
        "amount": tax,
        "jurisdiction": {"country": place[0], "display_name": where, "level": level, "state": place[1]},
        "sourcing": "destination",
        "tax_rate_details": {"display_name": name, "percentage_decimal": percentage, "tax_type": kind},
        "taxability_reason": "standard_rated",
        "taxable_amount": base,
    }


def _untaxed(place: tuple[str, str | None], base: int) -> dict[str, Any]:
    return {
        "amount": 0,
        "jurisdiction": {"country": place[0], "display_name": place[1], "level": "state", "state": place[1]},
        "sourcing": "destination",
        "tax_rate_details": None,
        "taxability_reason": "not_subject_to_tax",
        "taxable_amount": base,
    }


def _on_top(line: dict[str, Any]) -> int:
    return int(line["amount_tax"]) if line["tax_behavior"] == "exclusive" else 0
