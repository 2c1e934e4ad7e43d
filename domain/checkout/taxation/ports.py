"""Whom a checkout asks about taxes."""

from domain.pricing.taxation.ports import TaxEngine, VatRegister
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class Engine:
    """The tax engine in use. `blocks`: while it does not answer nothing is sold, rather than at local rates."""

    engine: TaxEngine
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class TaxServices:
    """The register of VAT numbers, and an engine where one computes the taxes in the place of the shop's own rates."""

    register: VatRegister
    engine: Engine | None = None
