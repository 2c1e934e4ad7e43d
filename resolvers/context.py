"""What every resolver is given."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Protocol

import strawberry

from domain.checkout.completion.ports import Surroundings
from domain.checkout.ports import AddressBook
from domain.checkout.taxation.ports import TaxServices
from domain.customers.ports import Identity
from domain.fulfillment.digital.ports import Files
from domain.payments.balances.usecases import NewCode
from domain.pricing.context import RequestContext
from domain.pricing.coupons.ports import CodeAttempts
from domain.pricing.model import Market
from domain.pricing.searching.ports import SearchEngine
from domain.shared.actor import Actor
from domain.shared.errors import RequestFault
from domain.shared.ids import NewId, VendorId
from domain.shared.making import dataclass
from domain.shared.news import News
from domain.webhooks.ports import SecretMaker
from execution.answers import UNKNOWN
from loaders.registry import Loaders
from persistence.pricing.reference import Reference
from persistence.search.engine import PostgresSearch
from persistence.statement import Pool
from persistence.unit_of_work import PostgresUnitOfWork


class Links(Protocol):
    """Links that let whoever holds them fetch one file for a while."""

    def sign(self, path: str, now: datetime) -> str: ...

    def is_signed(self, path: str, until: str, signature: str, now: datetime) -> bool: ...


@dataclass(frozen=True, slots=True)
class Pages:
    """Addresses of the storefront's own pages, with `{}` where an id or token goes; None for a page it has not."""

    wishlist: str | None = None
    payment: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookTerms:
    """What makes signing secrets; `may_be_plain` lets webhooks have addresses without TLS."""

    secrets: SecretMaker
    may_be_plain: bool = False


@dataclass(frozen=True, slots=True)
class Services:
    """What lives as long as the process and is shared by all of its requests."""

    pool: Pool
    news: News
    new_id: NewId
    now: Callable[[], datetime]
    reference: Reference
    identity: Identity
    address_book: AddressBook
    completing: Surroundings
    code_attempts: Callable[[str | None], CodeAttempts]
    new_gift_card_code: NewCode
    taxing: TaxServices
    links: Links
    files: Files
    webhooks: WebhookTerms
    pages: Pages = Pages()
    routers_enforce_access: bool = False
    search_engine: SearchEngine | None = None
    """What searches are put to in the place of the database."""

    @property
    def search(self) -> SearchEngine:
        return self.search_engine or PostgresSearch(self.pool)

    @property
    def markets(self) -> Sequence[Market]:
        """The markets as they were read last; the first is the default one."""
        return self.reference.known.markets


@dataclass(slots=True)
class Context:
    """One request: who asks, where they buy, and the moment that counts as now."""

    services: Services
    actor: Actor
    request: RequestContext
    now: datetime
    trace_id: str
    client_address: str | None = None
    again: Callable[[], Awaitable[Actor]] | None = None
    """What the actor may do by now; UNAUTHENTICATED once their token, session or key has ended."""
    is_router: bool = False
    """Whether a federation router asks, by the secret that it shares with this server."""
    told_cost: Mapping[str, Any] | None = None
    """What the answer tells in `extensions.cost`, if the client wants it."""
    searches: int = field(init=False, default=0)
    sources: set[str] | None = field(init=False, default=None)
    """What the answer is made of, where it may be kept: see `loaders.sources`."""
    _checked_at: datetime | None = field(init=False, default=None)
    """When it was last known what the actor may do; None as long as it is the moment of the request."""
    _loaders: Loaders | None = field(init=False, default=None)

    @property
    def loaders(self) -> Loaders:
        """The reads of this request, batched."""
        if self._loaders is None:
            self._loaders = Loaders(
                self.services.pool, self.request, self.actor, self.now, self.services.reference, self.sources
            )
        return self._loaders

    @property
    def audience(self) -> Hashable:
        """Whom products look the same to as to whoever asks."""
        request = self.request
        group, company_id = self.actor.customer_group, request.company_id
        return request.market.id, request.country, request.currency, request.language, group, company_id

    @property
    def pool(self) -> Pool:
        """For reads whose changes nobody follows: an answer that is made of them is not kept."""
        return self.pool_of(UNKNOWN)

    def pool_of(self, *sources: str) -> Pool:
        """For reads that are made of these, and of what is part of every answer."""
        self.note(*sources)
        return self.services.pool

    def note(self, *sources: str) -> None:
        """The answer is made of these too."""
        if self.sources is not None:
            self.sources.update(sources)

    def record_sources(self) -> set[str]:
        """Note from now on what the answer is made of; the set grows with it."""
        self.sources = set()
        self.forget_reads()
        return self.sources

    def forget_reads(self) -> None:
        """Start the loaders afresh, since what was read may have changed."""
        self._loaders = None

    def refresh(self) -> None:
        """Start over at the present moment: a subscription calls it before each item."""
        self._checked_at = self._checked_at or self.now
        self.now = self.services.now()
        self.searches = 0
        self.forget_reads()

    async def check_actor(self) -> None:
        """UNAUTHENTICATED unless the actor may still do what they could when the request began."""
        if self.again is not None and await self.again() != self.actor:
            raise RequestFault("What you may do has changed; subscribe again.", "UNAUTHENTICATED")
        self._checked_at = self.services.now()

    def is_unchecked_since(self, age: timedelta) -> bool:
        """Whether it was last known so long ago what the actor may do."""
        return self._checked_at is not None and self.now - self._checked_at >= age

    def unit_of_work(self) -> PostgresUnitOfWork:
        return self._unit_of_work(confined_to=None)

    def vendor_unit_of_work(self, *, or_staff_with: str | None = None) -> PostgresUnitOfWork:
        """For what vendors do: confined to those that the actor acts for (rule V8).

        Staff with the scope `or_staff_with`, if one is named, do it for any vendor.
        """
        is_staff = self.actor.is_staff and or_staff_with in self.actor.scopes
        return self._unit_of_work(confined_to=None if is_staff else self.actor.vendor_ids)

    def _unit_of_work(self, *, confined_to: frozenset[VendorId] | None) -> PostgresUnitOfWork:
        services = self.services
        return PostgresUnitOfWork(
            services.pool,
            reference=services.reference,
            actor=self.actor,
            new_id=services.new_id,
            news=services.news,
            confined_to=confined_to,
        )


Info = strawberry.Info[Context, None]
