"""Taxes of checkouts and orders, with a register and an engine on sockets: rules T5, T7, T8, T10, T12, T14 and T15."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from domain.checkout.taxation.ports import Engine, TaxServices
from domain.checkout.taxation.usecases import refresh_taxes
from domain.pricing.taxation.evidence import TaxFlag
from domain.pricing.taxation.external import TaxableItem, TaxRequest
from domain.pricing.taxation.facts import Certificate, Registration, Scheme, VatIdCheck
from domain.pricing.taxation.ports import TaxEngineUnavailable
from domain.pricing.taxation.treatment import Collector, Treatment
from domain.shared.actor import Actor
from domain.shared.address import Address
from domain.shared.errors import ErrorCode, Refused
from domain.shared.ids import CheckoutId, OfferId, OrderId, VendorId
from domain.shared.money import Money
from integrations.stripe_tax.adapter import StripeTax
from integrations.stripe_tax.double import StripeTaxDouble
from integrations.vies.adapter import Vies
from integrations.vies.double import ViesDouble
from tests.database import StatementLog
from tests.factories.balances import customer
from tests.factories.buying import Buying
from tests.factories.clock import present, this_year
from tests.factories.gateways import served
from tests.factories.watching import Watched
from tests.fakes.vat_register import FakeVatRegister

VIENNA = Address("Ring 1", "Wien", "AT", last_name="Freud", postal_code="1010")
BERLIN = Address("Hauptstraße 1", "Berlin", "DE", last_name="Lovelace", postal_code="10115")
HELIGOLAND = replace(BERLIN, postal_code="27498", city="Helgoland")
AUSTRIAN = "ATU12345678"
GERMAN = Registration("DE", Scheme.DOMESTIC, "DE123456789")


async def house(shop: Buying, country: str = "DE", **offer: Any) -> OfferId:
    """An offer of the house vendor."""
    vendor_id = await shop.catalog.vendor("House", country=country, is_house=True)
    found = await shop.offer(price=11900, vendor_id=vendor_id, **offer)
    shop.reference.forget()
    await shop.reference.facts()
    return found


async def register(shop: Buying, vendor_id: str, *registrations: Registration) -> None:
    async with shop.unit_of_work() as uow:
        for found in registrations:
            await uow.taxes.register(VendorId(vendor_id), found)
        await uow.commit()
    shop.reference.forget()
    await shop.reference.facts()


async def house_id(shop: Buying) -> str:
    found: str = await shop.pool.fetchval("SELECT id FROM vendor WHERE is_house")
    return found


async def order_of(shop: Buying, order_id: OrderId | None) -> Any:
    assert order_id is not None
    return await shop._loaders().order.load(order_id)


async def line_of(shop: Buying, order_id: OrderId | None) -> Any:
    assert order_id is not None
    [line] = await shop._loaders().lines_of_order.load(order_id)
    return line


async def bought(
    shop: Buying, offer: OfferId, *, to: Address = BERLIN, quantity: int = 1, vat_id: str | None = None
) -> CheckoutId:
    """A checkout that lacks nothing."""
    checkout = await shop.start(await shop.cart((offer, quantity)))
    await shop.tell(checkout, address=to)
    if vat_id is not None:
        await shop.update(checkout, vat_id=vat_id)
    await shop.tender(checkout)
    return checkout


@asynccontextmanager
async def vies(*registered: str, requester: str | None = "DE123456789", **options: Any) -> AsyncIterator[Any]:
    """The register on a socket: our adapter to it, and a client for its switches."""
    async with (
        served(ViesDouble(registered).app()) as url,
        httpx2.AsyncClient(base_url=url) as control,
        Vies(url, requester=requester, **options) as register,
    ):
        yield register, control


async def test_t10_goods_for_a_business_of_another_state_cost_the_net_at_the_sellers_home_rate(shop: Buying) -> None:
    async with vies(AUSTRIAN) as (register, _):
        shop = replace(shop, taxing=TaxServices(register))
        checkout = await bought(shop, await house(shop), to=VIENNA, vat_id="atu 1234 5678")

        priced = await shop.checkout(checkout)
        done = await shop.complete(checkout)

    assert priced.totals.lines.gross.minor == priced.totals.lines.net.minor == 10000
    assert priced.totals.total.tax.minor == 0
    order, line = await order_of(shop, done.order_id), await line_of(shop, done.order_id)
    assert order.tax_wording == ("VAT-exempt intra-Community supply",)
    assert line.tax_treatment is Treatment.INTRA_COMMUNITY_SUPPLY
    assert (order.vat_id.vat_id, order.vat_id.valid, order.vat_id.reverse_charge) == (AUSTRIAN, True, True)
    assert order.vat_id.checked_at == shop.now
    assert order.vat_id.reference == "WAPIAAAA00000001"


async def test_t10_a_service_says_reverse_charge(shop: Buying) -> None:
    shop = replace(shop, taxing=TaxServices(FakeVatRegister({AUSTRIAN})))
    checkout = await bought(shop, await house(shop, product={"kind": "SERVICE"}), to=VIENNA, vat_id=AUSTRIAN)

    done = await shop.complete(checkout)

    assert (await order_of(shop, done.order_id)).tax_wording == ("Reverse charge",)


@pytest.mark.parametrize("trouble", [{"down": ["*"]}, {"down": ["AT"]}, {"slow_seconds": 1}])
async def test_t10_without_an_answer_vat_is_charged_and_the_order_flagged(
    shop: Buying, trouble: dict[str, Any]
) -> None:
    async with vies(AUSTRIAN, timeout_seconds=0.2) as (register, control):
        await control.post("/control", json=trouble)
        shop = replace(shop, taxing=TaxServices(register))
        checkout = await bought(shop, await house(shop), to=VIENNA, vat_id=AUSTRIAN)

        done = await shop.complete(checkout)

    order = await order_of(shop, done.order_id)
    assert order.totals.lines.tax.minor == 1983
    assert order.tax_flags == (TaxFlag.VAT_ID_UNCHECKED,)
    assert (order.vat_id.valid, order.vat_id.checked_at, order.vat_id.reverse_charge) == (False, None, False)


@pytest.mark.parametrize("vat_id", ["DE12345", "AT12345678", "XX123456789", "GB123456789", "x" * 99])
async def test_t10_what_no_member_state_would_issue_is_refused_before_anybody_is_asked(
    shop: Buying, vat_id: str
) -> None:
    async with vies() as (register, control):
        shop = replace(shop, taxing=TaxServices(register))
        checkout = await shop.start(await shop.cart((await shop.offer(), 1)))

        with pytest.raises(Refused) as refused:
            await shop.update(checkout, vat_id=vat_id)

        assert [(found.code, found.path) for found in refused.value.problems] == [(ErrorCode.INVALID, ("vat_id",))]
        assert (await control.get("/consultations")).json() == []


@pytest.mark.parametrize("vat_id", ["EL123456789", "XI123456789", "DE123456789"])
async def test_t11_greek_numbers_begin_with_el_and_northern_irish_ones_with_xi(vat_id: str) -> None:
    async with vies(vat_id) as (register, _):
        assert register.is_well_formed(vat_id)
        assert (await register.check(vat_id, now=present())).valid


async def test_t10_the_register_says_what_it_does_not_know_and_gives_no_reference_to_the_nameless() -> None:
    async with vies(AUSTRIAN, requester=None) as (register, _):
        known = await register.check(AUSTRIAN, now=present())
        unknown = await register.check("ATU00000000", now=present())

    assert known == VatIdCheck(AUSTRIAN, valid=True, checked_at=present())
    assert (unknown.valid, unknown.checked_at) == (False, present())


async def test_t10_a_number_that_is_taken_back_is_taxed_again(shop: Buying) -> None:
    shop = replace(shop, taxing=TaxServices(FakeVatRegister({AUSTRIAN})))
    checkout = await bought(shop, await house(shop), to=VIENNA, vat_id=AUSTRIAN)

    await shop.update(checkout, vat_id="")

    priced = await shop.checkout(checkout)
    assert (priced.vat_id, priced.totals.lines.gross.minor) == (None, 11900)


async def test_t10_no_transaction_is_open_while_the_register_is_asked(shop: Buying) -> None:
    class Watching(FakeVatRegister):
        async def check(self, vat_id: str, *, now: Any) -> VatIdCheck:
            open_now = await shop.pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND state LIKE 'idle in transaction%'"
            )
            assert open_now == 0
            return await super().check(vat_id, now=now)

    register = Watching({AUSTRIAN})
    shop = replace(shop, taxing=TaxServices(register))

    await bought(shop, await house(shop), to=VIENNA, vat_id=AUSTRIAN)

    assert register.asked == [AUSTRIAN]


async def test_t8_a_small_distance_seller_taxes_at_home_and_the_crossing_sale_at_destination(shop: Buying) -> None:
    offer = await house(shop)
    await register(shop, await house_id(shop), GERMAN)
    await shop.pool.execute(
        "INSERT INTO distance_sales (vendor_id, year, euro_cents) VALUES ($1, $2, 985000)",
        await house_id(shop),
        this_year(),
    )

    below = await shop.complete(await bought(shop, offer, to=VIENNA))
    crossing = await shop.complete(await bought(shop, offer, to=VIENNA))

    first, second = await line_of(shop, below.order_id), await line_of(shop, crossing.order_id)
    assert (first.tax_treatment, first.total.tax.minor) == (Treatment.ORIGIN, 1900)
    assert (second.tax_treatment, second.total.tax.minor) == (Treatment.DESTINATION, 1983)
    assert first.total.gross == second.total.gross == Money(11900, "EUR")


async def test_t8_of_two_sales_at_once_the_one_that_crosses_is_taxed_at_destination(shop: Buying) -> None:
    offer = await house(shop)
    await register(shop, await house_id(shop), GERMAN)
    await shop.pool.execute(
        "INSERT INTO distance_sales (vendor_id, year, euro_cents) VALUES ($1, $2, 985000)",
        await house_id(shop),
        this_year(),
    )
    ready = [await bought(shop, offer, to=VIENNA) for _ in range(4)]

    done = await asyncio.gather(*[shop.complete(checkout) for checkout in ready])

    lines = [await line_of(shop, found.order_id) for found in done]
    assert sorted(line.tax_treatment.value for line in lines) == ["DESTINATION"] * 3 + ["ORIGIN"]
    sent = await shop.pool.fetchval('SELECT sum(total_net_minor) FROM "order"')
    assert (
        await shop.pool.fetchval("SELECT euro_cents FROM distance_sales WHERE year = $1", this_year()) == 985000 + sent
    )


async def test_t8_whoever_was_over_the_limit_last_year_taxes_at_destination(shop: Buying) -> None:
    offer = await house(shop)
    await register(shop, await house_id(shop), GERMAN)
    await shop.pool.execute(
        "INSERT INTO distance_sales (vendor_id, year, euro_cents) VALUES ($1, $2, 1000001)",
        await house_id(shop),
        this_year() - 1,
    )

    done = await shop.complete(await bought(shop, offer, to=VIENNA))

    assert (await line_of(shop, done.order_id)).total.tax.minor == 1983


async def test_t8_an_order_under_the_one_stop_shop_says_so(shop: Buying) -> None:
    offer = await house(shop)
    await register(shop, await house_id(shop), GERMAN, Registration("DE", Scheme.OSS, "DE123456789"))

    done = await shop.complete(await bought(shop, offer, to=VIENNA))

    assert (await order_of(shop, done.order_id)).tax.schemes == (Scheme.OSS,)
    assert await shop.count("distance_sales") == 0


async def test_t11_an_address_outside_of_the_vat_area_of_its_country_is_not_taxed(shop: Buying) -> None:
    checkout = await bought(shop, await house(shop), to=HELIGOLAND)

    assert (await shop.checkout(checkout)).totals.total.tax.minor == 0


async def test_t12_lines_say_who_collects_and_owes_the_tax(shop: Buying) -> None:
    await house(shop)
    chinese = await shop.offer(vendor_id=await shop.catalog.vendor("Shenzhen", country="CN"))
    french = await shop.offer(vendor_id=await shop.catalog.vendor("Paris", country="FR"))

    deemed = await shop.complete(await bought(shop, chinese))
    own = await shop.complete(await bought(shop, french))

    assert (await line_of(shop, deemed.order_id)).tax_collector is Collector.PLATFORM
    assert (await line_of(shop, own.order_id)).tax_collector is Collector.VENDOR


async def test_t14_a_gift_card_is_untaxed_when_sold_whatever_its_class(shop: Buying) -> None:
    card = await house(shop, product={"kind": "GIFT_CARD", "tax_class": "standard"})
    checkout = await bought(shop, card)

    [line] = (await shop.checkout(checkout)).lines

    assert (line.tax_treatment, line.total.tax.minor, line.total.gross.minor) == (Treatment.VOUCHER, 0, 11900)


async def test_t7_an_order_keeps_its_rate_after_the_law_has_changed(shop: Buying) -> None:
    done = await shop.complete(await bought(shop, await house(shop)))
    later = shop.now + timedelta(days=1)
    await shop.pool.execute("UPDATE tax_rate SET valid_until = $1 WHERE country = 'DE' AND valid_until IS NULL", later)

    line = await line_of(shop.later(days=30), done.order_id)

    assert [(str(tax.rate), tax.amount.minor) for tax in line.taxes] == [("0.190000", 1900)]


@pytest.mark.parametrize(("country", "gross"), [("DE", 10000), ("AT", 11900)])
async def test_a_certificate_frees_its_customer_of_the_tax_in_its_territory(
    shop: Buying, country: str, gross: int
) -> None:
    offer = await house(shop)
    customer_id = await customer(shop.pool)
    async with shop.unit_of_work() as uow:
        assert await uow.taxes.certify(customer_id, Certificate("E-1", country))
        await uow.commit()
    shop.reference.forget()
    await shop.reference.facts()
    shop = replace(shop, actor=Actor(customer_id))

    checkout = await bought(shop, offer)

    assert (await shop.checkout(checkout)).totals.lines.gross.minor == gross


@asynccontextmanager
async def stripe_tax(**options: Any) -> AsyncIterator[Any]:
    """The tax engine on a socket: our adapter to it, and a client for its switches."""
    async with (
        served(StripeTaxDouble().app()) as url,
        httpx2.AsyncClient(base_url=url) as control,
        StripeTax("sk_test_double", api_base=url, **options) as engine,
    ):
        yield engine, control


async def calculations(control: httpx2.AsyncClient) -> int:
    return int((await control.get("/calculations")).json()["calculations"])


async def refresh(shop: Buying, checkout: CheckoutId, engine: Engine) -> None:
    await refresh_taxes(shop.unit_of_work(), checkout, engine, now=shop.now)


async def test_t15_the_engine_computes_the_taxes_once_for_each_hash(shop: Buying) -> None:
    async with stripe_tax() as (stripe, control):
        engine = Engine(stripe)
        checkout = await bought(shop, await house(shop), to=VIENNA)

        await refresh(shop, checkout, engine)
        priced = await shop.checkout(checkout)
        await refresh(shop, checkout, engine)
        await shop.update(checkout, email="grace@example.com")
        await refresh(shop, checkout, engine)
        assert await calculations(control) == 1
        await shop.update(checkout, shipping_address=BERLIN)
        await refresh(shop, checkout, engine)
        assert await calculations(control) == 2

    [tax] = priced.lines[0].quoted.taxes
    assert (tax.name, tax.jurisdiction, str(tax.rate)) == ("Value-added tax (VAT)", "AT", "0.2")
    assert (tax.base.minor, tax.amount.minor) == (9917, 1983)
    assert priced.missing == ()
    assert priced.totals.tax_is_estimate is False
    assert priced.totals.total.net + priced.totals.total.tax == priced.totals.total.gross


async def test_i4_no_transaction_is_open_while_the_tax_engine_is_asked(shop: Buying) -> None:
    async with stripe_tax() as (stripe, _):
        engine = Watched(stripe, shop.pool)
        await refresh(shop, await bought(shop, await house(shop), to=VIENNA), Engine(engine))

    assert engine.asked == ["assess"]
    assert engine.found == []


async def test_t15_while_the_engine_is_down_nothing_is_sold(shop: Buying) -> None:
    async with stripe_tax() as (stripe, control):
        await control.post("/control", json={"down": True})
        checkout = await bought(shop, await house(shop))
        await refresh(shop, checkout, Engine(stripe))

        priced = await shop.checkout(checkout)
        with pytest.raises(Refused) as refused:
            await shop.complete(checkout)
        await control.post("/control", json={"down": False})
        await refresh(shop, checkout, Engine(stripe))
        done = await shop.complete(checkout)

    assert [found.value for found in priced.missing] == ["TAX"]
    assert [found.code for found in refused.value.problems] == [ErrorCode.TAX_UNAVAILABLE]
    assert (await order_of(shop, done.order_id)).tax.reference.startswith("taxcalc_")


async def test_t15_or_it_is_sold_at_local_rates_that_are_flagged_estimated(shop: Buying) -> None:
    async with stripe_tax(timeout_seconds=0.2) as (stripe, control):
        await control.post("/control", json={"slow_seconds": 1})
        checkout = await bought(shop, await house(shop))
        await refresh(shop, checkout, Engine(stripe, blocks=False))

        priced = await shop.checkout(checkout)
        done = await shop.complete(checkout)

    order = await order_of(shop, done.order_id)
    assert priced.totals.tax_is_estimate is True
    assert priced.missing == ()
    assert (order.totals.lines.tax.minor, order.tax_flags) == (1900, (TaxFlag.ESTIMATED,))


async def test_t15_the_deadline_is_two_seconds_whatever_the_engine_thinks(
    shop: Buying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.checkout.taxation.usecases.ENGINE_SECONDS", 0.1)
    async with stripe_tax(timeout_seconds=30) as (stripe, control):
        await control.post("/control", json={"slow_seconds": 1})
        checkout = await bought(shop, await house(shop))

        await refresh(shop, checkout, Engine(stripe))

        assert [found.value for found in (await shop.checkout(checkout)).missing] == ["TAX"]


async def test_t4_every_jurisdiction_of_the_engines_answer_is_reported_by_itself(shop: Buying) -> None:
    shop = replace(shop, market="us")
    vendor = await shop.catalog.vendor("House", country="US", is_house=True)
    offer = await shop.offer(vendor_id=vendor, prices={"us-usd": 10000})
    new_york = Address("1 Wall Street", "New York", "US", last_name="Hopper", region="NY", postal_code="10005")
    async with stripe_tax() as (stripe, _):
        checkout = await bought(shop, offer, to=new_york)
        await refresh(shop, checkout, Engine(stripe))

    [line] = (await shop.checkout(checkout)).lines
    assert [(tax.jurisdiction, tax.amount.minor) for tax in line.quoted.taxes] == [
        ("US-NY", 400),
        ("US-NY New York City", 450),
        ("US-NY Metropolitan Commuter Transportation District", 38),
    ]
    assert line.total.gross.minor == 10888


async def test_t15_what_the_engine_cannot_place_is_no_answer(shop: Buying) -> None:
    request = TaxRequest(
        "EUR", True, replace(VIENNA, country="FR"), "DE", present().date(), (TaxableItem("line", 100, "standard"),)
    )
    async with stripe_tax() as (stripe, _):
        with pytest.raises(TaxEngineUnavailable):
            await stripe.assess(request)


async def test_t13_where_the_market_asks_for_it_options_tell_what_customs_will_ask(shop: Buying) -> None:
    offer = await house(shop, country="US", variant={"hs_code": "610910"})
    await register(shop, await house_id(shop), Registration("US", Scheme.DOMESTIC, "NY-1", region="NY"))
    await shop.pool.execute("UPDATE market SET estimates_duties = true, price_policy = 'FIXED_NET' WHERE handle = 'de'")
    await shop.pool.execute(
        "INSERT INTO duty_rate (id, customs_area, hs_prefix, rate) VALUES ('duty_rate_1', 'EU', '61', 0.12)"
    )
    shop.reference.forget()
    await shop.reference.facts()
    checkout = await shop.start(await shop.cart((offer, 2)))
    await shop.update(checkout, shipping_address=BERLIN)

    priced = await shop.checkout(checkout)

    [group] = priced.delivery_groups
    [free, *_] = [option for option in group.options if option.price.gross.minor == 0]
    assert priced.totals.lines.gross == priced.totals.lines.net == Money(20000, "EUR")
    assert free.duties == Money(2400 + 4256, "EUR")


async def test_t13_no_estimate_is_made_where_the_market_asks_for_none(shop: Buying) -> None:
    offer = await house(shop, country="US")
    await register(shop, await house_id(shop), Registration("US", Scheme.DOMESTIC, "NY-1", region="NY"))
    checkout = await shop.start(await shop.cart((offer, 2)))

    [group] = (await shop.checkout(checkout)).delivery_groups

    assert {option.duties for option in group.options} == {None}


async def test_t15_the_engine_is_not_asked_for_strangers_nor_for_what_is_bought(shop: Buying) -> None:
    async with stripe_tax() as (stripe, control):
        own = replace(shop, actor=Actor(await customer(shop.pool)))
        stranger = replace(shop, actor=Actor(await customer(shop.pool)))
        checkout = await bought(own, await house(own))

        await refresh(stranger, checkout, Engine(stripe))
        assert await calculations(control) == 0
        await refresh(own, checkout, Engine(stripe))
        await own.complete(checkout)
        await refresh(own, checkout, Engine(stripe))

        assert await calculations(control) == 1


async def test_a_shop_without_tax_books_sends_no_statement_for_them(shop: Buying, statement_log: StatementLog) -> None:
    offer = await house(shop)
    counted = replace(shop, pool=statement_log.pool)

    async with statement_log.count() as without:
        await counted.start(await counted.cart((offer, 1)))
    await register(shop, await house_id(shop), GERMAN)
    async with statement_log.count() as with_books:
        await counted.start(await counted.cart((offer, 1)))

    assert [found for found in without if "tax_registration" in found] == []
    assert len([found for found in with_books if "tax_registration" in found]) == 1
