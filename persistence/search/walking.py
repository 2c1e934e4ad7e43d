"""Going through products in the order of an index, up to a page's worth of those that a search finds.

That is how the hits of a wide search are sorted: one in every few products is among them, so that not many are looked
at in vain. No plan that PostgreSQL could prefer is possible: each product is looked up on its own, in order.

Goods of a kind cost alike, and a walk to them along all prices might be a long one. So by price it goes from band to
band (`persistence.search.price_bands`): what is found of a band is gathered, and only where that is very much, and so a
good part of the band, it walks.

Days are quick to sort, so by age more is gathered of what is found without words. Its prices are looked up as on a
walk: of one product after the other.
"""

from collections.abc import Sequence

from domain.catalog.search import Filter, SearchInput, languages_of
from domain.pricing.context import RequestContext
from domain.shared.making import dataclass, replace
from persistence.search import breadth, price_bands
from persistence.search.filtering import NARROWED, PRICED, all_of, conditions, narrowing
from persistence.search.matching import UNCODED, Arguments, found_by, is_read, within


@dataclass(frozen=True, slots=True)
class Path:
    """A table with an index in the order of `column` and the product's id."""

    table: str
    column: str
    is_priced: bool = False
    is_collection: bool = False


REACH = 2_000
"""How many products are looked at before it is asked whether a market sells few of them."""

PRICE = Path("search_price", "amount_minor", is_priced=True)
AGE = Path("search_product", "newest_on")
PLACE = Path("collection_product", "position", is_collection=True)


@dataclass(frozen=True, slots=True)
class Steps:
    """SQL of one page: products `beyond` a position, in a `direction`, and how many; of how many that are looked at."""

    gate: str
    beyond: str
    direction: str
    limit: str
    reach: int | None = None


def walked(
    path: Path, asked: SearchInput, scope: str | None, request: RequestContext, arguments: Arguments, steps: Steps
) -> str:
    """A query for `product_id` and `key` of the hits in order. Of words it needs `asked` and `coded`."""
    listed = _listed(path, asked, scope, request, arguments, steps)
    found = _found(path, asked, scope, request, arguments)
    return (
        f"SELECT listed.product_id, key FROM ({listed}) AS listed {found} "  # noqa: S608
        f"ORDER BY key {steps.direction}, listed.product_id {steps.direction} LIMIT {steps.limit}"
    )


def gathered_by_age(
    asked: SearchInput, scope: str | None, request: RequestContext, arguments: Arguments, steps: Steps, indexed: str
) -> str:
    """The same by age, without words, of what is not walked along but found by its places and sorted: the price is
    looked up of one after the other. Needs `portion`; `indexed` as in `persistence.search.matching.Look`.
    """
    known = " AND ".join(["true", *_of(asked.filters, request, arguments, priced=False)])
    whole = f"(SELECT is_whole FROM portion) AND NOT {breadth.IS_FEW} AND {known}"  # noqa: S608
    left = f"(SELECT is_narrowed FROM portion) AND {indexed}"  # noqa: S608
    # By places (OFFSET 0): to go along the ages of all products may look cheaper.
    found = " UNION ALL ".join(
        f"(SELECT product_id, newest_on FROM search_product AS product "  # noqa: S608
        f"WHERE {condition}{within(scope, arguments)} OFFSET 0)"
        for condition in (whole, left)
    )
    return (
        f"SELECT listed.product_id, key FROM (SELECT product_id, newest_on AS key FROM ({found}) AS product "  # noqa: S608
        f"WHERE {steps.beyond} ORDER BY newest_on {steps.direction}, product_id {steps.direction}) AS listed "
        f"CROSS JOIN LATERAL {_sold('listed', asked, request, arguments)} "
        f"ORDER BY key {steps.direction}, listed.product_id {steps.direction} LIMIT {steps.limit}"
    )


def banded(asked: SearchInput, scope: str | None, request: RequestContext, arguments: Arguments, steps: Steps) -> str:
    """The same by price, which needs `sample` as well."""
    market, currency = arguments.add(request.market.id), arguments.add(request.currency)
    priced = [entry for entry in asked.filters if entry.key == "price"]
    sold = f"market_id = {market} AND currency = {currency} AND {all_of(priced, request, arguments)} AND {steps.beyond}"
    ends = (
        f"SELECT {price_bands.band(f'{end}(amount_minor)')} FROM search_price WHERE {sold}"  # noqa: S608
        for end in ("min", "max")
    )
    dense = "number = ANY(ARRAY(SELECT dense.number FROM dense))"
    within_band = f"amount_minor BETWEEN {price_bands.lowest('number')} AND {price_bands.highest('number')}"
    inner = replace(steps, gate=dense, beyond=f"{steps.beyond} AND {within_band}")
    uncoded = UNCODED if asked.query else "true"
    filters, _ = narrowing(asked.filters, request, arguments)
    here = f"product.places @> ARRAY[{price_bands.place(market, currency, 'number')}]"
    return f"""
    SELECT product_id, key FROM (
        SELECT number FROM generate_series(({next(ends)}), ({next(ends)})) AS number
        WHERE {steps.gate} ORDER BY number {steps.direction}
    ) AS band CROSS JOIN LATERAL (
        (SELECT product.product_id, amount_minor AS key FROM {found_by(asked, scope, request, arguments)}
        AND {uncoded} AND NOT {dense} AND {here} AND {inner.beyond} AND {filters}
        ORDER BY 2 {steps.direction}, 1 {steps.direction} LIMIT {steps.limit})
        UNION ALL ({walked(PRICE, asked, scope, request, arguments, inner)})
    ) AS page ORDER BY number {steps.direction}, key {steps.direction}, product_id {steps.direction}
    LIMIT {steps.limit}"""  # noqa: S608


def dense() -> str:
    """CTE `dense` of `sample` and `probed`: the bands in which very much is found."""
    return f"""
dense AS MATERIALIZED (
    SELECT {price_bands.band("amount_minor")} AS number FROM sample WHERE is_left
    GROUP BY 1 HAVING count(*) * {breadth.TIERS} / (SELECT tiers FROM probed) > {breadth.RANKED.gathered}
)"""  # noqa: S608


def _listed(
    path: Path, asked: SearchInput, scope: str | None, request: RequestContext, arguments: Arguments, steps: Steps
) -> str:
    """All products along the path, sorted: which the planner takes for granted, and keeps."""
    wanted = [steps.gate, steps.beyond]
    if path.is_collection:
        wanted.append(f"collection_id = {arguments.add(scope)}")
    if path.is_priced:
        wanted.append(
            f"market_id = {arguments.add(request.market.id)} AND currency = {arguments.add(request.currency)}"
        )
        wanted += _of(asked.filters, request, arguments, priced=True)
    columns = f", {NARROWED}" if path is AGE else ""
    return (
        f"SELECT product_id, {path.column} AS key{columns} FROM {path.table} WHERE {' AND '.join(wanted)} "  # noqa: S608
        f"ORDER BY {path.column} {steps.direction}, product_id {steps.direction}"
        f"{'' if steps.reach is None else f' LIMIT {steps.reach}'}"
    )


def _found(path: Path, asked: SearchInput, scope: str | None, request: RequestContext, arguments: Arguments) -> str:
    """What else must hold of each that is listed: of the product first, which tells most of them apart, then its price.

    Each look stands on the one before, so that the planner cannot take them the other way round.
    """
    narrowed = _of(asked.filters, request, arguments, priced=False)
    looks, seen = [], "listed"
    if asked.query or narrowed or scope is not None:
        source = "(SELECT listed.* OFFSET 0) AS product WHERE true"
        if asked.query:
            read = is_read(arguments.add(languages_of(request.language)))
            source = f"asked JOIN search_document AS product ON {read} WHERE vector @@ full_query AND {UNCODED}"
        elif path is not AGE:
            source = "search_product AS product WHERE true"
        conditions = " AND ".join([source, "product.product_id = listed.product_id", *narrowed])
        looks.append(f"(SELECT product.product_id FROM {conditions}{within(scope, arguments)} LIMIT 1) AS found")  # noqa: S608
        seen = "found"
    if not path.is_priced:
        looks.append(_sold(seen, asked, request, arguments))
    return " ".join(f"CROSS JOIN LATERAL {look}" for look in looks)


def _sold(seen: str, asked: SearchInput, request: RequestContext, arguments: Arguments) -> str:
    """A look at the price of a product of `seen`."""
    here = f"market_id = {arguments.add(request.market.id)} AND currency = {arguments.add(request.currency)}"
    wanted = [f"price.product_id = {seen}.product_id", here, *_of(asked.filters, request, arguments, priced=True)]
    return f"(SELECT FROM search_price AS price WHERE {' AND '.join(wanted)} LIMIT 1) AS sold"


def _of(filters: Sequence[Filter], request: RequestContext, arguments: Arguments, *, priced: bool) -> list[str]:
    """Conditions of the filters of prices, or of all others."""
    chosen = [entry for entry in filters if (entry.key in PRICED) is priced]
    return [condition for _, condition in conditions(chosen, request, arguments)]
