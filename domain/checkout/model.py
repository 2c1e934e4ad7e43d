"""A checkout: from the moment a buyer commits to buy, stock is held and prices stand until it expires."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import Enum

from domain.cart.access import may_draft
from domain.catalog.snapshot import LineSnapshot
from domain.checkout.promised import NO_PROMISES, PromisedPrices
from domain.companies.model import BuyingCompany
from domain.fulfillment.calendar import Handling
from domain.fulfillment.places import PickupPlace
from domain.inventory.sourcing import Pick, summed
from domain.payments.model import Tender
from domain.pricing.coupons.usage import NOTHING_COUNTED, Counts
from domain.pricing.promotions.selection import Goods
from domain.pricing.taxation.facts import NO_TAX_FACTS, TaxFacts
from domain.pricing.wrapping.model import WrapTerms
from domain.pricing.zones import Place
from domain.shared.actor import Actor
from domain.shared.address import Address
from domain.shared.ids import (
    CartId,
    CartLineId,
    CheckoutId,
    CompanyId,
    CustomerId,
    DeliveryGroupId,
    DeliveryOptionId,
    MarketId,
    OfferId,
    OrderId,
    ProductId,
    PromotionId,
    VariantId,
    VendorId,
    WarehouseId,
)
from domain.shared.making import dataclass

HOLD = timedelta(minutes=15)
"""How long a reservation lasts, from the start and from each renewal (rule S4)."""
LONGEST_HOLD = timedelta(minutes=60)
"""How long renewals can make it last in total."""
PAYMENT_GRACE = timedelta(minutes=15)
"""By how much a payment in flight extends it, once (rule S5)."""


class CheckoutState(Enum):
    """COMPLETING means that a payment was begun; what came of it is recorded by whoever learns of it first."""

    OPEN = "OPEN"
    COMPLETING = "COMPLETING"
    COMPLETED = "COMPLETED"
    CLOSED = "CLOSED"


class Holder(Enum):
    """Who may go on with a checkout.

    BUYER: its customer, or for a guest's whoever holds its id. STAFF prepare it. LINK: whoever holds its id, which the
    payment link of a draft gave them.
    """

    BUYER = "BUYER"
    STAFF = "STAFF"
    LINK = "LINK"


class CheckoutRequirement(Enum):
    """What a checkout still lacks before it can complete."""

    EMAIL = "EMAIL"
    SHIPPING_ADDRESS = "SHIPPING_ADDRESS"
    BILLING_ADDRESS = "BILLING_ADDRESS"
    DELIVERY_OPTION = "DELIVERY_OPTION"
    PAYMENT = "PAYMENT"
    TERMS = "TERMS"
    TAX = "TAX"
    APPROVAL = "APPROVAL"


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """A cart line as it is held: `unit_price` in minor units of the checkout's currency, as its price list says it."""

    cart_line_id: CartLineId
    group_id: DeliveryGroupId
    offer_id: OfferId
    variant_id: VariantId
    product_id: ProductId
    vendor_id: VendorId
    position: int
    quantity: int
    unit_price: int
    tax_class: str
    weight_grams: int | None
    snapshot: LineSnapshot
    volume_ml: int | None = None
    gift_message: str | None = None
    is_download: bool = False
    """Whether its units are files or keys, of which there are always enough."""
    wrap: WrapTerms | None = None
    """On what terms it is wrapped, if the buyer wants it so."""
    gift_of: frozenset[PromotionId] = frozenset()
    """The promotions that give it, if the buyer did not put it into the cart."""


@dataclass(frozen=True, slots=True)
class DeliveryGroup:
    """What one vendor sends together, and the way that the buyer chose for it, with the place to fetch it at."""

    id: DeliveryGroupId
    vendor_id: VendorId
    option_id: DeliveryOptionId | None = None
    is_digital: bool = False
    pickup: PickupPlace | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Units of an offer that a warehouse keeps for a checkout, and how it works, if it says so."""

    offer_id: OfferId
    warehouse_id: WarehouseId
    quantity: int
    handling: Handling | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held from now on; nothing if any offer falls `short`, of which so many units could be had."""

    held: tuple[Held, ...] = ()
    short: Mapping[OfferId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkout:
    """`lease_until`: until then whoever began a payment is given time to tell what came of it."""

    id: CheckoutId
    version: int
    state: CheckoutState
    cart_id: CartId
    cart_version: int
    customer_id: CustomerId | None
    market_id: MarketId
    country: str
    language: str
    currency: str
    email: str | None
    shipping_address: Address | None
    billing_address: Address | None
    terms_accepted: bool
    order_id: OrderId | None
    started_at: datetime
    expires_at: datetime
    lease_until: datetime | None
    lines: tuple[CheckoutLine, ...]
    groups: tuple[DeliveryGroup, ...]
    tax: TaxFacts = NO_TAX_FACTS
    prices: PromisedPrices = NO_PROMISES
    counts: Counts = NOTHING_COUNTED
    """How the codes and limited promotions of `prices` stood when it was read."""
    tenders: tuple[Tender, ...] = ()
    """What the buyer has offered to pay with, in the order it was offered. Written by `PaymentRepository` alone."""
    held: tuple[Held, ...] = ()
    """What lies ready for it where, when it was read; none once it is ordered."""
    held_by: Holder = Holder.BUYER
    saves_shipping_address: bool = False
    """Whether the address goes into the customer's address book once the order stands; so for billing."""
    saves_billing_address: bool = False
    company: BuyingCompany | None = None
    """For whom it buys, as its customer may for now."""
    po_number: str | None = None
    """What the buyer calls the order in their own books."""

    def is_open_to(self, actor: Actor) -> bool:
        """Whether the actor may see it and go on with it."""
        if self.held_by is Holder.STAFF:
            return may_draft(actor)
        return self.held_by is Holder.LINK or self.customer_id is None or self.customer_id == actor.customer_id

    @property
    def company_id(self) -> CompanyId | None:
        return self.company.id if self.company else None

    def has_expired(self, now: datetime) -> bool:
        return now >= self.expires_at

    def prices_stand(self, now: datetime) -> bool:
        """Whether what was promised when it began holds still, or held when the order was placed."""
        is_bought = self.state in (CheckoutState.COMPLETING, CheckoutState.COMPLETED)
        return is_bought or (self.state is CheckoutState.OPEN and not self.has_expired(now))

    def goods_of(self, line: CheckoutLine) -> Goods:
        """What promotions look at to tell whether they touch a line."""
        known = self.prices.goods.get(line.cart_line_id)
        return known or Goods(line.product_id, line.variant_id, line.offer_id, line.vendor_id)

    def renewed_until(self, now: datetime) -> datetime:
        """When the reservation ends if it is renewed now."""
        return max(self.expires_at, min(now + HOLD, self.started_at + LONGEST_HOLD))

    @property
    def demand(self) -> dict[OfferId, int]:
        """How many units of each offer it holds."""
        return summed([(line.offer_id, line.quantity) for line in self.lines if not line.is_download])

    def is_covered_by(self, picks: Sequence[Pick]) -> bool:
        """Whether these are all units that it holds."""
        return summed([(pick.offer_id, pick.quantity) for pick in picks]) == self.demand

    def lines_of(self, group_id: DeliveryGroupId) -> tuple[CheckoutLine, ...]:
        return tuple([line for line in self.lines if line.group_id == group_id])

    def held_for(self, group_id: DeliveryGroupId) -> tuple[Held, ...]:
        """What lies ready for one group."""
        offers = {line.offer_id for line in self.lines if line.group_id == group_id}
        return tuple([held for held in self.held if held.offer_id in offers])

    @property
    def fetched_at(self) -> Mapping[OfferId, WarehouseId]:
        """The store that goods are fetched at, of those that are: they come from nowhere else."""
        stores = {group.id: group.pickup.id for group in self.groups if group.pickup and group.pickup.is_store}
        return {line.offer_id: WarehouseId(stores[line.group_id]) for line in self.lines if line.group_id in stores}

    @property
    def addresses_to_save(self) -> tuple[Address, ...]:
        """What the customer wants to have at hand the next time; each once."""
        wanted = (
            (self.shipping_address, self.saves_shipping_address),
            (self.billing_address, self.saves_billing_address),
        )
        return tuple(dict.fromkeys(address for address, is_saved in wanted if address and is_saved))

    @property
    def is_fetched(self) -> bool:
        """Whether nothing is sent to an address: the buyer comes for everything, or it is digital."""
        return not [group for group in self.groups if group.pickup is None and not group.is_digital]

    @property
    def destination(self) -> Address | None:
        """Where the goods change hands: the buyer's address, or the first place where all is fetched."""
        if self.shipping_address is None and self.is_fetched:
            return next((group.pickup.address for group in self.groups if group.pickup), self.billing_address)
        return self.shipping_address

    @property
    def delivery_country(self) -> str:
        """Where the goods go: the address once it is known, the buyer's country before."""
        there = self.destination
        return self.country if there is None else there.country

    @property
    def delivery_place(self) -> Place:
        """Where the goods go, as far as zones look at it."""
        there = self.destination
        return Place(self.country) if there is None else Place(there.country, there.region, there.postal_code)
