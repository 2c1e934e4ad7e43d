"""The dataloaders of one request, each made when first used."""

from datetime import datetime

from domain.pricing.context import RequestContext
from domain.shared.actor import Actor
from persistence.statement import Pool


class Loaders:
    """Reads of one request, batched; right for one read-only moment."""

    def __init__(self, pool: Pool, request: RequestContext, actor: Actor, now: datetime) -> None:
        self.pool = pool
        self.request = request
        self.actor = actor
        self.now = now
