"""What the checkout's use cases need from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.cart import ports as cart
from domain.cart.model import Cart
from domain.checkout.awaiting.ports import AwaitedOrders
from domain.checkout.calculation import Terms
from domain.checkout.delivering.ports import PickupPoints
from domain.checkout.express import OnFile
from domain.checkout.model import Checkout, Holding
from domain.companies.ports import CompanyRepository
from domain.customers.model import SavedAddress
from domain.inventory.sourcing import Destination, Pick
from domain.orders.model import Allocation, Order, OrderLine, VendorOrder
from domain.payments.balances.ports import BalanceRepository
from domain.payments.model import Attempt, Tender
from domain.payments.stored import StoredMethods
from domain.pricing.coupons.ports import BuyerReader
from domain.pricing.coupons.usage import PromotionUsage
from domain.pricing.taxation.ports import TaxBook
from domain.shared.address import Address
from domain.shared.errors import Problem
from domain.shared.idempotency import Once, Outcome
from domain.shared.ids import CartId, CartLineId, CheckoutId, CustomerId, MarketId, OrderId, PaymentId


class CheckoutRepository(Protocol):
    async def get(self, checkout_id: CheckoutId) -> Checkout | None: ...

    async def lock(self, checkout_id: CheckoutId) -> Checkout | None:
        """The checkout as it is, with nobody else changing it until the transaction ends."""
        ...

    async def lock_with_cart(self, checkout_id: CheckoutId) -> tuple[Cart, Checkout] | None:
        """The checkout and the cart that it was started from, locked in the order of rule I4: the cart first."""
        ...

    async def lock_and_claim(
        self, checkout_id: CheckoutId, act: Once, outcome: Outcome
    ) -> tuple[Checkout | None, Outcome | None]:
        """`lock` and `Idempotency.claim` in one: the checkout, and what came of the act if it was done before."""
        ...

    async def lock_with_cart_and_begin(
        self, checkout_id: CheckoutId, act: Once
    ) -> tuple[tuple[Cart, Checkout] | None, Outcome | None]:
        """`lock_with_cart` and `Idempotency.begin` in one: both, and what came of the act if it was done before."""
        ...

    async def live_of_cart(self, cart_id: CartId) -> Checkout | None:
        """The cart's OPEN or COMPLETING checkout, locked."""
        ...

    async def last_of_cart(self, cart_id: CartId) -> Checkout | None:
        """The one that was begun last, whatever became of it."""
        ...

    async def add(self, checkout: Checkout) -> None: ...

    async def save(self, checkout: Checkout) -> None:
        """Write everything but the lines and the tenders."""
        ...

    async def drop_lines(self, checkout_id: CheckoutId, lines: Sequence[CartLineId]) -> None:
        """Take lines out of it, and groups that have no others. What is held for them is not touched."""
        ...

    async def save_prices(self, checkout: Checkout) -> None:
        """Write what the units of its lines cost, which is all that changes of them, and of which cart's version."""
        ...

    async def save_holding(self, checkout: Checkout) -> Sequence[Pick]:
        """The same, and its goods are held until it expires.

        What is still held: less than all once others were given what had expired.
        """
        ...

    async def save_ordered(self, checkout: Checkout, paid_by: Attempt | None) -> None:
        """Write it when its locked cart is ORDERED, and how the attempt stands that pays for it."""
        ...


class Reservations(Protocol):
    async def hold(
        self,
        checkout: Checkout,
        *,
        now: datetime,
        until: datetime,
        replacing: Checkout | None = None,
        towards: Destination | None = None,
    ) -> Holding:
        """Hold all that the checkout demands, or nothing, from warehouses near the destination (rule S9).

        What it and `replacing` held is given back first. Goods that are fetched come from their store alone.
        """
        ...

    async def extend(self, checkout_id: CheckoutId, until: datetime) -> Sequence[Pick]:
        """Hold on until then; what is still held: less than all once others were given what had expired."""
        ...

    async def release(self, checkout_id: CheckoutId) -> None: ...

    async def allocate(self, checkout_id: CheckoutId) -> Sequence[Pick]:
        """Turn what the checkout holds into units owed to an order."""
        ...


class PaymentRepository(Protocol):
    async def offer(self, tender: Tender) -> None:
        """Write a tender, in the place of those that are PENDING: of the same balance, or like it of none.

        Its checkout is one version on.
        """
        ...

    async def withdraw(self, tender: Tender) -> None:
        """Set a tender to RELEASED. Its checkout is one version on."""
        ...

    async def attempt(self, payment_id: PaymentId) -> Attempt | None: ...

    async def attempts_of(self, checkout_id: CheckoutId) -> Sequence[Attempt]:
        """In the order they were begun."""
        ...

    async def begin(self, attempt: Attempt) -> None:
        """Write a new payment, and how often its tender was tried."""
        ...

    async def begin_paying(self, attempt: Attempt, checkout: Checkout) -> Sequence[Pick]:
        """The same, and that the checkout is COMPLETING, and until when somebody is at it.

        It holds its goods until it expires: all that is still held.
        """
        ...

    async def record(self, attempt: Attempt) -> None:
        """Write how both stand now, or that they were looked at just now."""
        ...


class BuyersOnFile(Protocol):
    async def get(self, customer_id: CustomerId) -> OnFile | None: ...


class AddressKeeper(Protocol):
    """The address books of customers."""

    async def addresses(self, customer_id: CustomerId) -> Sequence[SavedAddress]: ...

    async def add_addresses(self, customer_id: CustomerId, entries: Sequence[SavedAddress], *, position: int) -> None:
        """Write entries after the others; the customer is one version on."""
        ...


class OrderWriter(Protocol):
    async def add(
        self,
        placed: Order,
        vendor_orders: Sequence[VendorOrder],
        lines: Sequence[OrderLine],
        allocations: Sequence[Allocation],
    ) -> None: ...

    async def get(self, order_id: OrderId) -> Order | None:
        """The order as it is, unlocked."""
        ...


class TermsReader(Protocol):
    def terms(self, market_id: MarketId) -> Terms: ...


class AddressBook(Protocol):
    """What is known of the world's addresses."""

    def problems(self, address: Address, *path: str) -> Sequence[Problem]:
        """Why no parcel would arrive there; none if it may."""
        ...

    def normalized(self, address: Address) -> Address:
        """The address as its country writes it."""
        ...


class UnitOfWork(cart.UnitOfWork, Protocol):
    """What a checkout is made of, holds and becomes."""

    @property
    def checkouts(self) -> CheckoutRepository: ...
    @property
    def pickup_points(self) -> PickupPoints: ...
    @property
    def reservations(self) -> Reservations: ...
    @property
    def payments(self) -> PaymentRepository: ...
    @property
    def balances(self) -> BalanceRepository: ...
    @property
    def orders(self) -> OrderWriter: ...
    @property
    def buyers_on_file(self) -> BuyersOnFile: ...
    @property
    def customers(self) -> AddressKeeper: ...
    @property
    def stored_methods(self) -> StoredMethods: ...
    @property
    def awaited_orders(self) -> AwaitedOrders: ...
    @property
    def terms(self) -> TermsReader: ...
    @property
    def taxes(self) -> TaxBook: ...
    @property
    def companies(self) -> CompanyRepository: ...
    @property
    def promotion_usage(self) -> PromotionUsage: ...
    @property
    def buyers(self) -> BuyerReader: ...
