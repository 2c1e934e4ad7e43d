"""Bands of prices: what costs alike stands together in the index of words and places, so that prices narrow a search.

A price stands in the band of as many as its minor units have binary digits: each band is twice as wide as the one
before. Among a product's places is that of its band in each market and currency in which it is sold. Markets are told
apart by the end of their ids; should two be taken for one, what is found is too much, and its prices say so.
"""

from domain.catalog.search import Filter, price_bounds
from domain.pricing.context import RequestContext

LETTERS = 6
"""Of a market's id."""
PREFIX = "price="


def band(amount: str) -> str:
    """SQL: the band of an amount in minor units."""
    return f"length(ltrim(({amount})::bit(64)::text, '0'))"


def place(market_id: str, currency: str, number: str) -> str:
    """SQL: the place that stands for a band in a market and currency."""
    return f"('{PREFIX}' || right({market_id}, {LETTERS}) || '/' || {currency} || '/' || {number})"


def places(product_id: str) -> str:
    """SQL: the places that stand for the prices of a product."""
    own = place("market_id", "currency", band("amount_minor"))
    return f"ARRAY(SELECT {own} FROM search_price WHERE product_id = {product_id} ORDER BY market_id, currency)"  # noqa: S608


def replaced(kept: str, product_id: str) -> str:
    """SQL: the places of a product, of which those for its prices are made anew and come last."""
    others = f"SELECT place FROM unnest({kept}) WITH ORDINALITY AS known (place, number)"  # noqa: S608
    return f"ARRAY({others} WHERE NOT starts_with(place, '{PREFIX}') ORDER BY number) || {places(product_id)}"


def passed(entry: Filter, request: RequestContext) -> list[str]:
    """The places of all prices that a filter lets through, and of some more."""
    low, high = price_bounds(entry, request.currency)
    begin = f"{PREFIX}{request.market.id[-LETTERS:]}/{request.currency}/"
    return [f"{begin}{number}" for number in range(low.bit_length(), max(high, 0).bit_length() + 1)]


def lowest(number: str) -> str:
    """SQL: the lowest amount of a band."""
    return f"(CASE {number} WHEN 0 THEN 0 ELSE 1::bigint << ({number} - 1) END)"


def highest(number: str) -> str:
    """SQL: the highest amount of a band."""
    return f"((1::bigint << {number}) - 1)"
