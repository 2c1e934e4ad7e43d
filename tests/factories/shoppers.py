"""Shoppers who speak GraphQL to the whole schema in this process, the edge of a request included."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.customers.ports import Identity
from domain.pricing.context import Wish, applied
from domain.shared.actor import GUEST, Actor
from domain.shared.errors import RequestFault
from domain.shared.ids import CustomerId
from execution import ErrorWriter, Executor, Fault
from integrations.addresses.world import WorldAddresses
from integrations.identity.codes import CodeLimits
from integrations.identity.secrets import RandomSecrets
from persistence.ids import new_id
from resolvers.context import Context, Pages, Services
from schema.root import schema
from tests.factories.balances import new_code
from tests.factories.buying import Buying

ERRORS = """
errors { __typename code path ... on StockError { available } ... on PriceChangedError { actual { amountMinor } } }
"""
CHECKOUT = """
id version missing expiresAt email totals { total { gross { amountMinor currency } } }
deliveryGroups { id options { id name } selected { id } } tenders { id state }
"""
CART = "id version note lines { nodes { id quantity unitPrice { gross { amountMinor } } } } problems { code lineId }"
MUTATIONS: Mapping[str, tuple[str, str]] = {
    "cartCreate": ("CartCreateInput!", f"cart {{ {CART} }}"),
    "cartUpdate": ("CartUpdateInput!", f"cart {{ {CART} }}"),
    "cartMerge": ("CartMergeInput!", f"cart {{ {CART} }}"),
    "checkoutStart": ("CheckoutStartInput!", f"checkout {{ {CHECKOUT} }}"),
    "checkoutUpdate": ("CheckoutUpdateInput!", f"checkout {{ {CHECKOUT} }}"),
    "checkoutTenderAdd": ("TenderInput!", f"checkout {{ {CHECKOUT} }}"),
    "checkoutComplete": ("CheckoutCompleteInput!", f"order {{ id }} action {{ kind }} checkout {{ {CHECKOUT} }}"),
}
ABSENT: Any = None
RESULTS = {name: "cart" if name.startswith("cart") else "checkout" for name in MUTATIONS}
BERLIN = {
    "firstName": "Ada",
    "lastName": "Lovelace",
    "line1": "Hauptstraße 1",
    "city": "Berlin",
    "postalCode": "10115",
    "country": "DE",
}


@dataclass
class Shopper:
    """Buys in a shop. Faults of ours are kept, to be found by the test."""

    shop: Buying
    actor: Actor = GUEST
    faults: list[Fault] = field(default_factory=list)
    code_limits: CodeLimits = field(default_factory=CodeLimits)

    def __post_init__(self) -> None:
        self._executor = Executor(schema, errors=ErrorWriter(self.faults.append, told=(RequestFault,)))

    async def send(self, document: str, **variables: Any) -> Any:
        """The whole result, errors and all."""
        return await self._executor.execute(document, variables, context=await self._context())

    async def payload(self, mutation: str, **values: Any) -> dict[str, Any]:
        """What a mutation answers to these values as its input."""
        kind, wanted = MUTATIONS[mutation]
        document = f"mutation M($input: {kind}) {{ {mutation}(input: $input) {{ {ERRORS} {wanted} }} }}"
        result = await self.send(document, input=values)
        assert not result.errors, result.errors
        payload: dict[str, Any] = result.data[mutation]
        return payload

    async def do(self, mutation: str, **values: Any) -> dict[str, Any]:
        """The result of a mutation that is not refused."""
        payload = await self.payload(mutation, **values)
        assert payload["errors"] == []
        return dict(payload[RESULTS[mutation]] if mutation != "checkoutComplete" else payload)

    async def refusals(self, mutation: str, **values: Any) -> list[tuple[str, list[str]]]:
        """The code and path of each problem, or of each top-level error with an empty path."""
        kind, wanted = MUTATIONS[mutation]
        document = f"mutation M($input: {kind}) {{ {mutation}(input: $input) {{ {ERRORS} {wanted} }} }}"
        result = await self.send(document, input=values)
        if result.errors:
            return [(error["extensions"]["code"], []) for error in result.errors]
        return [(problem["code"], problem["path"]) for problem in result.data[mutation]["errors"]]

    async def ready(self, *lines: tuple[str, int], token: str = "tok_ok") -> dict[str, Any]:
        """A checkout that lacks nothing."""
        wanted = [{"offerId": offer, "quantity": quantity} for offer, quantity in lines]
        cart = await self.do("cartCreate", lines=wanted, idempotencyKey=new_id("key"))
        started = await self.do("checkoutStart", cartId=cart["id"], idempotencyKey=new_id("key"))
        told = await self.do(
            "checkoutUpdate",
            checkoutId=started["id"],
            email="ada@example.com",
            shippingAddress=BERLIN,
            acceptTerms=True,
            deliveries=[
                {"groupId": group["id"], "optionId": group["options"][0]["id"]} for group in started["deliveryGroups"]
            ],
        )
        return await self.do(
            "checkoutTenderAdd",
            checkoutId=told["id"],
            methodId="test_card",
            token=token,
            idempotencyKey=new_id("key"),
        )

    async def _context(self) -> Context:
        shop = self.shop
        facts = await shop.reference.facts()
        request = applied(
            facts.markets, asked=Wish(market=shop.market, country=shop.country, language="en"), preferred=Wish()
        )
        known: dict[str, Any] = dict.fromkeys(Services.__slots__) | {
            "pool": shop.pool,
            "news": shop.news,
            "new_id": new_id,
            "now": lambda: shop.now,
            "reference": shop.reference,
            "address_book": WorldAddresses(),
            "completing": shop.around,
            "code_attempts": self.code_limits.of,
            "new_gift_card_code": new_code,
            "taxing": shop.taxing,
            "identity": Identity(ABSENT, ABSENT, RandomSecrets(), ABSENT),
            "pages": Pages("https://shop.example/lists/{}", "https://shop.example/pay/{}"),
        }
        return Context(Services(**known), self.actor, request, shop.now, "trace")


WRITTEN = ("cart", "cart_line", "checkout", "checkout_line", "reservation", "tender", "payment", "order", "idempotency")


async def written(shop: Buying) -> dict[str, int]:
    """How many rows each table has that a purchase writes to."""
    return {table: await shop.count(table) for table in WRITTEN}


async def inputs(shopper: Shopper) -> dict[str, dict[str, Any]]:
    """An input for each mutation that it takes."""
    shop = shopper.shop
    offer = await shop.offer()
    line = {"offerId": offer, "quantity": 1}
    cart, other = [(await shopper.do("cartCreate", lines=[line], idempotencyKey=new_id("key")))["id"] for _ in range(2)]
    ready = await shopper.ready((offer, 1))
    own = {"idempotencyKey": "a-key-that-nobody-guesses"}
    return {
        "cartCreate": {"lines": [line], **own},
        "cartUpdate": {"cartId": cart, "add": [line], **own},
        "cartMerge": {"source": other, "target": cart, **own},
        "checkoutStart": {"cartId": cart, **own},
        "checkoutUpdate": {"checkoutId": ready["id"], "email": "eve@example.com"},
        "checkoutTenderAdd": {"checkoutId": ready["id"], "methodId": "test_card", "token": "tok_ok", **own},
        "checkoutComplete": {
            "checkoutId": ready["id"],
            "expectedTotal": ready["totals"]["total"]["gross"],
            **own,
        },
    }


def signed_in(shopper: Shopper) -> Shopper:
    """Somebody else in the same shop, with an account."""
    return Shopper(shopper.shop, Actor(customer_id=CustomerId(new_id("customer"))), shopper.faults)
