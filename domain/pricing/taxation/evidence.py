"""What an order keeps of how it was taxed, for its documents and for whoever audits them."""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from domain.pricing.taxation.facts import Scheme, VatIdCheck
from domain.pricing.taxation.treatment import WORDING, Ruling, Treatment
from domain.shared.making import dataclass

_SHIFTED = (Treatment.REVERSE_CHARGE, Treatment.INTRA_COMMUNITY_SUPPLY)


class TaxFlag(Enum):
    """What somebody should look at."""

    VAT_ID_UNCHECKED = "VAT_ID_UNCHECKED"
    """The register could not be asked, so the tax was charged."""
    ESTIMATED = "ESTIMATED"
    """The tax engine could not be asked, so local rates were charged."""


@dataclass(frozen=True, slots=True)
class BuyersVatId:
    """A buyer's VAT number, what the register said of it and when, and whether the buyer accounts for the tax."""

    vat_id: str
    valid: bool
    checked_at: datetime | None
    reference: str | None
    reverse_charge: bool


@dataclass(frozen=True, slots=True)
class TaxEvidence:
    """How an order was taxed. `wording` is what its documents have to say, `schemes` under which it is declared."""

    vat_id: VatIdCheck | None = None
    flags: tuple[TaxFlag, ...] = ()
    wording: tuple[str, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    reference: str | None = None
    """The tax engine's own name for its answer."""

    @property
    def buyers_vat_id(self) -> BuyersVatId | None:
        check = self.vat_id
        if check is None:
            return None
        is_shifted = any(WORDING[treatment] in self.wording for treatment in _SHIFTED)
        return BuyersVatId(check.vat_id, check.valid, check.checked_at, check.reference, is_shifted)

    @property
    def is_remarkable(self) -> bool:
        return self != NO_TAX_EVIDENCE


NO_TAX_EVIDENCE = TaxEvidence()


def evidence(rulings: Iterable[Ruling], vat_id: VatIdCheck | None) -> TaxEvidence:
    """The evidence of a sale whose lines are treated so."""
    found = list(rulings)
    is_unchecked = vat_id is not None and vat_id.is_unanswered
    seen, schemes = [ruling.treatment for ruling in found], [ruling.scheme for ruling in found]
    treatments = [treatment for treatment in Treatment if treatment in seen]
    special = (Scheme.OSS, Scheme.IOSS)
    return TaxEvidence(
        vat_id=vat_id,
        flags=(TaxFlag.VAT_ID_UNCHECKED,) if is_unchecked else (),
        wording=tuple([WORDING[treatment] for treatment in treatments if treatment in WORDING]),
        schemes=tuple([scheme for scheme in special if scheme in schemes]),
    )
