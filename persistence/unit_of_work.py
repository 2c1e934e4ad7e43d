"""One transaction, with the repositories that work in it."""

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


class PostgresUnitOfWork:
    """Kept by `commit`, undone if the block is left before it. May be entered again for a second transaction.

    One that is confined to vendors sees and writes nothing but their rows, whatever the use case forgets to ask (V8).
    Implements each context's `UnitOfWork` port.
    """

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
        self._reference = reference
        self._news = news
        self._confined_to = confined_to
        self.actor = actor
        self.new_id = new_id

    async def __aenter__(self) -> Self:
        self._connection = await self._pool.acquire()
        self._transaction: Any = self._connection.transaction()
        self._committed = False
        self._events: list[Event] = []
        self._jobs: list[Job] = []
        self._topics: set[str] = set()
        try:
            await self._transaction.start()
            if self._confined_to is not None:
                await row_security.confine(self._connection, self._confined_to, actor=self.actor.id)
        except BaseException:
            await self._pool.release(self._connection)
            raise
        self._open(self._connection)
        return self

    def _open(self, connection: Connection) -> None:
        self.idempotency = IdempotencyKeys(connection)
        self.carts = Carts(connection)
        self.offers = Offers(connection)
        self.payment_links = PaymentLinks(connection)
        self.order_payment_links = OrderPaymentLinks(connection)
        self.left_carts = LeftCarts(connection)
        self.terms = MarketTerms(self._reference)
        self.checkouts = Checkouts(connection)
        self.buyers_on_file = BuyersOnFile(connection)
        self.awaited_orders = AwaitedOrderRepository(connection)
        self.reservations = Reservations(connection)
        self.pickup_points = PickupPoints(connection)
        self.delivery_rules = DeliveryRules(connection)
        self.payments = Payments(connection)
        self.balances = Balances(connection, self.new_id, self.actor.id)
        self.stored_methods = StoredMethodRepository(connection)
        self.gift_card_sales = GiftCardSaleReader(connection)
        self.orders = OrderRepository(connection)
        self.cancellations = Cancellations(connection)
        self.edits = OrderEdits(connection)
        self.backlog = Backlog(connection)
        self.operations = Operations(connection)
        self.refunds = Refunds(connection)
        self.notices = Notices(connection)
        self.disputes = Disputes(connection)
        self.documents = Documents(connection, self._reference)
        self.returns = Returns(connection)
        self.fulfillments = FulfillmentRepository(connection, self.new_id)
        self.digital = DigitalGoods(connection)
        self.stock = StockRepository(connection)
        self.warehouses = Warehouses(connection)
        self.offer_writer = OfferWriter(connection)
        self.gift_wraps = GiftWraps(connection)
        self.taxes = TaxBook(connection, self._reference, self.new_id)
        self.price_lists = PriceLists(connection)
        self.markets = Markets(connection)
        self.derivations = self.followers = DerivedPriceLists(connection)
        self.promotions = PromotionRepository(connection)
        self.promotion_usage = PromotionUsageCounters(connection)
        self.buyers = Buyers(connection)
        self.customers = Customers(connection)
        self.companies = Companies(connection)
        self.wishlists = Wishlists(connection)
        self.sessions = Sessions(connection)
        self.api_keys = ApiKeys(connection)
        self.webhooks = Webhooks(connection)

    async def __aexit__(self, *exc: object) -> None:
        try:
            if not self._committed:
                await self._transaction.rollback()
        finally:
            await self._pool.release(self._connection)
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
            await row_security.leave(self._connection)
        await changes.count_storefront(self._connection)
        self._topics.add(outbox.EVENTS)  # what follows the log looks for this too

    async def commit(self) -> None:
        if self._events:
            await outbox.record(self._connection, self._events, actor=self.actor.id, new_id=self.new_id)
            self._topics.add(OUTBOX_TOPIC)
        if self._jobs:
            await jobs.enqueue(self._connection, self._jobs)
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
