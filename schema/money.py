"""Amounts of money."""

from decimal import Decimal

import strawberry

from domain.pricing import offer, tax
from domain.shared import money
from resolvers.money import MoneyStyle, formatted
from schema.base import enum, represents, resolve
from schema.scalars import CurrencyCode, MinorUnits

enum(MoneyStyle)


@strawberry.federation.type(shareable=True, description="An exact amount of one currency.")
@represents(money.Money)
class Money:
    minor: MinorUnits = resolve(name="amountMinor", description="The amount in the currency's minor units.")
    currency: CurrencyCode = resolve(description="Its ISO 4217 code.")
    exponent: int = resolve(description="Digits after the point: 2 EUR, 0 JPY, 3 KWD.")
    amount: Decimal = resolve(description='The exact decimal with all of the currency\'s digits, e.g. "19.90".')
    formatted: str = resolve(formatted, description="As people of the context's language write it.")


@strawberry.federation.type(shareable=True, description="`net + tax = gross`, exactly, always.")
@represents(money.TaxedMoney)
class TaxedMoney:
    net: Money = resolve(description="Before tax.")
    tax: Money = resolve(description="The tax.")
    gross: Money = resolve(description="With tax.")


@strawberry.federation.type(shareable=True, description="From the least to the most; both are included.")
@represents(offer.MoneyRange)
class MoneyRange:
    min: Money = resolve(description="The least.")
    max: Money = resolve(description="The most.")


@strawberry.type(description="One tax on one thing, or on all things together.")
@represents(tax.TaxLine)
class TaxLine:
    name: str = resolve(description="What the tax is called on documents.")
    jurisdiction: str = resolve(description="Who levies it.")
    rate: Decimal = resolve(description="0.19 is 19 %.")
    base: Money = resolve(description="What it is due on.")
    amount: Money = resolve(description="What is due.")


@strawberry.input(description="An exact amount of one currency.")
class MoneyInput:
    amount_minor: MinorUnits = strawberry.field(description="The amount in the currency's minor units.")
    currency: CurrencyCode = strawberry.field(description="Its ISO 4217 code.")

    def to_domain(self) -> money.Money:
        return money.Money(self.amount_minor, self.currency)
