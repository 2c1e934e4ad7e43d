"""What is refused while more is asked for than can be answered: dear reads of guests first, checkouts last.

A process is under pressure when what it is at costs more than so many points, or when requests wait longer than so many
seconds before they begin. At a pressure of 1 both are at their bound. From there on the cost of what is still answered
falls, for each rank in its own range of pressure, down to nothing. As each request that waited for its turn tells how
long, none waits without end: a guest's read that waited for twice the bound is refused, a checkout that waited for
eight times the bound. Kept answers cost nothing, and are given whatever the pressure.
"""

import math
import time
from collections.abc import Callable
from enum import Enum

from graphql import FieldNode, GraphQLError, OperationType
from prometheus_client import CollectorRegistry, Counter, Gauge

from domain.shared.actor import Actor
from execution import AdmittedOperation, RequestErrorCode
from server.allowance import ClientKind, kind_of

DEAR_POINTS = 2_000
"""What an operation may cost where its rank begins to be refused: a product page costs as much."""

LEAST_POINTS = {"query": 100, "mutation": 200, "subscription": 0}
"""What an operation counts for while it runs, however little it costs."""
MOST_POINTS = 10_000
"""What it counts for at the most: costs are upper bounds, and one report of the staff is no reason to refuse guests."""

NOTICED_SECONDS = 0.005
"""Shorter waits are no pressure, and take no time to count: at rest all are."""

HALF_LIFE_SECONDS = 0.5
"""How fast a wait is forgotten when requests do not wait any more."""

CHECKOUT_FIELDS = frozenset(
    {
        *("checkout", "checkoutStart", "checkoutUpdate", "checkoutTenderAdd", "checkoutTenderRemove"),
        *("checkoutComplete", "draftOrderComplete", "giftCard", "order", "orderDue", "orderPay"),
        *("paymentCapture", "paymentLinkOpen", "paymentReceive", "paymentVoid"),
    }
)
CART_FIELDS = frozenset(
    {
        *("cart", "cartCreate", "cartUpdate", "cartMerge", "reorder", "wishlistMoveToCart"),
        *("customerRegister", "sessionRefresh", "signIn", "signOut", "viewer"),
    }
)
TOLD = "More is asked for just now than can be answered; try again in a moment."


class Rank(Enum):
    """Who is refused when: from what pressure on the dearest, and from what pressure on all."""

    GUEST_READ = (1.0, 2.0)
    OTHER = (2.0, 3.0)
    CART = (3.0, 4.0)
    CHECKOUT = (6.0, 8.0)

    @property
    def word(self) -> str:
        return self.name.lower()

    def most_points(self, pressure: float) -> float:
        """What an operation of this rank may cost to be answered; less than 0 where none is."""
        begins, ends = self.value
        if pressure < begins:
            return math.inf
        return DEAR_POINTS * (ends - pressure) / (ends - begins) if pressure < ends else -1


def rank_of(admitted: AdmittedOperation, actor: Actor) -> Rank:
    """The lowest rank of what it asks for, so that nobody asks for a checkout to have a search answered."""
    fields = {
        node.name.value if isinstance(node, FieldNode) else ""
        for node in admitted.operation.definition.selection_set.selections
    }
    if fields <= CHECKOUT_FIELDS:
        return Rank.CHECKOUT
    if fields <= CHECKOUT_FIELDS | CART_FIELDS:
        return Rank.CART
    is_read = admitted.type is not OperationType.MUTATION
    return Rank.GUEST_READ if is_read and kind_of(actor) is ClientKind.GUEST else Rank.OTHER


REFUSES_SOME, REFUSES_ALL = 1, Rank.CHECKOUT.value[1]
"""The pressures from which on something is refused, and everything."""


class Shedding:
    """The pressure of this process, and what it refuses under it. A bound of 0 is none."""

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        most_points: int,
        most_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._points_share = 1 / most_points if most_points else 0.0
        self._seconds_share = 1 / most_seconds if most_seconds else 0.0
        self._clock = clock
        self._open_points = 0
        self._waited_seconds = 0.0
        self._waited_at = 0.0
        self._shed = Counter(
            "commerce_operations_shed",
            "Operations refused because more was asked for than could be answered.",
            ("rank",),
            registry=registry,
        )
        gauge = Gauge(
            "commerce_pressure", "1 where the first operations are refused, 8 where all are.", registry=registry
        )
        gauge.set_function(lambda: self.pressure)

    @property
    def pressure(self) -> float:
        """0 at rest, 1 at the bound."""
        running = self._open_points * self._points_share
        return max(running, self._still_waited() * self._seconds_share) if self._waited_seconds else running

    def has_waited(self, seconds: float) -> None:
        """Told how long a request waited for its turn: the longest wait counts, the less the longer it is past."""
        if seconds >= NOTICED_SECONDS:
            self._waited_seconds, self._waited_at = max(seconds, self._still_waited()), self._clock()

    def _still_waited(self) -> float:
        """What is left of the longest wait."""
        left: float = self._waited_seconds * 0.5 ** ((self._clock() - self._waited_at) / HALF_LIFE_SECONDS)
        if left < NOTICED_SECONDS:
            self._waited_seconds = 0.0
        return left

    def opened(self, admitted: AdmittedOperation) -> int:
        """Count an operation that runs; what to tell `closed` when it has ended."""
        points = min(max(admitted.cost, LEAST_POINTS[admitted.operation.kind]), MOST_POINTS)
        self._open_points += points
        return points

    def closed(self, points: int) -> None:
        self._open_points -= points

    def refusal(self, admitted: AdmittedOperation, actor: Actor) -> GraphQLError | None:
        """Why the operation is not answered now, if it is not."""
        pressure = self.pressure
        if pressure < REFUSES_SOME:
            return None
        rank = rank_of(admitted, actor)
        if admitted.cost <= rank.most_points(pressure):
            return None
        return self._refused(rank.word, pressure)

    def refusal_of_all(self) -> GraphQLError | None:
        """The same before anything is read, where nothing would be answered whatever it is."""
        pressure = self.pressure
        return self._refused("unread", pressure) if pressure >= REFUSES_ALL else None

    def _refused(self, rank: str, pressure: float) -> GraphQLError:
        self._shed.labels(rank).inc()
        code = str(RequestErrorCode.SERVICE_UNAVAILABLE)
        again = {"retryable": True, "retryAfter": math.ceil(min(pressure, 8.0))}
        return GraphQLError(TOLD, extensions={"code": code, **again})
