"""Putting the parts together: everything a process needs, opened once and closed in reverse."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from redis.asyncio import Redis

from domain.checkout.completion.ports import Surroundings
from domain.checkout.taxation.ports import Engine, TaxServices
from domain.customers.ports import Identity
from domain.payments.balances.model import CODE_LENGTH, CODE_LETTERS, GiftCardCode, gift_card_code
from domain.payments.gateways import Gateways
from domain.shared.making import dataclass
from integrations.addresses.world import WorldAddresses
from integrations.files.folder import FileFolder
from integrations.identity.attempts import CountedAttempts
from integrations.identity.codes import CodeLimits
from integrations.identity.keys import KeyRing, keys_kept_in, read_keys
from integrations.identity.links import SignedLinks
from integrations.identity.passwords import ArgonPasswords
from integrations.identity.sealing import FolderSeal, KeyedSeal, read_seal
from integrations.identity.secrets import RandomSecrets
from integrations.identity.tokens import SignedTokens
from integrations.vies.adapter import Vies
from persistence.ids import new_id
from persistence.news import RedisNews
from persistence.pricing.reference import Reference
from persistence.statement import Pool
from resolvers.context import Pages, Services, WebhookTerms
from server.auth import Authenticator
from server.database import PATIENCE_SECONDS, reach
from server.gateways import NoticeSource, open_gateways
from server.outside_search import OutsideSearch, open_outside_search
from server.settings import Settings, SettingsError
from server.traces import Traces, open_traces

PAUSE_SECONDS = 0.1
NUMBER_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTER_BITS = 5


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process works with."""

    settings: Settings
    pool: Pool
    redis: "Redis"
    news: RedisNews
    services: Services
    authenticator: Authenticator
    keys: KeyRing
    traces: Traces | None = None
    stripe_notices: NoticeSource | None = None
    seal: KeyedSeal | FolderSeal | None = None
    outside_search: OutsideSearch | None = None


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Everything, connected. The settings must name a database and a Redis."""
    assert settings.database_url is not None
    assert settings.redis_url is not None
    async with AsyncExitStack() as stack:
        traces = open_traces(settings)
        if traces is not None:
            stack.push_async_callback(asyncio.to_thread, traces.close)
        pool = await reach(
            settings.database_url,
            max_size=settings.database_pool_size,
            prepared_statements=settings.database_prepared_statements,
            on_statement=traces.on_statement if traces else None,
            patience_seconds=PATIENCE_SECONDS,
        )
        stack.push_async_callback(pool.close)
        redis = Redis.from_url(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        gateways = await stack.enter_async_context(open_gateways(settings))
        vies = await stack.enter_async_context(Vies(settings.commerce_vies_url, requester=settings.commerce_vat_id))
        outside_search = await stack.enter_async_context(open_outside_search(settings, pool))
        passwords = ArgonPasswords()
        stack.callback(passwords.close)
        keys = token_keys(settings)
        seal = webhook_seal(settings)
        tokens = SignedTokens(keys)
        news = RedisNews(redis)
        services = Services(
            pool=pool,
            news=news,
            new_id=new_id,
            now=now,
            reference=Reference(pool),
            identity=Identity(passwords, tokens, RandomSecrets(), CountedAttempts(redis)),
            address_book=WorldAddresses(),
            taxing=TaxServices(vies, await _tax_engine(stack, settings)),
            links=SignedLinks(keys),
            files=FileFolder(settings.commerce_files),
            webhooks=WebhookTerms(
                seal, may_be_plain=settings.commerce_webhook_anywhere or bool(settings.commerce_webhook_networks)
            ),
            pages=Pages(settings.commerce_wishlist_page, settings.commerce_payment_page),
            routers_enforce_access=settings.commerce_router_enforces_access,
            completing=Surroundings(
                Gateways.of(*[traces.gateway(gateway) if traces else gateway for gateway in gateways.offered]),
                now,
                pause,
                order_number,
            ),
            code_attempts=CodeLimits(redis).of,
            new_gift_card_code=new_gift_card_code,
            search_engine=outside_search.engine if outside_search else None,
        )
        listening = asyncio.create_task(news.run())
        stack.callback(listening.cancel)
        authenticator = Authenticator(pool, tokens, now)
        notices = gateways.stripe_notices
        yield Parts(settings, pool, redis, news, services, authenticator, keys, traces, notices, seal, outside_search)


async def _tax_engine(stack: AsyncExitStack, settings: Settings) -> Engine | None:
    """Who computes taxes in the place of the shop's own rates."""
    if settings.commerce_stripe_tax_key is None:
        return None
    from integrations.stripe_tax.adapter import StripeTax  # noqa: PLC0415 - the library of Stripe, which few need

    key = settings.commerce_stripe_tax_key.get_secret_value()
    engine = await stack.enter_async_context(StripeTax(key, api_base=settings.commerce_stripe_tax_url))
    return Engine(engine, blocks=settings.commerce_tax_fallback == "block")


def token_keys(settings: Settings) -> KeyRing:
    """The keys that the settings name, or those of the data folder."""
    if settings.commerce_token_key is None:
        return keys_kept_in(settings.data_dir)
    try:
        return read_keys(settings.commerce_token_key.get_secret_value())
    except ValueError as error:
        raise SettingsError(f"COMMERCE_TOKEN_KEY: {error}") from None


def webhook_seal(settings: Settings) -> KeyedSeal | FolderSeal:
    """What seals by the keys that the settings name, or by that of the data folder."""
    if settings.commerce_sealing_key is None:
        return FolderSeal(settings.data_dir)
    try:
        return read_seal(settings.commerce_sealing_key.get_secret_value())
    except ValueError as error:
        raise SettingsError(f"COMMERCE_SEALING_KEY: {error}") from None


now: Callable[[], datetime] = partial(datetime.now, UTC)


async def pause() -> None:
    await asyncio.sleep(PAUSE_SECONDS)


def new_gift_card_code() -> GiftCardCode:
    return gift_card_code("".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)))


def order_number() -> str:
    """Unguessable and easy to read out, as in `7K3M-9QX2-5TA3` (rule O5)."""
    chance = secrets.randbits(12 * LETTER_BITS)
    letters = "".join([NUMBER_ALPHABET[chance >> at & 31] for at in range(0, 12 * LETTER_BITS, LETTER_BITS)])
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
