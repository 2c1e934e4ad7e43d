"""What a checkout still lacks before it can be completed."""

from collections.abc import Mapping, Sequence

from domain.checkout.model import Checkout, CheckoutRequirement, CheckoutState
from domain.fulfillment.delivery import (
    DeliveryOption,
)
from domain.payments.model import Tender
from domain.payments.tendering import gateway_tender
from domain.pricing.quote import (
    Totals,
)
from domain.shared.ids import (
    DeliveryGroupId,
)
from domain.shared.money import Money


def missing(
    checkout: Checkout,
    tenders: Sequence[Tender],
    chosen: Mapping[DeliveryGroupId, DeliveryOption | None],
    totals: Totals,
    *,
    is_tax_missing: bool = False,
) -> tuple[CheckoutRequirement, ...]:
    """What the buyer has yet to give, in the order in which a client would ask."""
    is_bill_unknown = checkout.shipping_address is None and checkout.billing_address is None
    gaps = (
        (CheckoutRequirement.EMAIL, not checkout.email),
        (CheckoutRequirement.SHIPPING_ADDRESS, checkout.shipping_address is None and not checkout.is_fetched),
        (CheckoutRequirement.BILLING_ADDRESS, is_bill_unknown and checkout.is_fetched),
        (CheckoutRequirement.DELIVERY_OPTION, any(option is None for option in chosen.values())),
        (CheckoutRequirement.PAYMENT, bool(totals.due.minor) and gateway_tender(tenders) is None),
        (CheckoutRequirement.TERMS, not checkout.terms_accepted),
        (CheckoutRequirement.TAX, is_tax_missing),
        (CheckoutRequirement.APPROVAL, _is_unapproved(checkout, totals.total.gross)),
    )
    return tuple([requirement for requirement, is_missing in gaps if is_missing])


def _is_unapproved(checkout: Checkout, total: Money) -> bool:
    """Whether the buyer may not order for so much in the name of the company."""
    is_open = checkout.state is CheckoutState.OPEN
    return is_open and checkout.company is not None and checkout.company.refusal(total) is not None
