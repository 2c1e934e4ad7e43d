"""Codes as buyers enter them: looked up by the price that they change, and guessed only so often (rule P11)."""

from collections.abc import Sequence

from domain.pricing.coupons.model import PromoCodeState
from domain.shared.errors import ErrorCode
from resolvers.context import Info


async def begin_codes(info: Info, codes: Sequence[str]) -> None:
    """Before codes that were entered are looked up: RATE_LIMITED for whoever has just failed too often."""
    if codes:
        await info.context.services.code_attempts(info.context.client_address).begin(len(codes))


async def end_codes(info: Info, codes: Sequence[str], states: Sequence[PromoCodeState]) -> None:
    """Count those that open nothing as failures."""
    unknown = [state for state in states if state.reason is ErrorCode.COUPON_UNKNOWN]
    if codes and unknown:
        await info.context.services.code_attempts(info.context.client_address).failed(len(unknown))
