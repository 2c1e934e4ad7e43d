"""Buying on a company's terms: its credit, what one member may order, and what orders and invoices keep of it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checkout.completion.outcome import Completion
from domain.companies.model import BuyingCompany, Company, CompanyRole, NetTerms
from domain.companies.usecases import Description, UpdateCompany, update_company
from domain.orders.invoicing.model import OrderDocument
from domain.orders.invoicing.usecases import issue_invoice
from domain.orders.reordering.usecases import Reorder, reorder
from domain.pricing.context import Wish, applied
from domain.pricing.promotions.model import UnitCap
from domain.shared.errors import ErrorCode, Refused
from domain.shared.ids import CheckoutId, CompanyId, OfferId, OrderId
from domain.shared.money import Money
from integrations.documents.ubl import ubl_of
from persistence.ids import new_id
from tests.factories.after_sale import Sale
from tests.factories.balances import available, balance, credit_limit, euros, gift_card
from tests.factories.buying import Buying, outcomes
from tests.factories.companies import company, company_credit, dismiss, listed, member
from tests.factories.promotions import promote
from tests.factories.refusals import problems_of

NET_30 = NetTerms(30)
DAYS = st.dates(date(2026, 1, 1), date(2099, 12, 31))


async def on_terms(buyer: Buying, offer: OfferId, company_id: CompanyId) -> CheckoutId:
    """A checkout of one unit for the company, to be paid on invoice."""
    checkout = await buyer.start(await buyer.cart((offer, 1), company=company_id))
    await buyer.tell(checkout)
    await buyer.tender(checkout, None, method="invoice")
    return checkout


async def bought(buyer: Buying, offer: OfferId, company_id: CompanyId) -> OrderId:
    done = await buyer.complete(await on_terms(buyer, offer, company_id))
    assert done.order_id is not None
    return done.order_id


async def order_of(shop: Buying, order_id: OrderId) -> Any:
    return await shop._loaders().order.load(order_id)


def in_30_days(shop: Buying) -> date:
    """By the calendar of the market, Germany."""
    return shop.now.astimezone(ZoneInfo("Europe/Berlin")).date() + timedelta(days=30)


async def invoice_of(shop: Buying, order_id: OrderId) -> OrderDocument:
    """The invoice of the order's one part, as if all of it were sent."""
    await shop.pool.execute("UPDATE vendor_order SET status = 'SHIPPED' WHERE order_id = $1", order_id)
    part = await shop.pool.fetchval("SELECT id FROM vendor_order WHERE order_id = $1", order_id)
    found = await issue_invoice(shop.unit_of_work(), part, now=shop.now)
    assert found is not None
    return found


async def test_b1_of_two_parallel_orders_of_200_under_a_limit_of_1000_with_700_open_one_succeeds(shop: Buying):
    acme = await company(shop)
    account = await company_credit(shop, acme.id, euros(1_000_00))
    earlier, each = await shop.offer(price=700_00), await shop.offer(price=200_00)
    buyers = [await member(shop, acme.id), await member(shop, acme.id)]
    await bought(buyers[0], earlier, acme.id)
    checkouts = [await on_terms(buyer, each, acme.id) for buyer in buyers]

    found = await outcomes(
        [buyer.complete(checkout) for buyer, checkout in zip(buyers, checkouts, strict=True)],
    )

    placed = [outcome for outcome in found if isinstance(outcome, Completion)]
    refused = [problem.code for outcome in found if isinstance(outcome, Refused) for problem in outcome.problems]
    assert len(placed) == 1
    assert refused == [ErrorCode.CREDIT_LIMIT_EXCEEDED]
    assert await available(shop, account.id) == 100_00
    assert await shop.count("order") == 2


async def test_b1_what_is_owed_is_of_one_company_and_not_of_its_members(shop: Buying):
    acme, other = await company(shop), await company(shop, "Other AG")
    account = await company_credit(shop, acme.id, euros(500_00))
    buyer = await member(shop, acme.id)
    assert buyer.actor.customer_id is not None
    own = await credit_limit(shop, buyer.actor.customer_id, euros(300_00))
    stranger = await member(shop, other.id)
    offer = await shop.offer(price=200_00)

    await bought(buyer, offer, acme.id)

    assert (await available(shop, account.id), await available(shop, own.id)) == (300_00, 300_00)
    checkout = await stranger.start(await stranger.cart((offer, 1), company=other.id))
    assert await problems_of(stranger.tender(checkout, None, method="invoice")) == [("NOT_FOUND", ("method_id",))]


async def test_b1_what_was_paid_is_open_no_more(shop: Buying):
    acme = await company(shop)
    account = await company_credit(shop, acme.id, euros(1_000_00))
    buyer = await member(shop, acme.id)
    order_id = await bought(buyer, await shop.offer(price=700_00), acme.id)
    owed = (await balance(shop, account.id)).owed

    await Sale(buyer, order_id).capture()

    assert (owed, (await balance(shop, account.id)).owed) == (euros(700_00), euros(0))


async def test_b1_an_invoice_on_net_30_is_due_30_days_after_its_date(shop: Buying):
    acme = await company(shop, terms=NET_30)
    await company_credit(shop, acme.id, euros(500_00))
    buyer = await member(shop, acme.id)

    order_id = await bought(buyer, await shop.offer(price=200_00), acme.id)

    assert (await invoice_of(shop, order_id)).due_on == in_30_days(shop)


async def test_b1_what_is_paid_at_once_has_no_due_date(shop: Buying):
    acme = await company(shop, terms=NET_30)
    buyer = await member(shop, acme.id)
    checkout = await buyer.start(await buyer.cart((await shop.offer(), 1), company=acme.id))
    await buyer.tell(checkout)
    await buyer.tender(checkout)

    done = await buyer.complete(checkout)

    assert done.order_id is not None
    assert (await invoice_of(shop, done.order_id)).due_on is None


@pytest.mark.parametrize(
    ("issued", "due"),
    [
        (date(2026, 11, 19), date(2026, 12, 21)),
        (date(2026, 11, 20), date(2026, 12, 21)),
        (date(2026, 11, 21), date(2026, 12, 21)),
        (date(2026, 11, 22), date(2026, 12, 22)),
    ],
    ids=["Saturday", "Sunday", "Monday", "Tuesday"],
)
def test_b1_a_due_date_on_a_weekend_moves_to_monday_if_that_is_agreed(issued: date, due: date):
    assert NetTerms(30, on_working_days=True).due_on(issued) == due
    assert NET_30.due_on(issued) == issued + timedelta(days=30)


@given(DAYS, st.integers(0, 365))
def test_b1_a_moved_due_date_is_the_first_working_day_from_the_agreed_one_on(issued: date, days: int):
    agreed = NetTerms(days).due_on(issued)

    moved = NetTerms(days, on_working_days=True).due_on(issued)

    assert moved.weekday() < 5
    between = [agreed + timedelta(days=more) for more in range((moved - agreed).days)]
    assert all(day.weekday() >= 5 for day in between)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_spending_limit_lets_pass_what_does_not_exceed_it_in_its_own_currency(limit: int, total: int):
    buying = BuyingCompany(CompanyId("company_1"), "Acme", role=CompanyRole.BUYER, spending_limit=euros(limit))

    assert (buying.refusal(euros(total)) is None) == (total <= limit)
    assert buying.refusal(Money(total, "USD")) is ErrorCode.SPENDING_LIMIT_EXCEEDED


async def test_an_order_above_a_members_limit_is_refused_and_one_up_to_it_is_placed(shop: Buying):
    acme = await company(shop)
    buyer = await member(shop, acme.id, limit=euros(200_00))
    above, within = [await shop.offer(price=price) for price in (200_01, 200_00)]

    async def ready(offer: OfferId) -> CheckoutId:
        checkout = await buyer.start(await buyer.cart((offer, 1), company=acme.id))
        await buyer.tell(checkout)
        await buyer.tender(checkout)
        return checkout

    too_much, enough = await ready(above), await ready(within)

    assert [need.value for need in (await buyer.checkout(too_much)).missing] == ["APPROVAL"]
    assert await problems_of(buyer.complete(too_much)) == [("SPENDING_LIMIT_EXCEEDED", ("checkout_id",))]
    assert await shop.authorizations() == []
    assert (await buyer.complete(enough)).order_id is not None


async def test_a_limit_that_was_lowered_holds_for_checkouts_that_were_begun_before(shop: Buying):
    acme = await company(shop)
    buyer = await member(shop, acme.id)
    checkout = await buyer.start(await buyer.cart((await shop.offer(price=50_00), 1), company=acme.id))
    await buyer.tell(checkout)
    await buyer.tender(checkout)

    await member(shop, acme.id, limit=euros(10_00), customer_id=buyer.actor.customer_id)

    assert await problems_of(buyer.complete(checkout)) == [("SPENDING_LIMIT_EXCEEDED", ("checkout_id",))]


async def test_o4_an_order_keeps_the_companys_name_and_number_as_they_were(shop: Buying):
    acme = await company(shop, "Acme GmbH", terms=NET_30)
    await company_credit(shop, acme.id, euros(500_00))
    buyer = await member(shop, acme.id)
    checkout = await on_terms(buyer, await shop.offer(price=200_00), acme.id)
    await buyer.update(checkout, po_number=" PO-4711 ")
    done = await buyer.complete(checkout)
    assert done.order_id is not None

    renamed = UpdateCompany(acme.id, Description("New Acme SE", terms=NetTerms(7)))
    await update_company(shop.unit_of_work(), shop.taxing.register, renamed, now=shop.now)

    kept = await order_of(buyer, done.order_id)
    assert (kept.company.id, kept.company_name, kept.po_number) == (acme.id, "Acme GmbH", "PO-4711")
    assert kept.company.terms == NET_30


async def test_o4_an_invoice_names_the_company_its_number_of_the_order_and_the_day_it_is_due(shop: Buying):
    acme = await company(shop, terms=NET_30)
    await company_credit(shop, acme.id, euros(500_00))
    buyer = await member(shop, acme.id)
    checkout = await on_terms(buyer, await shop.offer(price=200_00), acme.id)
    await buyer.update(checkout, po_number="PO-4711")
    done = await buyer.complete(checkout)
    assert done.order_id is not None

    invoice = await invoice_of(shop, done.order_id)

    written = {element.tag.partition("}")[2]: element.text for element in ET.fromstring(ubl_of(invoice)).iter()}
    assert invoice.buyer.name == "Acme GmbH"
    assert (written["DueDate"], written["SalesOrderID"]) == (str(in_30_days(shop)), invoice.order_number)
    assert "PO-4711" in ubl_of(invoice).decode()


async def test_a_checkout_changes_for_whom_it_buys_with_its_prices_and_back(shop: Buying):
    acme = await company(shop)
    offer = await shop.offer(price=100_00)
    await listed(shop, offer, 70_00, company_id=acme.id)
    buyer = await member(shop, acme.id)
    cart = await buyer.cart((offer, 1))
    checkout = await buyer.start(cart)

    await buyer.update(checkout, company_id=acme.id)
    for_company = await buyer.checkout(checkout)
    in_cart = await buyer.priced_cart(cart)
    await buyer.update(checkout, company_id=CompanyId(""))
    for_oneself = await buyer.checkout(checkout)

    assert for_company.totals.lines.gross == euros(70_00)
    assert in_cart.totals.lines.gross == euros(70_00)
    assert for_oneself.totals.lines.gross == euros(100_00)
    assert for_oneself.checkout.company is None
    await buyer.tell(checkout)
    await buyer.tender(checkout)
    assert (await buyer.complete(checkout)).order_id is not None


async def test_nobody_takes_a_companys_credit_along_into_a_purchase_of_their_own(shop: Buying):
    acme = await company(shop)
    account = await company_credit(shop, acme.id, euros(500_00))
    buyer = await member(shop, acme.id)
    checkout = await on_terms(buyer, await shop.offer(price=200_00), acme.id)

    await buyer.update(checkout, company_id=CompanyId(""))

    assert [tender.state.value for tender in (await buyer.checkout(checkout)).tenders] == ["RELEASED"]
    assert await problems_of(buyer.complete(checkout)) == [("PAYMENT_REQUIRED", ("checkout_id",))]
    assert await available(shop, account.id) == 500_00


async def test_saying_the_same_company_again_changes_nothing_and_a_changed_cart_is_told(shop: Buying):
    acme = await company(shop)
    offer = await shop.offer(price=100_00)
    buyer = await member(shop, acme.id)
    cart = await buyer.cart((offer, 1), company=acme.id)
    checkout = await buyer.start(cart)

    await buyer.update(checkout, company_id=acme.id)
    same = await buyer.checkout(checkout)
    await buyer.add(cart, (offer, 1))

    assert same.checkout.cart_version == 1
    assert await problems_of(buyer.update(checkout, company_id=CompanyId(""))) == [
        ("VERSION_CONFLICT", ("checkout_id",))
    ]


async def test_a_gift_card_stays_offered_whoever_one_buys_for(shop: Buying):
    acme = await company(shop)
    buyer = await member(shop, acme.id)
    card = await gift_card(shop, euros(10_00))
    checkout = await buyer.start(await buyer.cart((await shop.offer(price=100_00), 1)))
    await buyer.tender(checkout, code=card.code)

    await buyer.update(checkout, company_id=acme.id)

    assert [tender.state.value for tender in (await buyer.checkout(checkout)).tenders] == ["PENDING"]
    assert (await buyer.checkout(checkout)).totals.tendered == euros(10_00)


async def test_a_capped_sale_holds_its_units_for_whoever_one_buys_for(shop: Buying):
    """Two units at half price; the contract's price is halved as the list price was."""
    acme = await company(shop)
    offer = await shop.offer(price=100_00)
    await listed(shop, offer, 70_00, company_id=acme.id)
    await promote(shop, action={"kind": "percentage", "percent": "50"}, unit_cap=UnitCap(2))
    buyer = await member(shop, acme.id)
    checkout = await buyer.start(await buyer.cart((offer, 2)))
    before = (await buyer.checkout(checkout)).totals.lines.gross

    await buyer.update(checkout, company_id=acme.id)

    assert (before, (await buyer.checkout(checkout)).totals.lines.gross) == (euros(100_00), euros(70_00))
    other = await shop.start(await shop.cart((offer, 1), key="a-long-guests-key"))
    assert (await shop.checkout(other)).totals.lines.gross == euros(100_00)


async def test_a_checkout_is_for_companies_of_its_buyer_alone(shop: Buying):
    acme, other = await company(shop), await company(shop, "Other AG")
    offer = await shop.offer()
    buyer = await member(shop, acme.id)
    own = await buyer.start(await buyer.cart((offer, 1)))
    guests = await shop.start(await shop.cart((offer, 1), key="a-long-guests-key"))

    assert await problems_of(buyer.update(own, company_id=other.id)) == [("NOT_FOUND", ("company_id",))]
    assert await problems_of(buyer.update(guests, company_id=acme.id)) == [("NOT_ALLOWED", ("company_id",))]
    assert await problems_of(buyer.update(own, po_number="x" * 101)) == [("INVALID", ("po_number",))]


async def test_what_was_bought_for_a_company_is_bought_again_for_it_as_long_as_one_may(shop: Buying):
    acme = await company(shop)
    await company_credit(shop, acme.id, euros(500_00))
    offer = await shop.offer(price=100_00)
    await listed(shop, offer, 70_00, company_id=acme.id)
    buyer = await member(shop, acme.id)
    order_id = await bought(buyer, offer, acme.id)

    async def again(key: str) -> int:
        found = await order_of(buyer, order_id)
        lines = await buyer._loaders().lines_of_order.load(order_id)
        request = applied((await shop.reference.facts()).markets, asked=Wish(market="de"), preferred=Wish())
        command = Reorder(order_id, key)
        done = await reorder(buyer.unit_of_work(), command, found, lines, request=request, now=shop.now)
        cart = await buyer.priced_cart(done.cart_id)
        minor: int = cart.totals.lines.gross.minor
        return minor

    as_member = await again(new_id("key"))
    await dismiss(shop, acme.id, buyer.actor.customer_id)
    as_oneself = await again(new_id("key"))

    assert (as_member, as_oneself) == (70_00, 100_00)


def test_a_company_says_its_terms_or_that_there_are_none():
    known = Company(CompanyId("company_1"), "Acme", terms=NetTerms(14, on_working_days=True))

    assert (known.net_terms_days, known.due_on_working_days) == (14, True)
    bare = replace(known, terms=None)
    assert (bare.net_terms_days, bare.due_on_working_days) == (None, False)
