"""What a guest's answers depend on beside what is asked."""

from domain.shared.actor import GUEST
from resolvers.context import Context


def audience_of(context: Context) -> str | None:
    """Guests of one market, country, language and currency are answered alike; None for everybody else."""
    request = context.request
    if context.actor != GUEST or context.is_router or request.company_id is not None:
        return None
    return f"{request.market.id} {request.country} {request.language} {request.currency}"
