"""What carts, checkouts, orders and their vendors' parts add up to."""

import strawberry

from domain.pricing import quote
from schema.base import represents, resolve
from schema.money import Money, TaxedMoney, TaxLine


@strawberry.type(description="`lines + shipping + fees + rounding = total` and `tendered + due = total`, exactly.")
@represents(quote.Totals)
class Totals:
    lines: TaxedMoney = resolve(description="The goods, after discounts.")
    discount: Money = resolve(description="What discounts took off, as the market displays prices.")
    shipping: TaxedMoney = resolve(description="Delivery.")
    fees: TaxedMoney = resolve(description="Gift wrap, and charges of the order as a whole.")
    rounding: Money = resolve(
        description="What brings the total to an amount that can be paid; may be negative, is never taxed."
    )
    taxes: list[TaxLine] = resolve(description="Each tax by itself; together they are the tax of `total`.")
    total: TaxedMoney = resolve(description="What it all costs.")
    tendered: Money = resolve(description="What gift cards and credit have set aside.")
    due: Money = resolve(description="What is left to pay.")
    tax_is_estimate: bool = resolve(description="True until the place that taxes it is known.")
