"""How the facts and the evidence of taxes stand in jsonb columns."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.pricing.taxation.evidence import NO_TAX_EVIDENCE, TaxEvidence, TaxFlag
from domain.pricing.taxation.external import AssessedTax, Assessment, ExternalTaxes
from domain.pricing.taxation.facts import (
    NO_TAX_FACTS,
    Certificate,
    Goods,
    Registration,
    Scheme,
    TaxFacts,
    VatIdCheck,
)
from domain.shared.ids import CartLineId, VendorId

type Document = Mapping[str, Any]


def facts_document(facts: TaxFacts) -> Document | None:
    """What is known of a sale; None if that is nothing."""
    if facts == NO_TAX_FACTS:
        return None
    return {
        "goods": {key: [goods.seller_country, goods.is_service, goods.hs_code] for key, goods in facts.goods.items()},
        "registrations": {
            vendor: [_registration_document(item) for item in items] for vendor, items in facts.registrations.items()
        },
        "distance_sales": dict(facts.distance_sales),
        "certificates": [_certificate_document(item) for item in facts.certificates],
        "vat_id": check_document(facts.vat_id),
        "external": _external_document(facts.external),
    }


def facts_of(document: Document | None) -> TaxFacts:
    if document is None:
        return NO_TAX_FACTS
    return TaxFacts(
        goods={CartLineId(key): Goods(*values) for key, values in document["goods"].items()},
        registrations={
            VendorId(vendor): tuple(map(registration_of, items)) for vendor, items in document["registrations"].items()
        },
        distance_sales={VendorId(vendor): cents for vendor, cents in document["distance_sales"].items()},
        certificates=tuple(map(certificate_of, document["certificates"])),
        vat_id=check_of(document["vat_id"]),
        external=_external_of(document["external"]),
    )


def evidence_document(evidence: TaxEvidence) -> Document | None:
    """What is to be kept of how an order was taxed; None if that is nothing."""
    if not evidence.is_remarkable:
        return None
    return {
        "vat_id": check_document(evidence.vat_id),
        "flags": [flag.value for flag in evidence.flags],
        "wording": list(evidence.wording),
        "schemes": [scheme.value for scheme in evidence.schemes],
        "reference": evidence.reference,
    }


def evidence_of(document: Document | None) -> TaxEvidence:
    if document is None:
        return NO_TAX_EVIDENCE
    return TaxEvidence(
        vat_id=check_of(document["vat_id"]),
        flags=tuple(map(TaxFlag, document["flags"])),
        wording=tuple(document["wording"]),
        schemes=tuple(map(Scheme, document["schemes"])),
        reference=document["reference"],
    )


def check_document(check: VatIdCheck | None) -> list[Any] | None:
    if check is None:
        return None
    return [check.vat_id, check.valid, _text(check.checked_at), check.reference, check.name]


def check_of(values: list[Any] | None) -> VatIdCheck | None:
    if values is None:
        return None
    vat_id, valid, checked_at, reference, name = values
    return VatIdCheck(vat_id, valid, _moment(checked_at), reference, name)


def registration_of(values: list[Any]) -> Registration:
    country, scheme, number, region, valid_from, valid_until = values
    return Registration(country, Scheme(scheme), number, region, _moment(valid_from), _moment(valid_until))


def certificate_of(values: list[Any]) -> Certificate:
    number, country, region, valid_from, valid_until = values
    return Certificate(number, country, region, _moment(valid_from), _moment(valid_until))


def _registration_document(item: Registration) -> list[Any]:
    window = (_text(item.valid_from), _text(item.valid_until))
    return [item.country, item.scheme.value, item.number, item.region, *window]


def _certificate_document(item: Certificate) -> list[Any]:
    return [item.number, item.country, item.region, _text(item.valid_from), _text(item.valid_until)]


def _external_document(external: ExternalTaxes | None) -> Document | None:
    if external is None:
        return None
    return {
        "hash": external.hash,
        "engine": external.engine,
        "reference": external.reference,
        "blocks": external.blocks,
        "taxes": None if external.taxes is None else _assessment_document(external.taxes),
    }


def _external_of(document: Document | None) -> ExternalTaxes | None:
    if document is None:
        return None
    taxes = document["taxes"]
    return ExternalTaxes(
        hash=document["hash"],
        taxes=None if taxes is None else _assessment_of(taxes),
        engine=document["engine"],
        reference=document["reference"],
        blocks=document["blocks"],
    )


def _assessment_document(taxes: Assessment) -> Document:
    return {
        key: [[tax.name, tax.jurisdiction, str(tax.rate), tax.base, tax.amount] for tax in items]
        for key, items in taxes.items()
    }


def _assessment_of(document: Document) -> Assessment:
    return {
        key: tuple(AssessedTax(name, place, Decimal(rate), base, amount) for name, place, rate, base, amount in items)
        for key, items in document.items()
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
