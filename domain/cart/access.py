"""Who prepares orders for others."""

from domain.shared.actor import Actor

DRAFTS_SCOPE = "orders:write"


def may_draft(actor: Actor) -> bool:
    """Whether the actor is staff who may prepare orders."""
    return actor.is_staff and DRAFTS_SCOPE in actor.scopes
