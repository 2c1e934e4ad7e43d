"""A register of VAT numbers in memory."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from domain.pricing.taxation.facts import VatIdCheck
from domain.pricing.taxation.ports import VatRegisterUnavailable


@dataclass
class FakeVatRegister:
    """Implements `domain.pricing.taxation.ports.VatRegister`; `asked` is every number that it was asked for."""

    registered: set[str] = field(default_factory=set)
    is_down: bool = False
    asked: list[str] = field(default_factory=list)

    def is_well_formed(self, vat_id: str) -> bool:
        return re.fullmatch(r"[A-Z]{2}[A-Z0-9]{8,12}", vat_id) is not None

    async def check(self, vat_id: str, *, now: datetime) -> VatIdCheck:
        self.asked.append(vat_id)
        if self.is_down:
            raise VatRegisterUnavailable
        return VatIdCheck(vat_id, vat_id in self.registered, now, f"REF-{len(self.asked)}")
