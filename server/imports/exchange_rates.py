"""The rates of the European Central Bank for the price lists that go by them (rule M9)."""

from collections.abc import Sequence
from itertools import batched

from domain.pricing.deriving.model import ExchangeRate
from domain.pricing.deriving.usecases import MAX_RATES, RateOfPair, update_rates
from domain.pricing.deriving.usecases import UpdateRates as Update
from domain.shared.actor import Actor
from domain.shared.ids import ApiKeyId, PriceListId
from domain.shared.making import dataclass
from integrations.exchange_rates.ecb import SOURCE, EcbRates
from persistence.ids import new_id
from persistence.news import Unheard
from persistence.pricing.derivations import pairs_of
from persistence.pricing.reference import Reference
from persistence.statement import Pool
from persistence.unit_of_work import PostgresUnitOfWork

IMPORT = Actor(api_key_id=ApiKeyId("import"))


@dataclass(frozen=True, slots=True)
class ExchangeReport:
    """The lists that were given another rate, and the pairs of currencies that the bank has no rate of."""

    changed: Sequence[PriceListId]
    unknown: Sequence[tuple[str, str]]


async def import_exchange_rates(pool: Pool, rates: EcbRates) -> ExchangeReport:
    """Give every list that goes by the bank's rates those of now; jobs then write its prices. Safe to repeat."""
    known: list[RateOfPair] = []
    unknown: list[tuple[str, str]] = []
    for base, currency in await pairs_of(pool, SOURCE):
        rate = rates.rate(base, currency)
        if rate is None:
            unknown.append((base, currency))
        else:
            known.append(RateOfPair(base, currency, ExchangeRate(rate, rates.at, SOURCE)))
    changed: list[PriceListId] = []
    for batch in batched(known, MAX_RATES):
        uow = PostgresUnitOfWork(pool, reference=Reference(pool), actor=IMPORT, new_id=new_id, news=Unheard())
        changed += (await update_rates(uow, Update(batch, source=SOURCE))).price_lists
    return ExchangeReport(changed, unknown)
