"""A cart: what a shopper means to buy, before anything is promised."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from domain.companies.model import BuyingCompany
from domain.pricing.facts import OfferFacts
from domain.pricing.manual import NOTHING_MANUAL, ManualDiscount, ManualPricing
from domain.pricing.promotions.units import Run
from domain.pricing.tiers import Bought, Sale, UnitPrices
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import CartId, CartLineId, CompanyId, CustomerId, MarketId, OfferId, PromotionId, VariantId
from domain.shared.making import dataclass, replace

MAX_LINES = 200
MAX_QUANTITY = 9_999
MAX_NOTE_LENGTH = 2_000
MAX_GIFT_MESSAGE_LENGTH = 1_000


class CartState(Enum):
    """ORDERED and MERGED carts are history: they no longer change."""

    ACTIVE = "ACTIVE"
    ORDERED = "ORDERED"
    MERGED = "MERGED"


@dataclass(frozen=True, slots=True)
class ByHand:
    """What staff set for a line of a draft: `unit_price` in minor units as price lists say theirs."""

    unit_price: int | None = None
    discount: ManualDiscount | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A cart that staff prepare for somebody, whom they write to at `email`."""

    staff_id: str
    email: str | None = None
    discount: ManualDiscount | None = None
    with_promotions: bool = True


@dataclass(frozen=True, slots=True)
class CartLine:
    """Units of one offer. There is one line per offer: adding it again adds to the quantity."""

    id: CartLineId
    offer_id: OfferId
    quantity: int
    gift_message: str | None = None
    custom_fields: Mapping[str, Any] | None = None
    by_hand: ByHand | None = None
    gift_wrap: bool = False
    gift_of: frozenset[PromotionId] = frozenset()
    """The promotions that give it, if the buyer did not put it there."""

    def unit_prices(self, offer: OfferFacts, sale: Sale, bought: Bought) -> UnitPrices | None:
        """What its units cost, before that is displayed; None if the offer is not sold so."""
        if self.by_hand is None or self.by_hand.unit_price is None:
            return offer.unit_prices(sale, bought)
        return UnitPrices((Run(self.by_hand.unit_price, self.quantity),)) if offer.is_sold else None


@dataclass(frozen=True, slots=True)
class LineRequest:
    """What a shopper asks to add: units of an offer, or of a variant from whoever its buy box shows now (rule V10).

    `gift_wrap`: whether the line is wrapped from then on; None leaves what stands in the cart as it is.
    """

    quantity: int
    offer_id: OfferId | None = None
    variant_id: VariantId | None = None
    gift_message: str | None = None
    custom_fields: Mapping[str, Any] | None = None
    gift_wrap: bool | None = None


@dataclass(frozen=True, slots=True)
class LineChange:
    """What a line is to be: so many units, 0 to remove it. None leaves words and wrapping; empty words remove them."""

    line_id: CartLineId
    quantity: int
    gift_message: str | None = None
    gift_wrap: bool | None = None

    def of(self, line: CartLine) -> CartLine:
        """The line with the change."""
        message = line.gift_message if self.gift_message is None else self.gift_message or None
        wrap = line.gift_wrap if self.gift_wrap is None else self.gift_wrap
        return replace(line, quantity=self.quantity, gift_message=message, gift_wrap=wrap)


@dataclass(frozen=True, slots=True)
class Addition:
    """What is added: `quantity` units of an offer."""

    offer_id: OfferId
    quantity: int
    gift_message: str | None = None
    custom_fields: Mapping[str, Any] | None = None
    by_hand: ByHand | None = None
    gift_wrap: bool | None = None


@dataclass(frozen=True, slots=True)
class Cart:
    """Market, country, language and currency are fixed when the cart is made (rule M9)."""

    id: CartId
    version: int
    state: CartState
    market_id: MarketId
    country: str
    language: str
    currency: str
    customer_id: CustomerId | None = None
    lines: tuple[CartLine, ...] = ()
    promo_codes: tuple[str, ...] = ()
    note: str | None = None
    customer_group: str | None = None
    draft: Draft | None = None
    company: BuyingCompany | None = None
    """For whom it buys, as far as its customer still may."""
    declined_gifts: tuple[OfferId, ...] = ()
    """Gifts of promotions that the buyer does not want."""

    @property
    def buys_for(self) -> CompanyId | None:
        """The company whose prices it has: none once its customer may no longer buy for it."""
        return self.company.id if self.company and self.company.lets_buy else None

    @property
    def manual(self) -> ManualPricing:
        """What staff set by hand, where they prepare it."""
        if self.draft is None:
            return NOTHING_MANUAL
        own = {line.id: line.by_hand for line in self.lines if line.by_hand}
        return ManualPricing(
            self.draft.discount,
            {key: by_hand.discount for key, by_hand in own.items() if by_hand.discount},
            frozenset(key for key, by_hand in own.items() if by_hand.unit_price is not None),
            self.draft.with_promotions,
        )

    @property
    def takes_promotions(self) -> bool:
        """Whether it is priced with promotions at all."""
        return self.draft is None or self.draft.with_promotions

    def sale(self, now: datetime) -> Sale:
        """What decides on the price lists that serve it."""
        return Sale(now, self.market_id, self.currency, self.customer_group, self.buys_for)

    def bought(self, facts: Mapping[OfferId, OfferFacts]) -> dict[CartLineId, Bought]:
        """How many units each line has, and of its variant all lines together: those count for its price (rule P2).

        Gifts count for themselves.
        """
        sums: dict[VariantId, int] = {}
        before: dict[CartLineId, int] = {}
        known = [line for line in self.lines if line.offer_id in facts and not line.gift_of]
        for line in sorted(known, key=lambda line: line.id):
            variant_id = facts[line.offer_id].variant_id
            before[line.id] = sums.get(variant_id, 0)
            sums[variant_id] = before[line.id] + line.quantity
        return {
            line.id: Bought(line.quantity, sums[facts[line.offer_id].variant_id], before[line.id]) for line in known
        } | {line.id: Bought.alone(line.quantity) for line in self.lines if line.gift_of}

    def with_added(self, additions: Sequence[Addition], new_line_id: Callable[[], CartLineId]) -> "Cart":
        """The cart with `additions`; what stands in it already grows."""
        lines = {line.offer_id: line for line in self.lines}
        for addition in additions:
            standing = lines.get(addition.offer_id)
            if standing is None:
                line = CartLine(
                    new_line_id(),
                    addition.offer_id,
                    addition.quantity,
                    addition.gift_message,
                    addition.custom_fields,
                    addition.by_hand,
                    bool(addition.gift_wrap),
                )
            else:
                line = replace(
                    standing,
                    quantity=standing.quantity + addition.quantity,
                    gift_message=addition.gift_message or standing.gift_message,
                    custom_fields=addition.custom_fields or standing.custom_fields,
                    by_hand=addition.by_hand or standing.by_hand,
                    gift_wrap=standing.gift_wrap if addition.gift_wrap is None else addition.gift_wrap,
                )
            lines[addition.offer_id] = line
        return replace(self, lines=tuple(lines.values()))

    def with_changes(self, changes: Sequence[LineChange]) -> "Cart":
        """The cart with these changes of its lines. All unknown lines are told at once."""
        known = {line.id for line in self.lines}
        problems = [
            Problem(ErrorCode.NOT_FOUND, "No such line in this cart.", ("set", str(at), "line_id"))
            for at, change in enumerate(changes)
            if change.line_id not in known
        ]
        if problems:
            raise Refused(*problems)
        wanted = {change.line_id: change for change in changes}
        lines = [wanted[line.id].of(line) if line.id in wanted else line for line in self.lines]
        return replace(self, lines=tuple(line for line in lines if line.quantity))

    def capped(self, facts: Mapping[OfferId, OfferFacts]) -> tuple["Cart", tuple["Capped", ...]]:
        """The cart with its quantities brought down to what can be sold at once, and what was lowered.

        Nothing is brought up: what is less than can be sold by now stays, as one of the cart's problems.
        """
        lines, lowered = [], []
        for line in self.lines:
            offer = facts.get(line.offer_id)
            quantity = line.quantity if offer is None else offer.largest(min(line.quantity, MAX_QUANTITY))
            if quantity < line.quantity:
                lowered.append(Capped(line.id, line.quantity, quantity))
            lines.append(replace(line, quantity=min(quantity, line.quantity)))
        return replace(self, lines=tuple(lines)), tuple(lowered)


@dataclass(frozen=True, slots=True)
class Capped:
    """A line of which fewer units are kept than were in two carts together."""

    line_id: CartLineId
    wanted: int
    kept: int


def check_requests(requests: Sequence[LineRequest], *, field: str) -> None:
    """Refuse what no cart takes in, all of it at once; `field` is where in the command the lines stand."""
    if len(requests) > MAX_LINES:
        raise refuse(ErrorCode.QUANTITY_LIMIT, f"A cart holds at most {MAX_LINES} lines.", field)
    problems = quantity_problems([line.quantity for line in requests], field=field, least=1)
    problems += message_problems([line.gift_message for line in requests], field=field)
    if problems:
        raise Refused(*problems)


def message_problems(messages: Sequence[str | None], *, field: str) -> list[Problem]:
    """A problem for each message that no card has room for; `field` is where in the command they stand."""
    return [
        Problem(
            ErrorCode.INVALID,
            f"A gift message has at most {MAX_GIFT_MESSAGE_LENGTH} characters.",
            (field, str(at), "gift_message"),
        )
        for at, message in enumerate(messages)
        if len(message or "") > MAX_GIFT_MESSAGE_LENGTH
    ]


def quantity_problems(quantities: Sequence[int], *, field: str, least: int) -> list[Problem]:
    """A problem for each quantity that no shop sells; `field` is where in the command they stand."""
    return [
        Problem(
            ErrorCode.QUANTITY_LIMIT if quantity > MAX_QUANTITY else ErrorCode.INVALID,
            f"Quantity must be {least} to {MAX_QUANTITY}.",
            (field, str(at), "quantity"),
        )
        for at, quantity in enumerate(quantities)
        if not least <= quantity <= MAX_QUANTITY
    ]


def check_wraps(facts: Mapping[OfferId, OfferFacts], paths: Mapping[OfferId, tuple[str, ...]]) -> None:
    """Refuse to wrap what its vendor does not. `paths` says where in the command each offer to be wrapped stands."""
    problems = [
        Problem(ErrorCode.NOT_PURCHASABLE, "This is not sold with gift wrap.", path)
        for offer_id, path in paths.items()
        if facts[offer_id].wrap is None
    ]
    if problems:
        raise Refused(*problems)


def check_lines(cart: Cart, facts: Mapping[OfferId, OfferFacts], paths: Mapping[OfferId, tuple[str, ...]]) -> None:
    """Refuse a changed cart that breaks a limit. `paths` says where in the command each changed offer stands."""
    problems: list[Problem] = []
    if len(cart.lines) > MAX_LINES:
        problems.append(Problem(ErrorCode.QUANTITY_LIMIT, f"A cart holds at most {MAX_LINES} lines."))
    for line in cart.lines:
        path = paths.get(line.offer_id)
        if path is None:
            continue
        offer = facts[line.offer_id]
        if line.quantity > MAX_QUANTITY:
            problems.append(Problem(ErrorCode.QUANTITY_LIMIT, f"At most {MAX_QUANTITY} of one offer.", path))
        elif not offer.allows(line.quantity):
            around = " or ".join(map(str, offer.nearest(line.quantity)))
            problems.append(Problem(ErrorCode.QUANTITY_LIMIT, f"This offer is sold by {around} units.", path))
    if problems:
        raise Refused(*problems)
