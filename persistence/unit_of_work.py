"""One transaction, with the repositories that work in it."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, Self

import structlog

from domain.shared.actor import Actor
from domain.shared.events import Event, EventType
from domain.shared.ids import NewId, VendorId
from domain.shared.jobs import Job
from domain.shared.news import STOREFRONT, News
from persistence import changes, jobs, outbox, row_security
from persistence.cart.abandoning import LeftCarts
from persistence.cart.links import PaymentLinks
from persistence.cart.repository import Carts, Offers
from persistence.checkout.awaited import AwaitedOrderRepository
from persistence.checkout.on_file import BuyersOnFile
from persistence.checkout.repository import Checkouts, MarketTerms
from persistence.companies.repository import Companies
from persistence.customers.repository import ApiKeys, Customers, Sessions
from persistence.customers.wishlists import Wishlists
from persistence.fulfillment.digital import DigitalGoods
from persistence.fulfillment.managing import DeliveryRules
from persistence.fulfillment.pickup_points import PickupPoints
from persistence.fulfillment.repository import FulfillmentRepository
from persistence.idempotency import IdempotencyKeys
from persistence.inventory.repository import StockRepository
from persistence.inventory.reservations import Reservations
from persistence.inventory.warehouses import Warehouses
from persistence.orders.backlog import Backlog
from persistence.orders.canceling import Cancellations
from persistence.orders.editing import OrderEdits
from persistence.orders.gift_cards import GiftCardSaleReader
from persistence.orders.invoices import Documents
from persistence.orders.payment_links import OrderPaymentLinks
from persistence.orders.repository import OrderRepository
from persistence.payments.balances import Balances
from persistence.payments.observing import Disputes, Notices
from persistence.payments.operations import Operations
from persistence.payments.refunds import Refunds
from persistence.payments.repository import Payments
from persistence.payments.stored_methods import StoredMethodRepository
from persistence.pricing.buyers import Buyers
from persistence.pricing.derivations import DerivedPriceLists
from persistence.pricing.markets import Markets
from persistence.pricing.price_lists import PriceLists
from persistence.pricing.promotion_usage import PromotionUsageCounters
from persistence.pricing.promotions import PromotionRepository
from persistence.pricing.reference import Reference
from persistence.pricing.repository import OfferWriter
from persistence.pricing.taxes import TaxBook
from persistence.pricing.wrapping import GiftWraps
from persistence.returns.repository import Returns
from persistence.statement import Connection, Pool
from persistence.webhooks.repository import Webhooks

OUTBOX_TOPIC = "outbox"

logger = structlog.get_logger(__name__)


class Repository[T]:
    """An attribute that is made when it is first used within a transaction: most use four of some fifty."""

    def __init__(self, make: "Callable[[PostgresUnitOfWork], T]") -> None:
        self._make = make

    def __get__(self, uow: "PostgresUnitOfWork", _owner: type | None = None) -> T:
        found: T | None = uow.made.get(self)
        if found is None:
            found = uow.made[self] = self._make(uow)
        return found


def repository[T](kind: Callable[[Connection], T]) -> Repository[T]:
    """One that needs nothing but the connection."""
    return Repository(lambda uow: kind(uow.connection))


class PostgresUnitOfWork:
    """Kept by `commit`, undone if the block is left before it. May be entered again for a second transaction.

    One that is confined to vendors sees and writes nothing but their rows, whatever the use case forgets to ask (V8).
    Implements each context's `UnitOfWork` port.
    """

    actor: Actor
    new_id: NewId
    reference: Reference
    connection: Connection
    """Of the present transaction, or of the last one."""

    idempotency = repository(IdempotencyKeys)
    carts = repository(Carts)
    offers = repository(Offers)
    payment_links = repository(PaymentLinks)
    order_payment_links = repository(OrderPaymentLinks)
    left_carts = repository(LeftCarts)
    terms = Repository(lambda uow: MarketTerms(uow.reference))
    checkouts = repository(Checkouts)
    buyers_on_file = repository(BuyersOnFile)
    awaited_orders = repository(AwaitedOrderRepository)
    reservations = repository(Reservations)
    pickup_points = repository(PickupPoints)
    delivery_rules = repository(DeliveryRules)
    payments = repository(Payments)
    balances = Repository(lambda uow: Balances(uow.connection, uow.new_id, uow.actor.id))
    stored_methods = repository(StoredMethodRepository)
    gift_card_sales = repository(GiftCardSaleReader)
    orders = repository(OrderRepository)
    cancellations = repository(Cancellations)
    edits = repository(OrderEdits)
    backlog = repository(Backlog)
    operations = repository(Operations)
    refunds = repository(Refunds)
    notices = repository(Notices)
    disputes = repository(Disputes)
    documents = Repository(lambda uow: Documents(uow.connection, uow.reference))
    returns = repository(Returns)
    fulfillments = Repository(lambda uow: FulfillmentRepository(uow.connection, uow.new_id))
    digital = repository(DigitalGoods)
    stock = repository(StockRepository)
    warehouses = repository(Warehouses)
    offer_writer = repository(OfferWriter)
    gift_wraps = repository(GiftWraps)
    taxes = Repository(lambda uow: TaxBook(uow.connection, uow.reference, uow.new_id))
    price_lists = repository(PriceLists)
    markets = repository(Markets)
    derivations = repository(DerivedPriceLists)
    followers = repository(DerivedPriceLists)
    promotions = repository(PromotionRepository)
    promotion_usage = repository(PromotionUsageCounters)
    buyers = repository(Buyers)
    customers = repository(Customers)
    companies = repository(Companies)
    wishlists = repository(Wishlists)
    sessions = repository(Sessions)
    api_keys = repository(ApiKeys)
    webhooks = repository(Webhooks)

    def __init__(
        self,
        pool: Pool,
        *,
        reference: Reference,
        actor: Actor,
        new_id: NewId,
        news: News,
        confined_to: AbstractSet[VendorId] | None = None,
    ) -> None:
        self._pool = pool
        self.made: dict[Any, Any] = {}
        self.reference = reference
        self._news = news
        self._confined_to = confined_to
        self.actor = actor
        self.new_id = new_id

    async def __aenter__(self) -> Self:
        self.connection = self._lent = await self._pool.acquire()
        self._transaction: Any = self.connection.transaction()
        self._committed = False
        self._events: list[Event] = []
        self._jobs: list[Job] = []
        self._topics: set[str] = set()
        try:
            await self._transaction.start()
            if self._confined_to is not None:
                await row_security.confine(self.connection, self._confined_to, actor=self.actor.id)
        except BaseException:
            await self._pool.release(self._lent)
            raise
        self.made.clear()
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            if not self._committed:
                await self._transaction.rollback()
        finally:
            await self._pool.release(self._lent)
        if self._committed and self._topics:
            await self._news.tell(*self._topics)

    def record(self, *events: Event) -> None:
        """Facts to be written when the transaction commits."""
        self._events.extend(events)

    def enqueue(self, *jobs: Job) -> None:
        """What the workers are to do after the commit, or when it is due."""
        self._jobs.extend(jobs)

    def tell(self, *topics: str) -> None:
        """Ids whose listeners are woken after the commit, once the connection is free again."""
        self._topics.update(topics)

    async def _count_storefront(self) -> None:
        """Last of all, since whoever counts as well waits for the commit."""
        if self._confined_to is not None:
            await row_security.leave(self.connection)
        await changes.count_storefront(self.connection)
        self._topics.add(outbox.EVENTS)  # what follows the log looks for this too

    async def commit(self) -> None:
        if self._events:
            await outbox.record(self.connection, self._events, actor=self.actor.id, new_id=self.new_id)
            self._topics.add(OUTBOX_TOPIC)
        if self._jobs:
            await jobs.enqueue(self.connection, self._jobs)
        if STOREFRONT in self._topics:
            await self._count_storefront()
        await self._transaction.commit()
        self._committed = True
        for event in self._events:
            _log(event)


def _log(event: Event) -> None:
    """The one event that a shop lives by is always told; the others when one looks for something."""
    if event.type is EventType.ORDER_PLACED:
        total = event.changes.get("totalMinor", {}).get("new")
        logger.info("order_placed", order_id=event.order_id, total_minor=total)
    else:
        logger.debug("event_recorded", type=event.type.value, subject_id=event.subject_id)
