"""How much a search finds, before all of it is looked at; and how to look at a part when it is too much.

Each product belongs to one of 1,024 tiers by the end of its id, which is random, and its tier stands among its
places; so does its coarse tier, one of 32, by which many tiers are asked for at once. What matches in a few tiers
tells how much matches in all of them. A search that finds more products than its bounds let be gathered is wide: it is
counted on as many tiers as hold enough of them, is ranked tier by tier, and its other orders are walked along an index.
What filters leave of a wide search is looked at whole where that is little. Where a market sells few products of a big
catalog, a search begins with those.
"""

from domain.shared.ids import ALPHABET
from domain.shared.making import dataclass

TIERS, COARSE = 1_024, 32
"""Two letters of an id, and one. Powers of two, as are the numbers of tiers that are looked at together."""
PROBED, PROBED_MORE, FEW_PROBED = 1, 3, 8
"""Tiers that tell how much a search finds: a thousandth of it. If that is few, more tiers tell more exactly."""
PROBED_PARTLY = 8
"""Those that tell how many products are a partial match."""
FEW_PRODUCTS = 30_000
"""In a catalog of so many all searches are looked at whole."""
FEW_SOLD = 1_500
"""Of a context that sells so few products each is looked at, whatever it is that is sought."""
NOT_WIDE = 0
"""The level of a search that is looked at whole. A wide one's is a step above the power of two that it takes."""
RANK_BITS = 40
SCALE = f"(SELECT {TIERS} / size FROM portion)"  # noqa: S608
"""SQL: how many products one of those stands for that are looked at."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many products of a big catalog are looked at one by one, and up to how many of a wide search at once: more
    than half of that. `left` are those that filters may leave of a wide search for all of them to be looked at.
    """

    gathered: int
    portion: int
    left: int


RANKED = Bounds(2_500, 1_750, 2_500)
"""Of a portion the best are shown first, so it should have many."""
COUNTED = Bounds(1_500, 1_200, 1_500)
"""A portion tells of the rest, which some hundreds do as well."""
TOLD = Bounds(1_500, 600, 600)
"""A number alone is told by half of those to within some six percent."""
DATED = Bounds(1_500, 1_200, 4_000)
"""To sort days is quick. A walk to fewer products than that may be a long one, as goods of a kind are of an age."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some of the tiers of a wide search: blocks are ranked one after the other."""

    level: int
    number: int

    def is_end(self, *, backward: bool) -> bool:
        """Whether none follows, in this direction."""
        last = 0 if self.level == NOT_WIDE else TIERS // 2 ** (self.level - 1) - 1
        return self.number == (0 if backward else last)

    def beside(self, *, backward: bool) -> "Block":
        return Block(self.level, self.number + (-1 if backward else 1))


def block_of(key: int) -> Block:
    """The block that a key made by `keyed` belongs to, whatever a client has made of it."""
    level, rest = divmod(abs(key) >> RANK_BITS, TIERS)
    level = min(level, TIERS.bit_length())
    size = 2 ** (level - 1) if level else TIERS
    return Block(level, min(TIERS - 1 - rest, TIERS // size - 1))


def keyed(rank: str) -> str:
    """SQL: a rank within the portion that is looked at, as a key that orders blocks before ranks."""
    return f"(SELECT (level * {TIERS} + {TIERS - 1} - block)::bigint << {RANK_BITS} FROM portion) + {rank}"  # noqa: S608


def tiers_of(product_id: str) -> str:
    """SQL: the places that stand for the tiers of a product."""
    return f"ARRAY['tier=' || right({product_id}, 2), 'tier=' || left(right({product_id}, 2), 1)]"


def _tiers(first: str, count: str) -> str:
    """SQL: so many tiers from a number on; coarse ones where they are whole, since each is looked up in the index."""
    coarse = f"generate_series(({first}) / {COARSE}, ({first} + {count} - 1) / {COARSE})"
    fine = f"generate_series({first}, {first} + {count} - 1)"
    return (
        f"CASE WHEN {count} >= {COARSE} THEN ARRAY(SELECT 'tier=' || {_letter('number')} FROM {coarse} AS number) "  # noqa: S608
        f"ELSE ARRAY(SELECT 'tier=' || {_letter(f'number / {COARSE}')} || {_letter(f'number % {COARSE}')} "
        f"FROM {fine} AS number) END"
    )


def _letter(number: str) -> str:
    return f"substr('{ALPHABET}', {number} + 1, 1)"


def is_big() -> str:
    """SQL: whether the catalog has so many products that searches may be wide."""
    counted = "SELECT document_count FROM search_lexeme WHERE language = '' AND lexeme = ''"
    return f"({counted}) > {FEW_PRODUCTS}"


def extent(market: str, currency: str) -> str:
    """CTE `extent`: whether few products are sold in a context of a big catalog (parameters), and whether a search may
    be wide there.
    """
    sold = f"SELECT FROM search_price WHERE market_id = {market} AND currency = {currency} LIMIT {FEW_SOLD + 1}"
    few = f"(SELECT count(*) <= {FEW_SOLD} FROM ({sold}) AS sold)"  # noqa: S608 - made of parameters
    return (
        "extent AS MATERIALIZED (SELECT is_few, is_big AND NOT is_few AS may_be_wide FROM ("  # noqa: S608
        f"SELECT is_big, CASE WHEN is_big THEN {few} ELSE false END AS is_few "
        f"FROM (SELECT coalesce({is_big()}, false) AS is_big OFFSET 0) AS counted OFFSET 0) AS known)"
    )


IS_FEW = "(SELECT is_few FROM extent)"
MAY_BE_WIDE = "(SELECT may_be_wide FROM extent)"


def some_tiers(count: int, *, first: int = 0) -> str:
    """SQL: so many tiers from a number on."""
    return _tiers(str(first), str(count))


def fitting_tiers(count: str, bounds: Bounds) -> str:
    """SQL: so many tiers that a portion of so many products (an SQL expression) stands in them; a power of two."""
    return f"(SELECT {_tiers('0', 'size')} FROM (SELECT (2 ^ {_fitting(count, bounds)})::int AS size) AS sized)"  # noqa: S608


def _fitting(count: str, bounds: Bounds) -> str:
    """SQL: the power of two of as many tiers as hold a portion of so many products."""
    share = f"{bounds.portion} * {TIERS}::numeric / greatest({count}, {bounds.portion})"
    return f"greatest(floor(log(2, {share})), 0)::int"


def estimated(found: str) -> str:
    """SQL: `count`, about how much a relation with its conditions has, in which `product.places` can be asked for."""
    probed = f"product.places && {some_tiers(PROBED_PARTLY)}"
    return f"SELECT count(*) * {TIERS // PROBED_PARTLY} AS count FROM {found} AND {probed}"  # noqa: S608


def probed(found: str, narrowed: str, bounds: Bounds, *, at_once: bool) -> str:
    """CTEs `sample`, the matches of a few tiers, and `breadth`: what level a search takes, by those. Needs `extent`.

    `found` is SQL of a relation with its conditions, in which `product.places` can be asked for; `narrowed` says which
    of them count in the end. How many products there are in all is known from the last count of words. `at_once`: to
    look is what takes long, and not what is found, so more tiers are not a second look.
    """
    all_tiers = PROBED * (1 + PROBED_MORE)
    first = all_tiers if at_once else PROBED
    few = f"<= {FEW_PROBED}"
    sample = ["SELECT amount_minor, is_left FROM probe"]
    if not at_once:
        more = f"{found} AND product.places && {some_tiers(PROBED_MORE * PROBED, first=PROBED)}"
        is_wanted = f"(SELECT is_exact FROM probed) AND {MAY_BE_WIDE}"  # noqa: S608
        sample.append(f"SELECT amount_minor, {narrowed} FROM {more} AND {is_wanted}")  # noqa: S608
        if narrowed != "true":
            left = f"(SELECT tiers > {PROBED} AND NOT is_exact FROM probed)"  # noqa: S608
            sample.append(f"SELECT amount_minor, true FROM {more} AND {narrowed} AND {left}")  # noqa: S608
    return f"""
probe AS MATERIALIZED (
    SELECT amount_minor, {narrowed} AS is_left
    FROM {found} AND product.places && {some_tiers(first)} AND {MAY_BE_WIDE}
), probed AS MATERIALIZED (
    SELECT count(*) AS whole, {at_once} OR count(*) {few} AS is_exact,
        CASE WHEN count(*) FILTER (WHERE is_left) {few} THEN {all_tiers} ELSE {first} END AS tiers
    FROM probe
), sample AS MATERIALIZED (
    {" UNION ALL ".join(sample)}
), breadth AS MATERIALIZED (
    SELECT CASE WHEN whole <= {bounds.gathered} THEN {NOT_WIDE}
        WHEN narrowed <= {bounds.left} THEN {TIERS.bit_length()}
        ELSE {_fitting("narrowed", bounds)} + 1 END AS level
    FROM (SELECT CASE WHEN is_exact THEN seen * {TIERS} / tiers ELSE whole * {TIERS // PROBED} END AS whole,
            left_over * {TIERS} / tiers AS narrowed
        FROM probed, (SELECT count(*) AS seen, count(*) FILTER (WHERE is_left) AS left_over FROM sample) AS counted
    ) AS estimated
)"""  # noqa: S608


def portion(block: str) -> str:
    """CTE `portion` of `breadth`: which tiers are looked at in block number `block` (an SQL expression of `blocks`)."""
    return f"""
portion AS MATERIALIZED (
    SELECT level, size, block, level = {NOT_WIDE} AS is_whole, level > {NOT_WIDE} AND size = {TIERS} AS is_narrowed,
        size < {TIERS} AS is_part, {_tiers("block * size", "size")} AS tiers
    FROM (SELECT level, size, ({block})::int AS block FROM (
        SELECT level, size, {TIERS} / size AS blocks FROM (
            SELECT level, CASE level WHEN {NOT_WIDE} THEN {TIERS} ELSE (2 ^ (level - 1))::int END AS size FROM breadth
        ) AS sized) AS parted) AS numbered
)"""  # noqa: S608
